using System.Text.Json.Nodes;
using ResearchKit.Distillation;

namespace ResearchKit.Runs.Sweeps;

/// <summary>
/// The runs that a sweep is, each an ordinary recipe in a folder of its own: <c>teacher</c>, <c>STAGE/grid/POINT</c>, <c>STAGE/seed-N</c>. What a later
/// stage runs depends on what earlier ones have shown, so its runs are asked for with the choices made so far.
/// </summary>
public sealed class SweepPlan
{
    private readonly Sweep _sweep;
    private readonly int _jobs;
    private readonly List<Stage> _stages = [];
    private readonly string? _teacher;

    private SweepPlan(Sweep sweep, string file, string folder, int jobs)
    {
        (_sweep, File, Folder, _jobs) = (sweep, file, folder, jobs);
        (Teacher, _teacher) = PlanTeacher();
        for (int i = 0; i < sweep.Stages.Length; i++) _stages.Add(PlanStage(SettingsBinder.Bind<SweepStage>(sweep.Stages[i], $"{file}: stage {i + 1}")));
    }

    /// <summary>Plans a sweep and checks every recipe and every point of it, before anything runs.</summary>
    /// <param name="path">The sweep's JSON file.</param>
    /// <param name="folder">Where its runs go; null for <c>runs/NAME</c>.</param>
    /// <param name="jobs">How many runs at the same time. With more than one, each has a single thread unless its recipe says otherwise, for which
    /// reason a run that stands keeps its number.</param>
    /// <exception cref="KitException">A recipe is missing, a setting is none of the method's, a value is out of range, a list is empty; the message names the
    /// stage and the point.</exception>
    public static SweepPlan Of(string path, string? folder = null, int jobs = 1)
    {
        var sweep = Sweep.Load(path);
        return new(sweep, path, folder ?? Path.Combine("runs", sweep.Name), jobs);
    }

    /// <summary>The sweep's file.</summary>
    public string File { get; }

    /// <summary>The folder of its runs.</summary>
    public string Folder { get; }

    /// <summary>The sweep.</summary>
    public Sweep Sweep => _sweep;

    /// <summary>The runs that may go on at the same time.</summary>
    public int Jobs => _jobs;

    /// <summary>The teacher's run, where the sweep trains one.</summary>
    public SweepRun? Teacher { get; }

    /// <summary>The stages.</summary>
    public IReadOnlyList<SweepStage> Stages => [.. _stages.Select(s => s.Settings)];

    /// <summary>The points of a stage's grid, none where it has no grid.</summary>
    public IReadOnlyList<SweepPoint> Points(int stage) => _stages[stage].Points;

    /// <summary>The earlier stages whose choice decides what a stage runs.</summary>
    public IReadOnlyList<int> Needs(int stage) => [.. _stages[stage].Sources.Values.Distinct().Order()];

    /// <summary>Runs of a stage's grid, in the order of its points.</summary>
    /// <param name="stage">Its number, from 0.</param>
    /// <param name="choices">What the stages have shown; those that it needs must be there.</param>
    public IReadOnlyList<SweepRun> Grid(int stage, IReadOnlyList<SweepChoice?> choices) => [.. _stages[stage].Points.Select(point =>
        Run(_stages[stage], Carried(stage, choices), point, _sweep.Seeds[0], "validation", $"{_stages[stage].Settings.Name} {point.Name}", Path.Combine("grid", point.Name)))];

    /// <summary>Runs of a stage's best point with every seed.</summary>
    /// <param name="stage">Its number, from 0.</param>
    /// <param name="choices">What the stages have shown, this one included.</param>
    public IReadOnlyList<SweepRun> Final(int stage, IReadOnlyList<SweepChoice?> choices) => [.. _sweep.Seeds.Select(seed =>
        Run(_stages[stage], Carried(stage, choices), choices[stage]!.Best, seed, "test", _stages[stage].Settings.Name, $"seed-{seed}"))];

    /// <summary>Every run that is published: the teacher's and each stage's over the seeds.</summary>
    public IReadOnlyList<SweepRun> Published(IReadOnlyList<SweepChoice?> choices) =>
        [.. Teacher is null ? [] : (SweepRun[])[Teacher], .. Enumerable.Range(0, _stages.Count).SelectMany(i => Final(i, choices))];

