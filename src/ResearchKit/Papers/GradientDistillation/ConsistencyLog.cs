using System.Text.Json;
using System.Text.Json.Serialization;
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
    private static readonly JsonSerializerOptions s_line = new(SettingsBinder.Json)
    {
        WriteIndented = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,   // a mean over nothing is no number
    };

    /// <summary>The same stream, with the consistency measured before it begins, after every n-th step and after the last. Measuring disturbs
    /// nothing: the training gives the same bits without it. Of a resumed training, what was measured after its checkpoint is measured anew.</summary>
    /// <param name="steps">A training.</param>
    /// <param name="path">The file, made when absent.</param>
    /// <param name="every">Steps from one measurement to the next, at least 1.</param>
    /// <param name="measure">Measures the student as it is now.</param>
    /// <exception cref="KitException">The file cannot be read or written.</exception>
    public static IEnumerable<TrainStep> Record(IEnumerable<TrainStep> steps, string path, int every, Func<ConsistencyReport> measure)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        return Recorded(steps, path, every, measure);
    }

    private static IEnumerable<TrainStep> Recorded(IEnumerable<TrainStep> steps, string path, int every, Func<ConsistencyReport> measure)
    {
        var before = measure();
        List<ConsistencyMeans>? course = null;
        foreach (var step in steps)
        {
            course ??= step.Number == 1 ? [before.Means(0)] : File.Exists(path) ? [.. Read(path).Where(m => m.Step < step.Number)] : [before.Means(step.Number - 1)];
            if (step.Number % every == 0 || step.Number == step.Total)
            {
                course.Add(measure().Means(step.Number));
                AtomicFile.WriteText(path, string.Concat(course.Select(m => JsonSerializer.Serialize(m, s_line) + "\n")));
            }
            yield return step;
        }
    }

    /// <summary>Reads what was recorded.</summary>
    /// <exception cref="KitException">The file is missing or damaged.</exception>
    public static IReadOnlyList<ConsistencyMeans> Read(string path)
    {
        if (!File.Exists(path)) throw new KitException($"{path}: there is no such file. Record the training with ConsistencyLog.Record first.");
        try
        {
            return [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<ConsistencyMeans>(line, s_line) ?? throw new JsonException("null"))];
        }
        catch (JsonException e)
        {
            throw new KitException($"{path}: expected one measurement a line as JSON. The file is damaged; {e.Message}", e);
        }
    }
}
