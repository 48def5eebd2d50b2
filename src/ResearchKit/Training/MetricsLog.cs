using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResearchKit.Training;

/// <summary>
/// <c>metrics.jsonl</c>: one <see cref="TrainStep"/> a line, each on the disk before the next step begins. One reader of the
/// trainer's stream among others: <code>foreach (var step in log.Record(trainer.Run())) …</code>
/// </summary>
public sealed class MetricsLog : IDisposable
{
    private static readonly JsonSerializerOptions OneLine = new(SettingsBinder.Json)
    {
        WriteIndented = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,   // a metric may be undefined
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,   // a later kit may log more
    };

    private readonly StreamWriter _writer;

    private MetricsLog(StreamWriter writer) => _writer = writer;

    /// <summary>Opens a log to write on.</summary>
    /// <param name="path">The file; made when absent.</param>
    /// <param name="keep">The step of the checkpoint that is resumed: what was logged after it is cut off. 0 starts anew.</param>
    /// <exception cref="KitException">The file is damaged before that step, ends short of it, or cannot be written.</exception>
    public static MetricsLog Open(string path, long keep = 0)
    {
        var kept = keep > 0 ? Read(path).Where(s => s.Number <= keep).ToList() : [];
        if (kept.Count != keep)
            throw new KitException($"{path} holds {kept.Count} of the {keep} steps before the checkpoint. It was changed since; start again in another folder.");
        AtomicFile.WriteText(path, string.Concat(kept.Select(s => Line(s) + "\n")));
        try
        {
            return new MetricsLog(new StreamWriter(path, append: true, new UTF8Encoding(false)) { AutoFlush = true });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"{path} could not be opened for writing: {e.Message}", e);
        }
    }

    /// <summary>Reads a log. A last line that was cut short by a kill is left out.</summary>
    /// <exception cref="KitException">The file is missing, or a line before the last is damaged.</exception>
    public static IReadOnlyList<TrainStep> Read(string path)
    {
        if (!File.Exists(path)) throw new KitException($"{path}: there is no such log. Give the metrics.jsonl of a run folder.");
        var text = ReadShared(path);
        var lines = text.Split('\n');   // the last piece is empty when the file is whole
        var steps = new List<TrainStep>();
        for (int i = 0; i < lines.Length - 1; i++)
        {
            try
            {
                steps.Add(JsonSerializer.Deserialize<TrainStep>(lines[i], OneLine) ?? throw new JsonException("null"));
            }
            catch (JsonException e)
            {
                throw new KitException($"{path}, line {i + 1}: expected one step as JSON. The file is damaged; {e.Message}", e);
            }
        }
        return steps;
    }

    /// <summary>Writes one line.</summary>
    /// <exception cref="KitException">The disk refuses.</exception>
    public void Append(TrainStep step)
    {
        try
        {
            _writer.Write(Line(step) + "\n");
        }
        catch (IOException e)
        {
            throw new KitException($"The log of step {step.Number} could not be written: {e.Message} Free some space and resume.", e);
        }
    }

    /// <summary>The same stream, with every step logged on its way.</summary>
    public IEnumerable<TrainStep> Record(IEnumerable<TrainStep> steps)
    {
        foreach (var step in steps)
        {
            Append(step);
            yield return step;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static string Line(TrainStep step) => JsonSerializer.Serialize(step, OneLine);

    private static string ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);   // a training may be writing on it
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
