using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Runs.Sweeps;

/// <summary>A point of a grid and what came of it.</summary>
/// <param name="Set">The settings that it is.</param>
/// <param name="Value">The metric on the validation split, with the first seed.</param>
public sealed record SweepSummaryPoint(JsonObject Set, double Value);

/// <summary>A stage and what was chosen.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Recipe">Its recipe, relative to the sweep's file.</param>
/// <param name="Carried">What earlier stages handed over.</param>
/// <param name="Points">Its grid.</param>
/// <param name="Chosen">The best point.</param>
public sealed record SweepSummaryStage(string Name, string Recipe, JsonObject Carried, IReadOnlyList<SweepSummaryPoint> Points, JsonObject Chosen);

/// <summary>What a complete sweep chose and from what: the file beside its runs, and beside their results where they are published.</summary>
public sealed record SweepSummary
{
    /// <summary>What it is called in the sweep's folder.</summary>
    public const string FileName = "sweep.json";

    /// <summary>The sweep's name.</summary>
    public required string Name { get; init; }

    /// <summary>The command that repeats it.</summary>
    public required string Command { get; init; }

    /// <summary>How points were told from one another.</summary>
    public required SweepSelection Select { get; init; }

    /// <summary>Seeds of the published runs.</summary>
    public required int[] Seeds { get; init; }

    /// <summary>The stages.</summary>
    public required IReadOnlyList<SweepSummaryStage> Stages { get; init; }

    /// <summary>The summary of a sweep whose choices are made.</summary>
    public static SweepSummary Of(SweepPlan plan, IReadOnlyList<SweepChoice?> choices) => new()
    {
        Name = plan.Sweep.Name,
        Command = $"./kit sweep {Here(plan.File)}{(plan.Jobs > 1 ? $" --jobs {plan.Jobs}" : "")}",
        Select = plan.Sweep.Select,
        Seeds = plan.Sweep.Seeds,
        Stages = [.. plan.Stages.Select((stage, i) => new SweepSummaryStage(stage.Name, stage.Recipe, plan.Carried(i, choices),
            [.. plan.Points(i).Zip(choices[i]!.Values, (point, value) => new SweepSummaryPoint(Alone(point.Set), value))], Alone(choices[i]!.Best.Set)))],
    };

    /// <summary>Reads one.</summary>
    /// <exception cref="KitException">There is none, or it is damaged.</exception>
    public static SweepSummary Load(string path)
    {
        if (!File.Exists(path)) throw new KitException($"{path}: there is no such summary. A sweep writes it when it is complete.");
        return SettingsBinder.Bind<SweepSummary>(SettingsBinder.Parse(File.ReadAllText(path), path), path);
    }

    /// <summary>Writes it.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, SettingsBinder.Json) + "\n");

    /// <summary>Copies what stands behind the published numbers into a folder, to be committed: the results of every published run as
    /// <c>STAGE-SEED.json</c>, and this summary. No path of this machine goes with them.</summary>
    /// <param name="plan">A complete sweep.</param>
    /// <param name="choices">What its stages have shown.</param>
    /// <param name="folder">Where to.</param>
    /// <returns>The files written.</returns>
    public static IReadOnlyList<string> Collect(SweepPlan plan, IReadOnlyList<SweepChoice?> choices, string folder)
    {
        var summary = Of(plan, choices);
        var files = new List<string>();
        foreach (var run in plan.Published(choices))
        {
            var results = run.Folder.Results();
            files.Add(Path.Combine(folder, $"{results.Name}-{results.Seed}.json"));
            (results with { Task = Here(results.Task), Command = summary.Command }).Save(files[^1]);
        }
        files.Add(Path.Combine(folder, FileName));
        summary.Save(files[^1]);
        return files;
    }

    /// <summary>The files of results in a folder that <see cref="Collect"/> has filled, in the order of the stages.</summary>
    /// <exception cref="KitException">There is no summary in it, or a damaged one.</exception>
    public static IReadOnlyList<string> Collected(string folder)
    {
        var summary = Load(Path.Combine(folder, FileName));
        return [.. Directory.GetFiles(folder, "teacher-*.json").Concat(summary.Stages.SelectMany(stage => summary.Seeds.Select(seed => Path.Combine(folder, $"{stage.Name}-{seed}.json"))))];
    }

    private static JsonObject Alone(JsonObject set) => set.DeepClone().AsObject();

    // A path as seen from the current folder, which is the repository's for who publishes; one outside of it by its last name.
    private static string Here(string path)
    {
        if (!Path.IsPathRooted(path)) return path;
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) : relative;
    }
}
