using System.Text.Json.Nodes;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Runs;
using ResearchKit.Training;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Tests.Notebooks.Figures;

/// <summary>Run folders as a training leaves them, with numbers that are easy to recognise.</summary>
internal sealed class SampleRuns : IDisposable
{
    public static readonly string[] Labels = ["animal", "food", "act"];

    private readonly string _root = Directory.CreateTempSubdirectory("kit-runs-").FullName;

    public SampleRuns()
    {
        Teacher = Make("teacher", "fine-tune", 1, 1000, null);
        All = [Teacher, .. Enumerable.Range(1, 3).SelectMany(seed => (RunFolder[])[Make("alone", "fine-tune", seed, 250, null), Make("distilled", "kd", seed, 250, 1000)])];
    }

    public RunFolder Teacher { get; }

    public IReadOnlyList<RunFolder> All { get; }

    public RunFolder Make(string name, string method, int seed, long parameters, long? teacherParameters, int steps = 20)
    {
        var run = new RunFolder(Path.Combine(_root, Guid.NewGuid().ToString("N")));
        run.Begin(new Recipe
        {
            Name = name,
            Teacher = teacherParameters is null ? null : Teacher.Path,
            Data = new() { Task = "wordnet-topic" },
            Student = new(),
            Method = new JsonObject { ["name"] = method },
        }.WithSeed(seed), resume: false);
        using (var log = MetricsLog.Open(run.MetricsFile))
            for (int i = 1; i <= steps; i++) log.Append(Step(i, steps, method, seed));
        run.Complete(new RunResults
        {
            Name = name, Method = method, Task = "wordnet-topic", Split = "test", Parameters = parameters, TeacherParameters = teacherParameters, Seed = seed,
            Metrics = new() { ["accuracy"] = (parameters == 1000 ? 0.9 : method == "kd" ? 0.8 : 0.7) + 0.01 * seed, ["loss"] = 1.5 },
            TrainingRows = 64, Steps = steps, TrainingSeconds = 10, TokensPerSecond = 5000, Device = "cpu, 1 thread, libtorch 1.13", Command = "./kit train",
        });
        return run;
    }

    /// <summary>Loss 1/step, the same for every seed but for a tenth of the seed.</summary>
    public static TrainStep Step(int number, int total, string method, int seed) => new(number, total, number / 10.0, 1.0 / number + 0.1 * seed,
        method == "kd" ? new Dictionary<string, double> { ["L_CE"] = 1.0 / number + 0.1 * seed, ["L_Soft-CE"] = 2.0 / number } : new Dictionary<string, double> { ["L_CE"] = 1.0 / number + 0.1 * seed },
        new Dictionary<string, double> { ["student"] = 1 }, 1e-3, 100, 0.1, number % 10 == 0 ? new Dictionary<string, double> { ["accuracy"] = number / 100.0 + 0.01 * seed } : null);

    /// <summary>Predictions that are sure of the classes given.</summary>
    public static RunPredictions Says(string name, int[] classes, int[] expected, bool teacher = false) => new()
    {
        Name = name, Method = teacher ? "fine-tune" : "kd", IsTeacher = teacher, Split = "test", Labels = Labels,
        Examples = [.. expected.Select((label, i) => new TextExample($"text {i}", null, label))],
        Predictions = new Predictions([.. classes.Select(c => Enumerable.Range(0, Labels.Length).Select(k => k == c ? 4f : 0f).ToArray())]),
    };

    public static JsonNode Json(GenericChart chart) => JsonNode.Parse(GenericChart.toFigureJson(chart))!;

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
