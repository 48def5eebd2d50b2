using ResearchKit.Notebooks;
using ResearchKit.Notebooks.Live;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Notebooks.Figures;

namespace ResearchKit.Tests.Notebooks.Live;

/// <summary>Progress is shown in place, seldom enough to cost nothing, and leaves one line.</summary>
public sealed class LiveTrainingTests
{
    private sealed class Clock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }

    private sealed class FakeDisplay
    {
        public List<List<string>> Shown { get; } = [];

        public Clock Clock { get; } = new();

        public LiveTraining Live() => new(Show, Clock);

        private Action<string> Show(string html)
        {
            List<string> states = [html];
            Shown.Add(states);
            return states.Add;
        }
    }

    [Fact]
    public void ARunIsOneDisplayThatIsUpdated()
    {
        var display = new FakeDisplay();
        var live = display.Live();
        live.Begin("mine: training");
        for (int i = 1; i <= 100; i++)
        {
            display.Clock.Advance(0.1);
            live.Step(SampleRuns.Step(i, 100, "kd", 1) with { Evaluation = null });
        }
        var states = Assert.Single(display.Shown);
        Assert.InRange(states.Count, 20, 23);   // ten seconds, two updates each, the first and the last
        Assert.Contains("step 100 of 100", states[^1]);
        Assert.Contains("0 s left", states[^1]);
    }

    [Fact]
    public void AStateTellsTermsRateSpeedTimeLeftAndMetrics()
    {
        var display = new FakeDisplay();
        var live = display.Live();
        live.Begin("<i>mine</i>");
        foreach (int i in (int[])[9, 10]) live.Step(SampleRuns.Step(i, 100, "kd", 1));
        var html = display.Shown[0][^1];
        foreach (var part in (string[])["&lt;i&gt;mine", "step 10 of 100", "learning rate 1.0e-3", "1,000 tokens/s", "9 s left", "L<sub>CE</sub> 0.2", "L<sub>Soft-CE</sub> 0.2", "validation: accuracy 0.11", "<polyline", "width:10.0%"])
            Assert.Contains(part, html);
        Assert.DoesNotContain("<i>", html);
    }

    [Fact]
    public void TheEndIsALineAndAnotherRunHasItsOwnDisplay()
    {
        using var runs = new SampleRuns();
        var display = new FakeDisplay();
        var live = display.Live();
        live.Begin("one");
        live.Complete(runs.Teacher.Results());
        live.Begin("two");
        Assert.Equal(2, display.Shown.Count);
        Assert.Contains("accuracy 0.91, loss 1.5 on the test split", display.Shown[0][^1]);
        Assert.Contains("20 steps in 10 s", display.Shown[0][^1]);
    }

    [Fact]
    public void AWatchedStreamPassesThroughUnchanged()
    {
        var display = new FakeDisplay();
        var steps = Enumerable.Range(1, 3).Select(i => SampleRuns.Step(i, 3, "kd", 1)).ToList();
        Assert.Equal(steps, display.Live().Watch(steps, "mine"));
        Assert.Contains("step 3 of 3", display.Shown[0][^1]);
    }

    [Fact]
    public void ARecipeThatHasRunIsNotRunAgainAndAChangedOneBeginsAnew()
    {
        using var task = new TinyTask();
        var recipe = Recipe.Load(task.Recipe("tiny", "classes", new() { ["name"] = "fine-tune" }, steps: 2));
        var display = new FakeDisplay();
        var first = Kit.Run(recipe, task.At("runs"), display.Live());
        var written = File.GetLastWriteTimeUtc(first.ResultsFile);
        var again = Kit.Run(recipe, task.At("runs"), display.Live());
        Assert.Equal(first, again);
        Assert.Equal(written, File.GetLastWriteTimeUtc(again.ResultsFile));
        Assert.Contains("already complete", display.Shown[^1][^1]);
        Assert.NotEqual(first, Kit.Run(recipe.WithSeed(2), task.At("runs"), display.Live()));
        Assert.Contains("Layers", Assert.Throws<KitException>(() => Kit.Run(recipe with { Student = recipe.Student with { Layers = -1 } }, task.At("runs"), display.Live())).Message, StringComparison.OrdinalIgnoreCase);
    }
}
