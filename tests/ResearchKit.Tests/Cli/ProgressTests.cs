using ResearchKit.Cli;
using ResearchKit.Cli.Progress;
using ResearchKit.Runs;
using ResearchKit.Training;
using Spectre.Console;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>Two readers of one stream of steps: lines for a pipe, a bar for someone who watches.</summary>
public class ProgressTests
{
    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }

    private static TrainStep Step(long number, long total, double seconds = 0.5, Dictionary<string, double>? evaluation = null) => new(
        number, total, Epoch: number / 100.0, Loss: 2.5, new Dictionary<string, double> { ["L_CE"] = 2, ["L_KD"] = 3 },
        new Dictionary<string, double> { ["student"] = 1 }, LearningRate: 3e-4, Tokens: 1000, seconds, evaluation);

    private static string[] Lines(Action<LineObserver, Clock> watch)
    {
        var clock = new Clock();
        using var output = new StringWriter();
        watch(new LineObserver(output, clock), clock);
        return output.ToString().TrimEnd('\n').Split('\n');
    }

    [Fact]
    public void ALineComesForTheFirstStepTheLastAndEveryFiveSeconds()
    {
        var lines = Lines((observer, clock) =>
        {
            observer.Begin("a run");
            for (int i = 1; i <= 100; i++)
            {
                clock.Advance(0.5);
                observer.Step(Step(i, 100));
            }
        });
        Assert.Equal("== a run", lines[0]);
        Assert.Equal(["1/100", "11/100", "21/100", "31/100", "41/100", "51/100", "61/100", "71/100", "81/100", "91/100", "100/100"],
            lines[1..].Select(l => l.Split(' ')[1]));
    }

    [Fact]
    public void ALineTellsTermsRateSpeedAndWhatIsLeft() =>
        Assert.Equal("step 1/100  epoch 0.01  loss 2.5 (L_CE 2, L_KD 3)  lr 3.0e-4  2000 tokens/s  50 s left",
            Lines((observer, _) => observer.Step(Step(1, 100)))[0]);

    [Fact]
    public void AnEvaluationIsNeverSwallowed()
    {
        var lines = Lines((observer, _) =>
        {
            observer.Step(Step(1, 100));
            observer.Step(Step(2, 100));
            observer.Step(Step(3, 100, evaluation: new() { ["accuracy"] = 0.8125 }));
        });
        Assert.StartsWith("step 3/100", lines[1]);
        Assert.Equal("  evaluation  accuracy 0.8125", lines[2]);
    }

    [Fact]
    public void SpeedIsThatOfTheLastSteps()
    {
        var lines = Lines((observer, clock) =>
        {
            for (int i = 1; i <= 500; i++)
            {
                clock.Advance(10);
                observer.Step(Step(i, 500, seconds: i <= 100 ? 100 : 0.1));
            }
        });
        Assert.Contains("10.0k tokens/s", lines[^1]);
    }

    [Fact]
    public void TheBarShowsTheRunItsStepsAndItsEnd()
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 100;
        console.Progress().AutoRefresh(false).HideCompleted(true).Columns(new TaskDescriptionColumn(), new PercentageColumn()).Start(context =>
        {
            IRunObserver observer = new BarObserver(console, context);
            observer.Begin("a [run]");
            observer.Step(Step(25, 100, evaluation: new() { ["accuracy"] = 0.5 }));
            context.Refresh();
            observer.Complete(new RunResults
            {
                Name = "a [run]", Method = "kd", Task = "t", Split = "test", Metrics = new() { ["accuracy"] = 0.75 }, Parameters = 1, Seed = 1,
                TrainingRows = 1, Steps = 25, TrainingSeconds = 1, TokensPerSecond = 1, Device = "cpu", Command = "",
            });
            context.Refresh();
        });
        var shown = output.ToString();
        Assert.Contains("a [run] loss 2.5", shown);
        Assert.Contains("25%", shown);
        Assert.Contains("step 25: accuracy 0.5", shown);
        Assert.Contains("a [run], seed 1: accuracy 0.75 (1 s)", shown);
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(185, "3 min 05 s")]
    [InlineData(7620, "2 h 07 min")]
    [InlineData(90_000, "25 h 00 min")]
    public void DurationsRead(double seconds, string text) => Assert.Equal(text, Format.Duration(seconds));

    [Theory]
    [InlineData(950, "950")]
    [InlineData(9_999, "9999")]
    [InlineData(12_345, "12.3k")]
    [InlineData(4_500_000, "4.5M")]
    public void CountsRead(double count, string text) => Assert.Equal(text, Format.Count(count));
}