    /// <summary>Reads what a stage's grid has shown.</summary>
    /// <param name="stage">Its number, from 0.</param>
    /// <param name="choices">What the stages before it have shown.</param>
    /// <exception cref="KitException">A run is not complete, or has no such metric.</exception>
    public SweepChoice Choose(int stage, IReadOnlyList<SweepChoice?> choices)
    {
        if (_stages[stage].Points.Count == 0) return new(new("", []), []);
        var select = _sweep.Select;
        var values = Grid(stage, choices).Select(run => run.Folder.Results().Metrics is var metrics && metrics.TryGetValue(select.Metric, out double value) ? value
            : throw new KitException($"{run.Folder.Path}: its results have no '{select.Metric}', by which {File} selects. They have {string.Join(", ", metrics.Keys)}. Correct select.metric.")).ToList();
        int best = Best(values, select.Direction == "max");
        return best >= 0 ? new(_stages[stage].Points[best], values)
            : throw new KitException($"{File}: stage '{_stages[stage].Settings.Name}': '{select.Metric}' is not a number at any point of the grid. Look at its runs in {Path.Combine(Folder, _stages[stage].Settings.Name, "grid")}.");
    }

    /// <summary>The place of the best value, of equals the first; -1 where none is a number.</summary>
    internal static int Best(IReadOnlyList<double> values, bool largest)
    {
        int best = -1;
        for (int i = 0; i < values.Count; i++)
            if (!double.IsNaN(values[i]) && (best < 0 || (largest ? values[i] > values[best] : values[i] < values[best]))) best = i;
        return best;
    }

    /// <summary>What earlier stages hand to a stage.</summary>
    public JsonObject Carried(int stage, IReadOnlyList<SweepChoice?> choices) => new(_stages[stage].Sources.Select(source =>
        KeyValuePair.Create(source.Key, _stages[source.Value].Value(source.Key, choices[source.Value]!.Best)?.DeepClone())));

    private (SweepRun? Run, string? Path) PlanTeacher()
    {
        switch (_sweep.Teacher)
        {
            case null: return default;
            case JsonValue value when value.TryGetValue(out string? path):
                SavedModel.FolderOf(path);   // refuses one that is not there
                return (null, path);
            case JsonObject json:
                var settings = SettingsBinder.Bind<SweepTeacher>(json, $"{File}: teacher");
                var folder = new RunFolder(Path.Combine(Folder, "teacher"));
                var (text, origin) = Read(settings.Recipe, "teacher");
                var method = MethodCatalog.Check(Recipe.From(SettingsBinder.Parse(text, origin), origin).Method);
                RequireSet(settings.Set, method, $"{File}: teacher");
                RequireSet(_sweep.Set, method, $"{File}: 'set', for the teacher");
                string[] overrides = [.. SettingPaths.Assignments(_sweep.Set), .. SettingPaths.Assignments(settings.Set), "name=\"teacher\"", "evaluation.split=\"test\""];
                var recipe = Checked(Recipe.From(SettingsBinder.Parse(text, origin), origin, overrides), origin);
                return (new(WithThreads(recipe, folder, shared: false), folder, Alone: true), folder.Path);
            default:
                throw new KitException($"{File}: 'teacher' is {_sweep.Teacher.ToJsonString()}, expected the path of a run, or a recipe: {{ \"recipe\": \"teacher.json\" }}.");
        }
    }

