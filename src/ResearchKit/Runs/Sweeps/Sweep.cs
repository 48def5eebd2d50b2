using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ResearchKit.Runs.Sweeps;

/// <summary>
/// A search for settings and the runs that are published, as one JSON file. Stages follow one another; each has a recipe and may have
/// a grid, whose points are judged on the validation split. The best point is then run with every seed and judged on the test split.
/// What a stage carries, its best point hands to the stages after it.
/// </summary>
/// <example>The two-stage search of Gradient Knowledge Distillation (arXiv 2211.01071, section 4.1): α and τ on plain distillation, then frozen.
/// <code>
/// { "name": "gradkd-topic", "teacher": { "recipe": "teacher.json" },
///   "stages": [
///     { "name": "kd", "recipe": "kd.json", "grid": { "method.alpha": [0.2, 0.5, 0.7], "method.temperature": [5, 10, 20] },
///       "carry": ["method.alpha", "method.temperature"] },
///     { "name": "gradkd", "recipe": "gradkd.json", "grid": { "method.beta": [0.05, 0.1, 0.2, 0.4] } } ],
///   "seeds": [1, 2, 3] }
/// </code></example>
public sealed partial record Sweep
{
    /// <summary>Names the sweep, and its folder below <c>runs</c>.</summary>
    public required string Name { get; init; }

    /// <summary>A run or model folder or a fetched model's name; or <c>{ "recipe": …, "set": … }</c> for one that the sweep trains; null where the recipes
    /// name their own.</summary>
    public JsonNode? Teacher { get; init; }

    /// <summary>Settings for every run, the teacher's included: <c>"data.trainLimit": 20000</c>. What a stage sets goes before it.</summary>
    public JsonObject Set { get; init; } = [];

    /// <summary>The stages, in order, each a <see cref="SweepStage"/>.</summary>
    public required JsonObject[] Stages { get; init; }

    /// <summary>How the best point of a grid is told.</summary>
    public SweepSelection Select { get; init; } = new();

    /// <summary>Seeds of the runs that are judged on the test split; a grid's points run with the first.</summary>
    public int[] Seeds { get; init; } = [1];

    /// <summary>Reads a sweep. Its stages' recipes and values are checked when its plan is made.</summary>
    /// <param name="path">A JSON file.</param>
    /// <exception cref="KitException">No such file, no JSON, an unknown key, a name that no folder can have, no stages or no seeds.</exception>
    public static Sweep Load(string path)
    {
        if (!File.Exists(path)) throw new KitException($"{path}: no such sweep. Give the path of a JSON file; './kit sweep --help' shows one.");
        var sweep = SettingsBinder.Bind<Sweep>(SettingsBinder.Parse(File.ReadAllText(path), path), path);
        RequireName(sweep.Name, path, "'name'");
        if (sweep.Stages.Length == 0) throw new KitException($"{path}: 'stages' is empty. Give at least one, for example {{ \"name\": \"kd\", \"recipe\": \"kd.json\" }}.");
        if (sweep.Seeds.Length == 0) throw new KitException($"{path}: 'seeds' is empty. Give at least one, for example [1, 2, 3].");
        if (sweep.Seeds.Any(s => s < 0)) throw new KitException($"{path}: 'seeds' has {sweep.Seeds.Min()}, expected whole numbers from 0 up.");
        if (sweep.Seeds.GroupBy(s => s).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new KitException($"{path}: 'seeds' has {twice.Key} twice. Give each seed once.");
        return sweep;
    }

    internal static void RequireName(string name, string origin, string key)
    {
        if (!FolderName().IsMatch(name))
            throw new KitException($"{origin}: {key} is '{name}', and it names a folder. Use letters, digits, '.', '_' and '-', beginning with a letter or digit.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex FolderName();
}

/// <summary>How a sweep's teacher is trained.</summary>
public sealed record SweepTeacher
{
    /// <summary>Its recipe, relative to the sweep's file.</summary>
    public required string Recipe { get; init; }

    /// <summary>Settings in place of the recipe's and of the sweep's.</summary>
    public JsonObject Set { get; init; } = [];
}

/// <summary>One stage of a sweep: a recipe, and what is searched for it.</summary>
public sealed record SweepStage
{
    /// <summary>Names the stage, its folder and its row in tables.</summary>
    public required string Name { get; init; }

    /// <summary>Its recipe, relative to the sweep's file.</summary>
    public required string Recipe { get; init; }

    /// <summary>Settings in place of the recipe's, of the sweep's, and of those carried from earlier stages.</summary>
    public JsonObject Set { get; init; } = [];

    /// <summary>For each setting the values to try; the grid is their product. Empty: there is nothing to search.</summary>
    public JsonObject Grid { get; init; } = [];

    /// <summary>Settings of the grid or of <see cref="Set"/> whose best values go to every later stage that takes them.</summary>
    public string[] Carry { get; init; } = [];

    /// <summary>Whether it learns from the sweep's teacher; null: where its method has one. A stage without still starts from it if
    /// student.from is <c>teacher</c>, reads its tokens, and is measured against it.</summary>
    public bool? Teacher { get; init; }
}

/// <summary>How the best point of a grid is told from the others; of equals the earlier is taken.</summary>
public sealed record SweepSelection
{
    /// <summary>A metric of the evaluation.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>Whether the largest or the smallest is the best.</summary>
    [AllowedValues("max", "min")]
    public string Direction { get; init; } = "max";
}
