using System.Text.Json.Nodes;
using ResearchKit.Runs;
using ResearchKit.Runs.Sweeps;
using Xunit;

namespace ResearchKit.Tests.Runs;

/// <summary>Which runs a sweep asks for, in what order, and what it does when they fail, stop, or are there already.</summary>
public sealed class SweepExecutionTests : IDisposable
{
    private static readonly string[] Kd =
    [
        "kd alpha=0.2,temperature=5, seed 3", "kd alpha=0.2,temperature=10, seed 3", "kd alpha=0.5,temperature=5, seed 3",
        "kd alpha=0.5,temperature=10, seed 3", "kd alpha=0.7,temperature=5, seed 3", "kd alpha=0.7,temperature=10, seed 3", "kd, seed 3", "kd, seed 4",
    ];

    private static readonly string[] Rest = ["longer steps=14, seed 3", "longer steps=16, seed 3", "longer, seed 3", "longer, seed 4", "alone, seed 3", "alone, seed 4"];
    private readonly SweepTask _task = new();

    public void Dispose() => _task.Dispose();

    // The best point of the first grid is α = 0.5, τ = 10; both points of the second are alike.
    private static double Accuracy(SweepRun run) =>
        run.Recipe.Method["alpha"] is not { } alpha ? 0.4 : 0.8 - Math.Abs((double)alpha - 0.5) - Math.Abs((double)run.Recipe.Method["temperature"]! - 10) / 100;

    [Fact]
    public void Every_run_is_asked_for_once_and_what_was_chosen_is_handed_on()
    {
        var runner = new ToldRunner(Accuracy);
        var outcome = SweepExecution.Run(_task.Plan(), runner);
        Assert.True(outcome.IsComplete);
        Assert.Equal(["teacher, seed 1", .. Kd, .. Rest], runner.Asked);
        Assert.Equal(["alpha=0.5,temperature=10", "steps=14", ""], outcome.Choices.Select(c => c!.Best.Name));
        var longer = new RunFolder(Path.Combine(_task.Folder, "longer", "seed-4")).Recipe();
        Assert.Equal((0.5, 10, 14), ((double)longer.Method["alpha"]!, (int)longer.Method["temperature"]!, longer.Train.Steps));
    }

    [Fact]
    public void What_is_complete_is_not_asked_for_again_and_what_is_begun_goes_on()
    {
        SweepExecution.Run(_task.Plan(), new ToldRunner(Accuracy));
        File.Delete(new RunFolder(Path.Combine(_task.Folder, "longer", "seed-3")).ResultsFile);
        Directory.Delete(Path.Combine(_task.Folder, "kd", "grid", "alpha=0.7,temperature=5"), recursive: true);
        var survey = SweepSurvey.Of(_task.Plan());
        Assert.Equal(15, survey.Runs.Count);
        // Without one point of its grid, what the first stage chose is not known, nor what hangs on it.
        Assert.Equal(8, survey.Done);
        Assert.Equal(6, survey.Runs.Count(r => r.State == SweepRunStage.Waits));

        var runner = new ToldRunner(Accuracy);
        Assert.True(SweepExecution.Run(_task.Plan(), runner).IsComplete);
        Assert.Equal(["kd alpha=0.7,temperature=5, seed 3", "longer, seed 3"], runner.Asked);
        Assert.True(SweepExecution.Run(_task.Plan(), new ToldRunner(_ => throw new InvalidOperationException())).IsComplete);
    }

    [Fact]
    public void A_run_of_another_recipe_is_refused_before_anything_runs()
    {
        SweepExecution.Run(_task.Plan(), new ToldRunner(Accuracy));
        Directory.Delete(Path.Combine(_task.Folder, "teacher"), recursive: true);
        _task.Stage(0)["set"] = new JsonObject { ["train.batchSize"] = 4 };
        var runner = new ToldRunner(Accuracy);
        var said = Assert.Throws<KitException>(() => SweepExecution.Run(_task.Plan(), runner)).Message;
        Assert.Contains("train.batchSize: was 8, now 4", said);
        Assert.Empty(runner.Asked);
    }

    [Fact]
    public void When_a_run_fails_the_others_finish_and_what_hangs_on_it_does_not_begin()
    {
        var runner = new ToldRunner(run => run.Recipe.Name == "kd alpha=0.5,temperature=5" ? throw new KitException("a loss was not finite") : Accuracy(run));
        var outcome = SweepExecution.Run(_task.Plan(), runner);
        Assert.False(outcome.IsComplete);
        Assert.Equal(new SweepFailure("kd alpha=0.5,temperature=5, seed 3", "a loss was not finite"), Assert.Single(outcome.Failures));
        Assert.Equal(["teacher, seed 1", .. Kd[..6], "alone, seed 3", "alone, seed 4"], runner.Asked);
        Assert.False(File.Exists(Path.Combine(_task.Folder, SweepSummary.FileName)));

        runner = new ToldRunner(Accuracy);
        Assert.True(SweepExecution.Run(_task.Plan(), runner).IsComplete);
        Assert.Equal([Kd[2], .. Kd[6..], .. Rest[..4]], runner.Asked);
    }

