using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResearchKit.Training;

/// <summary>Something measured now and then through a training, a line of JSON each time, beside the training's own log.</summary>
/// <typeparam name="T">What one line holds.</typeparam>
/// <param name="stepOf">The optimizer step that a line was measured after; 0 before the first.</param>
internal sealed class CourseLog<T>(Func<T, long> stepOf) where T : class
{
    private static readonly JsonSerializerOptions s_line = new(SettingsBinder.Json)
    {
        WriteIndented = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,   // a mean over nothing is no number
    };

    /// <summary>The same stream, with a measurement before it begins, after every n-th step and after the last. Of a resumed training, what was
    /// measured after its checkpoint is measured anew.</summary>
    /// <param name="steps">A training.</param>
    /// <param name="path">The file, made when absent.</param>
    /// <param name="every">Steps from one measurement to the next, at least 1.</param>
    /// <param name="measure">Measures the models as they are now.</param>
    /// <param name="at">The line for what was measured after a step.</param>
    /// <exception cref="KitException">The file cannot be read or written.</exception>
    public IEnumerable<TrainStep> Record<TMeasured>(IEnumerable<TrainStep> steps, string path, int every, Func<TMeasured> measure, Func<TMeasured, long, T> at)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        return Recorded();

        IEnumerable<TrainStep> Recorded()
        {
            var before = measure();
            List<T>? course = null;
            foreach (var step in steps)
            {
                course ??= step.Number == 1 ? [at(before, 0)] : File.Exists(path) ? [.. Read(path).Where(m => stepOf(m) < step.Number)] : [at(before, step.Number - 1)];
                if (step.Number % every == 0 || step.Number == step.Total)
                {
                    course.Add(at(measure(), step.Number));
                    AtomicFile.WriteText(path, string.Concat(course.Select(m => JsonSerializer.Serialize(m, s_line) + "\n")));
                }
                yield return step;
            }
        }
    }

    /// <summary>Reads what was recorded.</summary>
    /// <exception cref="KitException">The file is missing or damaged.</exception>
    public IReadOnlyList<T> Read(string path)
    {
        if (!File.Exists(path)) throw new KitException($"{path}: there is no such file. Record a training first.");
        try
        {
            return [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line, s_line) ?? throw new JsonException("null"))];
        }
        catch (JsonException e)
        {
            throw new KitException($"{path}: expected one measurement a line as JSON. The file is damaged; {e.Message}", e);
        }
    }
}