    private Stage PlanStage(SweepStage settings)
    {
        var origin = $"{File}: stage '{settings.Name}'";
        Sweep.RequireName(settings.Name, $"{File}: stage {_stages.Count + 1}", "'name'");
        if (settings.Name == "teacher" || _stages.Any(s => s.Settings.Name == settings.Name))
            throw new KitException($"{File}: stage {_stages.Count + 1}: the name '{settings.Name}' is taken. Give each stage a name of its own{(settings.Name == "teacher" ? "; 'teacher' is the teacher's" : "")}.");
        var (text, from) = Read(settings.Recipe, $"stage '{settings.Name}'");
        var method = MethodCatalog.Check(Recipe.From(SettingsBinder.Parse(text, from), from).Method);
        foreach (var path in settings.Grid.Select(g => g.Key).Concat(settings.Carry)) SettingPaths.Require(method, path, origin);
        var set = SettingPaths.Flat(settings.Set).ToDictionary(s => s.Key, s => s.Value);
        RequireSet(settings.Set, method, origin);
        RequireSet(_sweep.Set, method, $"{File}: 'set', for stage '{settings.Name}'");
        if (settings.Grid.FirstOrDefault(g => set.ContainsKey(g.Key)).Key is { } both) throw new KitException($"{origin}: '{both}' is in its 'set' and in its 'grid'. Leave one of the two out.");
        if (settings.Carry.FirstOrDefault(c => !settings.Grid.ContainsKey(c) && !set.ContainsKey(c)) is { } unset)
            throw new KitException($"{origin}: it carries '{unset}', which is neither in its 'grid' nor in its 'set'. Put it into one of them, or do not carry it.");

        var stage = new Stage(settings, text, from, method, SweepPoint.Product(settings.Grid, origin), set, Sources(settings, method, set));
        _stages.Add(stage);   // for the check, which needs the stages before it
        try
        {
            // Values that earlier stages will hand over are not known yet: any of their points will do for the check.
            List<SweepChoice?> any = [.. _stages.Select(s => new SweepChoice(s.Points.FirstOrDefault() ?? new("", []), []))];
            _ = Grid(_stages.Count - 1, any);
            _ = Final(_stages.Count - 1, any);
            return stage;
        }
        finally { _stages.RemoveAt(_stages.Count - 1); }
    }

    private static void RequireSet(JsonObject set, MethodEntry method, string origin)
    {
        foreach (var (path, _) in SettingPaths.Flat(set)) SettingPaths.Require(method, path, origin);
    }

    // The latest of the earlier stages that carries a setting hands it over, where this stage takes it and does not say it itself.
    private Dictionary<string, int> Sources(SweepStage settings, MethodEntry method, Dictionary<string, JsonNode?> set)
    {
        Dictionary<string, int> sources = [];
        for (int i = 0; i < _stages.Count; i++)
            foreach (var path in _stages[i].Settings.Carry)
                if (SettingPaths.Takes(method, path) && !settings.Grid.ContainsKey(path) && !set.ContainsKey(path)) sources[path] = i;
        return sources;
    }

    private (string Text, string Origin) Read(string recipe, string who)
    {
        var path = Path.Combine(Path.GetDirectoryName(File) ?? "", recipe);
        if (!System.IO.File.Exists(path)) throw new KitException($"{File}: {who}: there is no recipe {path}. Give its path as seen from the sweep's file.");
        return (System.IO.File.ReadAllText(path), $"{File}: {who} ({path})");
    }

    private SweepRun Run(Stage stage, JsonObject carried, SweepPoint point, int seed, string split, string name, string place)
    {
        bool taught = stage.Settings.Teacher ?? stage.Method.HasTeacher;
        List<string> overrides = [];
        if (_teacher is { } path)
        {
            // As for a student that learns alone beside taught ones: it reads the teacher's tokens, and its loyalty is measured.
            var quoted = JsonValue.Create(path).ToJsonString(SettingsBinder.Json);
            overrides.AddRange(taught ? [$"teacher={quoted}"] : ["teacher=null", $"evaluation.reference={quoted}", $"tokenizer.from={quoted}"]);
        }
        foreach (var settings in new[] { _sweep.Set, carried, stage.Settings.Set, point.Set }) overrides.AddRange(SettingPaths.Assignments(settings));
        overrides.AddRange([$"name=\"{name}\"", $"evaluation.split=\"{split}\""]);
        var origin = point.Name.Length == 0 ? stage.Origin : $"{stage.Origin}, {point.Name}";
        var recipe = Recipe.From(SettingsBinder.Parse(stage.Text, origin), origin, overrides).WithSeed(seed);
        if (recipe.Teacher is null && recipe.Student.From == Students.Teacher && _teacher is not null) recipe = recipe with { Student = recipe.Student with { From = _teacher } };
        var folder = new RunFolder(Path.Combine(Folder, stage.Settings.Name, place));
        return new(WithThreads(Checked(recipe, origin), folder, shared: _jobs > 1), folder);
    }

    private static Recipe Checked(Recipe recipe, string origin)
    {
        try
        {
            recipe.Train.Check();
            MethodCatalog.Check(recipe.Method).RequireTeacher(recipe.Teacher is not null);
            return recipe;
        }
        catch (KitException e) { throw new KitException($"{origin}: {e.Message}", e); }
    }

    private Recipe WithThreads(Recipe recipe, RunFolder folder, bool shared)
    {
        if (recipe.Train.Threads is not null) return recipe;
        int? threads = System.IO.File.Exists(folder.ConfigFile) ? folder.Recipe().Train.Threads : shared ? 1 : null;
        return recipe with { Train = recipe.Train with { Threads = threads } };
    }

    private sealed record Stage(SweepStage Settings, string Text, string Origin, MethodEntry Method, IReadOnlyList<SweepPoint> Points,
        Dictionary<string, JsonNode?> Set, Dictionary<string, int> Sources)
    {
        public JsonNode? Value(string path, SweepPoint best) => best.Set.TryGetPropertyValue(path, out var value) ? value : Set[path];
    }
}