    [Fact]
    public void Without_its_teacher_nothing_begins()
    {
        var runner = new ToldRunner(_ => throw new KitException("no room"));
        Assert.Single(SweepExecution.Run(_task.Plan(), runner).Failures);
        Assert.Equal(["teacher, seed 1"], runner.Asked);
    }

    [Fact]
    public void A_metric_that_no_run_has_is_named()
    {
        _task.Json["select"] = new JsonObject { ["metric"] = "f1" };
        var failure = Assert.Single(SweepExecution.Run(_task.Plan(), new ToldRunner(Accuracy)).Failures, f => f.What.Contains("'kd'"));
        Assert.Contains("no 'f1'", failure.Reason);
        Assert.Contains("They have accuracy", failure.Reason);
    }

    [Fact]
    public void A_stop_ends_all_and_the_next_start_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var runner = new ToldRunner(Accuracy, results: 4) { Meanwhile = run => { if (run.Recipe.Name == Kd[3][..^8]) stop.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => SweepExecution.Run(_task.Plan(), runner, stop: stop.Token));
        Assert.Equal(["teacher, seed 1", .. Kd[..4]], runner.Asked);
        runner = new ToldRunner(Accuracy);
        SweepExecution.Run(_task.Plan(), runner);
        Assert.Equal([.. Kd[3..], .. Rest], runner.Asked);
    }

    [Fact]
    public void As_many_run_at_a_time_as_was_asked_and_all_but_what_waits()
    {
        var runner = new SlowRunner(new ToldRunner(Accuracy));
        Assert.True(SweepExecution.Run(_task.Plan(jobs: 3), runner).IsComplete);
        Assert.Equal(15, runner.Told.Asked.Count);
        Assert.Equal(3, runner.Most);
        Assert.Equal(1, runner.BesideTheTeacher);
    }

    [Fact]
    public void The_summary_says_what_was_chosen_and_from_what()
    {
        SweepExecution.Run(_task.Plan(), new ToldRunner(Accuracy));
        var summary = SweepSummary.Load(Path.Combine(_task.Folder, SweepSummary.FileName));
        Assert.Equal("./kit sweep sweep.json", summary.Command);
        Assert.Equal([3, 4], summary.Seeds);
        Assert.Equal("""{"method.alpha":0.5,"method.temperature":10}""", summary.Stages[0].Chosen.ToJsonString());
        Assert.Equal(summary.Stages[0].Chosen.ToJsonString(), summary.Stages[1].Carried.ToJsonString());
        Assert.Equal("{}", summary.Stages[2].Carried.ToJsonString());
        Assert.Equal([0.45, 0.5, 0.75, 0.8, 0.55, 0.6], summary.Stages[0].Points.Select(p => Math.Round(p.Value, 10)));
        Assert.Equal("""{"method.alpha":0.7,"method.temperature":5}""", summary.Stages[0].Points[4].Set.ToJsonString());
    }

    [Fact]
    public void What_is_collected_can_be_read_back_and_names_no_place_of_this_machine()
    {
        var plan = _task.Plan();
        var outcome = SweepExecution.Run(plan, new ToldRunner(Accuracy));
        var folder = _task.Tiny.At("collected");
        var files = SweepSummary.Collect(plan, outcome.Choices, folder);
        Assert.Equal(["teacher-1.json", "kd-3.json", "kd-4.json", "longer-3.json", "longer-4.json", "alone-3.json", "alone-4.json", "sweep.json"], files.Select(f => Path.GetFileName(f)));
        Assert.All(files, file => Assert.DoesNotContain(_task.Tiny.Root, File.ReadAllText(file)));
        Assert.All(files, file => Assert.Contains("./kit sweep sweep.json", File.ReadAllText(file)));

        var comparison = Comparison.OfResults([folder]);
        Assert.Equal(["teacher", "kd", "longer", "alone"], comparison.Groups.Select(g => g.Name));
        Assert.Equal([3, 4], comparison.Group("kd").Runs.Select(r => r.Seed));
        Assert.Equal(0.8, comparison.Group("kd").Metric("accuracy")!.Mean, 12);
        Assert.Equal(["kd", "alone"], Comparison.OfResults([files[1], files[5]]).Groups.Select(g => g.Name));
    }

    private sealed class SlowRunner(ToldRunner told) : ISweepRunner
    {
        private int _now;

        public ToldRunner Told => told;

        public int Most { get; private set; }

        public int BesideTheTeacher { get; private set; }

        public async Task Run(SweepRun run, IRunObserver observer, CancellationToken stop)
        {
            Interlocked.Increment(ref _now);
            await Task.Delay(50, stop);
            lock (told)
            {
                Most = Math.Max(Most, _now);
                if (run.Recipe.Name == "teacher") BesideTheTeacher = _now;
            }
            await told.Run(run, observer, stop);
            Interlocked.Decrement(ref _now);
        }
    }
}
