using System.Text.Json.Nodes;

namespace ResearchKit.Runs.Sweeps;

/// <summary>One run of a sweep: an ordinary recipe in an ordinary run folder.</summary>
/// <param name="Recipe">What runs.</param>
/// <param name="Folder">Where.</param>
/// <param name="Alone">Whether all others wait for it, so that it has the processors to itself.</param>
public sealed record SweepRun(Recipe Recipe, RunFolder Folder, bool Alone = false)
{
    /// <summary>What it is called while it runs.</summary>
    public string Title => $"{Recipe.Name}, seed {Recipe.Train.Seeds.Initialisation}";

    /// <summary>True when something of it stands in its folder.</summary>
    public bool IsBegun => Folder.IsBegun;

    /// <summary>True when it is complete.</summary>
    /// <exception cref="KitException">Its folder holds a run of another recipe; the message says the difference.</exception>
    public bool IsComplete
    {
        get
        {
            if (IsBegun) Folder.Check(Recipe, resume: true);
            return IsBegun && Folder.IsComplete;
        }
    }
}

/// <summary>A point of a stage's grid: the settings that it is.</summary>
/// <param name="Name">As its folder is called: <c>alpha=0.5,temperature=5</c>.</param>
/// <param name="Set">Settings by their paths; empty where a stage has no grid.</param>
public sealed record SweepPoint(string Name, JsonObject Set)
{
    /// <summary>The product of a grid's lists, the last of them running fastest.</summary>
    /// <exception cref="KitException">A list is empty or no list, or a value stands in it twice.</exception>
    public static IReadOnlyList<SweepPoint> Product(JsonObject grid, string origin)
    {
        if (grid.Count == 0) return [];
        IEnumerable<JsonObject> points = [[]];
        foreach (var (path, values) in grid)
        {
            if (values is not JsonArray list) throw new KitException($"{origin}: '{path}' of the grid is {values?.ToJsonString() ?? "null"}, expected a list of values, for example [0.2, 0.5].");
            if (list.Count == 0) throw new KitException($"{origin}: '{path}' of the grid is an empty list. Give at least one value, or leave it out.");
            points = points.SelectMany(point => list.Select(value => new JsonObject([.. point.DeepClone().AsObject().ToList().Select(Alone), new(path, value?.DeepClone())])));
        }
        var last = grid.Select(g => g.Key.Split('.')[^1]).ToList();
        bool shortNames = last.Distinct().Count() == last.Count;
        List<SweepPoint> named = [.. points.Select(p => new SweepPoint(string.Join(',', p.Select(s => $"{(shortNames ? s.Key.Split('.')[^1] : s.Key)}={Text(s.Value)}")), p))];
        return named.GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new KitException($"{origin}: the grid has the point {twice.Key} twice. Give each value once.")
            : named;
    }

    private static KeyValuePair<string, JsonNode?> Alone(KeyValuePair<string, JsonNode?> setting) => new(setting.Key, setting.Value?.DeepClone());

    private static string Text(JsonNode? value) =>
        string.Concat((value is JsonValue v && v.TryGetValue(out string? text) ? text : value?.ToJsonString() ?? "null").Select(c => char.IsAsciiLetterOrDigit(c) || ".+-_".Contains(c) ? c : '-'));
}

/// <summary>What a stage's grid has shown.</summary>
/// <param name="Best">Its best point; an empty one where there is no grid.</param>
/// <param name="Values">The metric of each point, in order.</param>
public sealed record SweepChoice(SweepPoint Best, IReadOnlyList<double> Values);
