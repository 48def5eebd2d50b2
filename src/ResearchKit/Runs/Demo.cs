using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace ResearchKit.Runs;

/// <summary>How the demonstration is run.</summary>
/// <param name="Out">Folder for its runs and its report.</param>
/// <param name="Quick">Fewer rows and epochs: it shows that everything works, not what distillation gains.</param>
/// <param name="Seeds">Seeds of each student.</param>
/// <param name="Device"><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</param>
public sealed record DemoSettings(string Out, bool Quick = false, int Seeds = 1, string Device = "auto");

/// <summary>What the demonstration found.</summary>
/// <param name="Topic">The classifiers: teacher, student alone, student distilled.</param>
/// <param name="Define">The definers, likewise.</param>
/// <param name="Samples">What each definer says of words it never saw defined.</param>
/// <param name="Seconds">Wall time of everything.</param>
/// <param name="Report">The page that tells of it.</param>
public sealed record DemoOutcome(Comparison Topic, Comparison Define, IReadOnlyList<DefinitionSample> Samples, double Seconds, string Report);

/// <summary>One word and what each definer says of it.</summary>
/// <param name="Word">A word of the test split that no model saw defined.</param>
/// <param name="Definition">What WordNet says.</param>
/// <param name="Answers">What each model says, greedily, under its recipe's name.</param>
public sealed record DefinitionSample(string Word, string Definition, IReadOnlyDictionary<string, string> Answers);

/// <summary>
/// The main path, end to end on real English: a teacher and a student learn to classify WordNet's definitions and to define its
/// words; the student learns once alone and once from the teacher; a table says whether distillation paid.
/// </summary>
public static class Demo
{
    private static readonly string[] TopicStudents = ["topic-student", "topic-kd"];
    private static readonly string[] DefineStudents = ["define-student", "define-fkl"];

    /// <summary>Runs it all. Complete runs in the folder are taken as they are, so a demonstration that was stopped goes on.</summary>
    /// <exception cref="KitException">WordNet is absent, or the folder holds something else.</exception>
    public static DemoOutcome Run(DemoSettings settings, IRunObserver observer, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        List<RunFolder> topic = [Stage("topic-teacher", null, 1, settings, observer, cancellation)];
        for (int seed = 1; seed <= settings.Seeds; seed++)
            foreach (var name in TopicStudents) topic.Add(Stage(name, topic[0], seed, settings, observer, cancellation));

        List<RunFolder> define = [Stage("define-teacher", null, 1, settings, observer, cancellation)];
        for (int seed = 1; seed <= settings.Seeds; seed++)
            foreach (var name in DefineStudents) define.Add(Stage(name, define[0], seed, settings, observer, cancellation));

        observer.Begin("defining words that no model saw defined");
        var samples = DefinitionSamples.Of([.. define.DistinctBy(f => f.Results().Name)], count: 6);
        var outcome = new DemoOutcome(Comparison.Of(topic), Comparison.Of(define), samples, clock.Elapsed.TotalSeconds, Path.Combine(settings.Out, "report.html"));
        Report.DemoReport.Of(outcome, settings, topic, define).Save(outcome.Report);
        return outcome;
    }

    /// <summary>One of the demonstration's recipes as it stands in the kit.</summary>
    public static JsonObject Recipe(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"ResearchKit.Runs.Recipes.{name}.json")
            ?? throw new ArgumentException($"There is no recipe '{name}' in the kit.", nameof(name));
        using var reader = new StreamReader(stream);
        return SettingsBinder.Parse(reader.ReadToEnd(), $"{name}.json");
    }

    private static RunFolder Stage(string name, RunFolder? teacher, int seed, DemoSettings settings, IRunObserver observer, CancellationToken cancellation)
    {
        List<string> overrides = [$"train.device={settings.Device}"];
        foreach (var kind in new[] { "initialisation", "data", "dropout", "sampling" }) overrides.Add($"train.seeds.{kind}={seed}");
        if (teacher is not null)
        {
            bool distilled = name is "topic-kd" or "define-fkl";
            overrides.Add($"{(distilled ? "teacher" : "evaluation.reference")}=\"{teacher.Path}\"");
            if (!distilled) overrides.Add($"tokenizer.from=\"{Path.Combine(teacher.ModelFolder, "tokenizer.json")}\"");
        }
        if (settings.Quick) overrides.AddRange(["train.epochs=1", "train.batchSize=16", "data.trainLimit=8000", "evaluation.limit=1000"]);
        var recipe = Runs.Recipe.From(Recipe(name), $"{name}.json", overrides);
        var folder = new RunFolder(Path.Combine(settings.Out, seed == 1 && teacher is null ? name : $"{name}-{seed}"));
        if (!folder.IsComplete) Experiment.Run(recipe, folder, resume: File.Exists(folder.ConfigFile), observer, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return folder;
    }
}
