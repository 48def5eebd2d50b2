using System.Text.Json.Nodes;
using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using ResearchKit.Papers.OnlineDistillation;
using ResearchKit.Runs;
using ResearchKit.Tests.Checkpoints;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Analysis;

public sealed class TeacherDriftTests
{
    private static readonly Sample[] s_rows = [new([1, 5, 3, 7], ScoredFrom: 2), new([2, 4], ScoredFrom: 1), new([9, 8, 7, 6, 5, 4], ScoredFrom: 3)];

    private static Collator Targets => new(0, CPU, targets: true);

    private static LanguageModel Student() => ModelFactory.Create(Tiny.Gpt2.WithoutDropout() with { Layers = 1, InitializerRange = 0.4 }, seed: 8, type: ScalarType.Float64);

    // [position][token] log-probabilities of the scored positions, a row at a time and without padding.
    private static List<(double[] Logs, long Gold)> Logs(LanguageModel model)
    {
        List<(double[], long)> all = [];
        using var frozen = no_grad();
        foreach (var row in s_rows)
        {
            using var scope = NewDisposeScope();
            using var batch = Targets.Make([row]);
            var logs = model.Forward(batch).Logits.log_softmax(-1);
            for (int t = 0; t < row.Ids.Length; t++)
                if (batch.Targets![0, t].ToInt64() is >= 0 and var gold) all.Add((logs[0, t].data<double>().ToArray(), gold));
        }
        return all;
    }

    [Fact]
    public void ItIsTheMeanOverScoredTokensOfThreeModels()
    {
        using LanguageModel student = Student(), teacher = Tiny.Make<LanguageModel>(Tiny.Gpt2);
        var origin = Logs(teacher);
        using var method = new OnlineKd(student, teacher, new() { Rank = 2 });
        using (no_grad())
        using (var generator = new Generator(5))
            foreach (var parameter in method.Online.parameters()) parameter.copy_(randn(parameter.shape, generator: generator) * 0.5);
        var (online, learnt) = (Logs(teacher), Logs(student));
        int n = 2 + 1 + 3;
        Assert.Equal(n, origin.Count);
        double Kl(List<(double[] Logs, long Gold)> a, List<(double[] Logs, long Gold)> b) =>
            a.Zip(b, (x, y) => x.Logs.Zip(y.Logs, (p, q) => Math.Exp(p) * (p - q)).Sum()).Sum() / n;
        double Entropy(List<(double[] Logs, long Gold)> a) => -a.Sum(x => x.Logs.Sum(l => Math.Exp(l) * l)) / n;
        double Loss(List<(double[] Logs, long Gold)> a) => -a.Sum(x => x.Logs[x.Gold]) / n;

        student.train();
        var drift = new TeacherDrift(s_rows, Targets, batchSize: 2).Measure(student, teacher);
        double[] wanted = [Kl(origin, online), Kl(online, learnt), Kl(learnt, online), Kl(origin, learnt), Entropy(origin), Entropy(online), Entropy(learnt), Loss(origin), Loss(online), Loss(learnt)];
        double[] actual = [drift.BaseToOnline, drift.OnlineToStudent, drift.StudentToOnline, drift.BaseToStudent, drift.BaseEntropy, drift.OnlineEntropy, drift.StudentEntropy, drift.BaseLoss, drift.OnlineLoss, drift.StudentLoss];
        foreach (var (a, b) in wanted.Zip(actual)) Assert.Equal(a, b, 10);
        Assert.True(drift.BaseToOnline > 0.01);
        Assert.Same(method.Online, teacher.Adapter);   // the module is where it was
        Assert.True(student.training && !teacher.training);
    }

    [Fact]
    public void ATeacherWithoutAModuleHasNoDrift()
    {
        using LanguageModel student = Student(), teacher = Tiny.Make<LanguageModel>(Tiny.Gpt2);
        var drift = new TeacherDrift(s_rows, Targets, 4).Measure(student, teacher);
        Assert.Equal((0.0, drift.BaseToStudent, drift.BaseEntropy, drift.BaseLoss), (drift.BaseToOnline, drift.OnlineToStudent, drift.OnlineEntropy, drift.OnlineLoss));
        using var fresh = new OnlineKd(student, teacher, new() { Rank = 2 });   // W_up is 0
        Assert.Equal(drift, new TeacherDrift(s_rows, Targets, 4).Measure(student, teacher));
        Assert.Contains("No token", Assert.Throws<KitException>(() => new TeacherDrift([new([3])], Targets, 1).Measure(student, teacher)).Message);
    }

