using System.Text.Json.Nodes;
using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Runs;
using ResearchKit.Tests.Checkpoints;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Papers.GradientDistillation;

public sealed class ConsistencyLogTests
{
    [Fact]
    public void ATrainingIsFollowedWithoutBeingDisturbed()
    {
        using var task = new TinyTask();
        Experiment.Run(Recipe.Load(task.Recipe("teacher", "classes", new JsonObject { ["name"] = "fine-tune" }), ["student.layers=2"]), new RunFolder(task.At("teacher")));
        var recipe = Recipe.Load(task.Recipe("student", "classes", new JsonObject { ["name"] = "gradkd", ["beta"] = 5.0 }, steps: 30),
            [$"teacher={task.At("teacher")}", "student.from=teacher", "student.head=fresh"]);
        Dictionary<string, double[]> unwatched;
        using (var experiment = Experiment.Open(recipe, new RunFolder(task.At("unwatched"))))
        {
            Assert.Equal(30, experiment.Train().Count());
            unwatched = Bits.Of(experiment.Student);
        }

        using var watched = Experiment.Open(recipe, new RunFolder(task.At("watched")));
        var samples = new SampleEncoder(watched.Tokenizer, recipe.Data.MaxLength).Encode(TaskCatalog.Open(recipe.Data.Task).Examples(Split.Validation, 8));
        var consistency = new GradientConsistency(samples, new Collator(watched.Tokenizer.PaddingId ?? 0, CPU), batchSize: 4);
        var path = task.At("watched/consistency.jsonl");
        ConsistencyReport Measure() => consistency.Measure(watched.Student, watched.Teacher!);
        foreach (var step in ConsistencyLog.Record(watched.Train(), path, every: 8, Measure)) Assert.True(step.Number <= 30);

        Assert.Equal(unwatched, Bits.Of(watched.Student));
        var course = ConsistencyLog.Read(path);
        Assert.Equal([0, 8, 16, 24, 30], course.Select(m => m.Step));
        Assert.Equal(["E"], course[0].Layers.Select(l => l.Name));   // a student of one layer has none below its last
        Assert.Equal(Measure().Means(30).Layers, course[^1].Layers);
        Assert.True(course[^1].Layers[0].Tokens > course[0].Layers[0].Tokens + 0.1, $"{course[0].Layers[0]} to {course[^1].Layers[0]}");   // what the method trains for
    }

    [Fact]
    public void AResumedTrainingGoesOnInTheSameFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder["consistency.jsonl"];
        int measured = 0;
        ConsistencyReport Measure() => new([new(new(0, 0), [[0.01 * measured++, double.NaN]]), new(new(1, 2), [[double.NaN]])], [true]);
        IEnumerable<TrainStep> Steps(int from, int to) => Enumerable.Range(from, to - from + 1).Select(n => Step(n, 8));
        Assert.Equal(5, ConsistencyLog.Record(Steps(1, 5), path, 2, Measure).Count());
        Assert.Equal([0, 2, 4], ConsistencyLog.Read(path).Select(m => m.Step));
        Assert.Equal(6, ConsistencyLog.Record(Steps(3, 8), path, 2, Measure).Count());   // the checkpoint was after step 2
        var course = ConsistencyLog.Read(path);
        Assert.Equal([0, 2, 4, 6, 8], course.Select(m => m.Step));
        Assert.Equal([0, 0.01, 0.04, 0.05, 0.06], course.Select(m => m.Layers[0].Tokens));
        Assert.All(course, m => Assert.True(m.Layers[1] is { Name: "h1" } layer && double.IsNaN(layer.Tokens)));

        File.AppendAllText(path, "{\n");
        Assert.Contains("The file is damaged", Assert.Throws<KitException>(() => ConsistencyLog.Read(path)).Message);
        Assert.Contains("there is no such file", Assert.Throws<KitException>(() => ConsistencyLog.Read(folder["none"])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ConsistencyLog.Record([], path, 0, Measure));
    }

    private static TrainStep Step(int number, int total) => new(number, total, 0, 0, new Dictionary<string, double>(), new Dictionary<string, double>(), 0, 0, 0);
}
