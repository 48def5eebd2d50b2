using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Training;

namespace ResearchKit.Runs;

/// <summary>What came out of a run: the small file behind every published number.</summary>
public sealed record RunResults
{
    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method's id.</summary>
    public required string Method { get; init; }

    /// <summary>The method's settings, defaults included; null in results of before they were kept.</summary>
    public JsonObject? Settings { get; init; }

    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>The split that <see cref="Metrics"/> were measured on.</summary>
    public required string Split { get; init; }

    /// <summary>Metrics by name: shares are 0 to 1, losses in nats.</summary>
    public required Dictionary<string, double> Metrics { get; init; }

    /// <summary>Parameters of the student.</summary>
    public required long Parameters { get; init; }

    /// <summary>Parameters of the teacher; null without one.</summary>
    public long? TeacherParameters { get; init; }

    /// <summary>The recipe's seeds, in short: the initialisation seed. Runs of one recipe that differ in seeds alone form a group.</summary>
    public required int Seed { get; init; }

    /// <summary>Rows of the training split that were used.</summary>
    public required int TrainingRows { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Wall time of training, evaluation during it included, in seconds; for a resumed run the parts together.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Real tokens seen by the student in training, per second of training.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>The most memory of the host that the training took beside its data and its teacher's weights, in bytes: student, optimizer, and what both models
    /// compute, evaluations included. Null of a run on a GPU or in parts, and where the system does not tell.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>What of teacher, student and optimizer lay in memory all the time; null of runs from before it was counted.</summary>
    public ModelMemory? Memory { get; init; }

    /// <summary>What the process held of the GPU at the end of the training, in bytes, as the GPU's driver counts it: libtorch gives nothing back, so that it is the most that it
    /// needed, the driver's own part included. Null of a run on the CPU, and where the driver does not tell.</summary>
    public long? GpuMemory { get; init; }

    /// <summary>The device and its libtorch, in words.</summary>
    public required string Device { get; init; }

    /// <summary>The command that repeats the run.</summary>
    public required string Command { get; init; }

    /// <summary>Reads a results file.</summary>
    /// <exception cref="KitException">There is none, or it is damaged.</exception>
    public static RunResults Load(string path)
    {
        if (!File.Exists(path)) throw new KitException($"{path}: there is no such file of results. Give the results.json of a run, or one that a sweep has collected.");
        return SettingsBinder.Bind<RunResults>(SettingsBinder.Parse(File.ReadAllText(path), path), path);
    }

    /// <summary>Writes them.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, SettingsBinder.Json) + "\n");
}