    [Theory]
    [InlineData("okd")]
    [InlineData("fkl")]
    public void ATrainingIsFollowedWithoutBeingDisturbed(string method)
    {
        using var task = new TinyTask();
        Experiment.Run(Recipe.Load(task.Recipe("teacher", "answers", new JsonObject { ["name"] = "sft" }), ["student.layers=2"]), new RunFolder(task.At("teacher")));
        var settings = method == "okd" ? new JsonObject { ["name"] = "okd", ["rank"] = 2, ["teacherRate"] = 3.0 } : new JsonObject { ["name"] = method };
        var recipe = Recipe.Load(task.Recipe("student", "answers", settings, steps: 20), [$"teacher={task.At("teacher")}", "student.dropout=0.2"]);
        Dictionary<string, double[]> unwatched;
        using (var experiment = Experiment.Open(recipe, new RunFolder(task.At("unwatched"))))
        {
            Assert.Equal(20, experiment.Train().Count());
            unwatched = Bits.Of(experiment.Student);
        }

        RunFolder folder = new(task.At("watched"));
        Dictionary<string, double[]> watched = [];
        Drift last = null!;
        Experiment.Run(recipe, folder, through: (experiment, steps) =>
        {
            var samples = new SampleEncoder(experiment.Tokenizer, recipe.Data.MaxLength).Encode(TaskCatalog.Open(recipe.Data.Task).Examples(Split.Validation, 6));
            var drift = new TeacherDrift(samples, new Collator(experiment.Tokenizer.PaddingId ?? 0, CPU, targets: true), batchSize: 4);
            return Watch(experiment, DriftLog.Record(steps, DriftLog.PathIn(folder.Path), every: 8, () => last = drift.Measure(experiment.Student, experiment.Teacher!)));
        });
        Assert.Equal(unwatched, watched);

        var course = DriftLog.Read(DriftLog.PathIn(folder.Path));
        Assert.Equal([0, 8, 16, 20], course.Select(p => p.Step));
        Assert.Equal(last, course[^1].Drift);
        Assert.Equal(0, course[0].Drift.BaseToOnline);   // a fresh module changes nothing
        Assert.All(course.Skip(1), p => Assert.Equal(method == "okd", p.Drift.BaseToOnline > 0));
        Assert.All(course, p => Assert.Equal(course[0].Drift.BaseLoss, p.Drift.BaseLoss, 12));   // the base is what it was
        Assert.True(course[^1].Drift.OnlineToStudent < course[0].Drift.OnlineToStudent);

        IEnumerable<TrainStep> Watch(Experiment experiment, IEnumerable<TrainStep> steps)
        {
            foreach (var step in steps)
            {
                if (step.Number == step.Total) watched = Bits.Of(experiment.Student);
                yield return step;
            }
        }
    }

    [Fact]
    public void AResumedTrainingGoesOnInTheSameFile()
    {
        using var folder = new TemporaryFolder();
        int measured = 0;
        Drift Measure() => new(measured++, 0, 0, 0, 0, 0, 0, 0, double.PositiveInfinity, double.NaN);
        static IEnumerable<TrainStep> Steps(int from, int to) => Enumerable.Range(from, to - from + 1)
            .Select(n => new TrainStep(n, 8, 0, 0, new Dictionary<string, double>(), new Dictionary<string, double>(), 0, 0, 0));
        var path = DriftLog.PathIn(folder["run"]);
        Assert.Equal(5, DriftLog.Record(Steps(1, 5), path, 2, Measure).Count());
        Assert.Equal(6, DriftLog.Record(Steps(3, 8), path, 2, Measure).Count());   // the checkpoint was after step 2
        var course = DriftLog.Read(path);
        Assert.Equal([0, 2, 4, 6, 8], course.Select(p => p.Step));
        Assert.Equal([0, 1, 4, 5, 6], course.Select(p => p.Drift.BaseToOnline));
        Assert.True(double.IsNaN(course[^1].Drift.StudentLoss) && double.IsPositiveInfinity(course[^1].Drift.OnlineLoss));
        File.AppendAllText(path, "{\n");
        Assert.Contains("damaged", Assert.Throws<KitException>(() => DriftLog.Read(path)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => DriftLog.Record([], path, 0, Measure));
    }
}
