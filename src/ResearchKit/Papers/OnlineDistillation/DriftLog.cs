using ResearchKit.Analysis;
using ResearchKit.Training;

namespace ResearchKit.Papers.OnlineDistillation;

/// <summary>
/// How the online teacher moves through a training, a line of JSON each time, so that its figure can be made from the run's folder.
/// <code>
/// var drift = new TeacherDrift(samples, collator, batchSize: 32);
/// var results = Experiment.Run(recipe, folder, through: (experiment, steps) =>
///     DriftLog.Record(steps, DriftLog.PathIn(folder.Path), every: 25, () => drift.Measure(experiment.Student, experiment.Teacher!)));
/// var course = DriftLog.Read(DriftLog.PathIn(folder.Path));
/// </code>
/// </summary>
public static class DriftLog
{
    private static readonly CourseLog<DriftPoint> s_log = new(point => point.Step);

    /// <summary>Where it stands in a run's folder.</summary>
    public static string PathIn(string runFolder) => Path.Combine(runFolder, "drift.jsonl");

    /// <summary>The same stream, with the drift measured before it begins, after every n-th step and after the last. Measuring disturbs
    /// nothing: the training gives the same bits without it. Of a resumed training, what was measured after its checkpoint is measured anew.</summary>
    /// <param name="steps">A training.</param>
    /// <param name="path">The file, made when absent.</param>
    /// <param name="every">Steps from one measurement to the next, at least 1.</param>
    /// <param name="measure">Measures the models as they are now.</param>
    /// <exception cref="KitException">The file cannot be read or written.</exception>
    public static IEnumerable<TrainStep> Record(IEnumerable<TrainStep> steps, string path, int every, Func<Drift> measure) =>
        s_log.Record(steps, path, every, measure, (drift, step) => new(step, drift));

    /// <summary>Reads what was recorded.</summary>
    /// <exception cref="KitException">The file is missing or damaged.</exception>
    public static IReadOnlyList<DriftPoint> Read(string path) => s_log.Read(path);
}
