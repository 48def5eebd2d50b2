using ResearchKit.Analysis;
using ResearchKit.Training;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>
/// Gradient consistency through a training, a line of JSON each time, so that its figure can be made from the run's folder.
/// <code>
/// var consistency = new GradientConsistency(samples, collator, 32);
/// foreach (var step in ConsistencyLog.Record(experiment.Train(), path, every: 25, () => consistency.Measure(experiment.Student, experiment.Teacher!))) …
/// var course = ConsistencyLog.Read(path);
/// </code>
/// </summary>
public static class ConsistencyLog
{
    private static readonly CourseLog<ConsistencyMeans> s_log = new(means => means.Step);

    /// <summary>The same stream, with the consistency measured before it begins, after every n-th step and after the last. Measuring disturbs
    /// nothing: the training gives the same bits without it. Of a resumed training, what was measured after its checkpoint is measured anew.</summary>
    /// <param name="steps">A training.</param>
    /// <param name="path">The file, made when absent.</param>
    /// <param name="every">Steps from one measurement to the next, at least 1.</param>
    /// <param name="measure">Measures the student as it is now.</param>
    /// <exception cref="KitException">The file cannot be read or written.</exception>
    public static IEnumerable<TrainStep> Record(IEnumerable<TrainStep> steps, string path, int every, Func<ConsistencyReport> measure) =>
        s_log.Record(steps, path, every, measure, (report, step) => report.Means(step));

    /// <summary>Reads what was recorded.</summary>
    /// <exception cref="KitException">The file is missing or damaged.</exception>
    public static IReadOnlyList<ConsistencyMeans> Read(string path) => s_log.Read(path);
}
