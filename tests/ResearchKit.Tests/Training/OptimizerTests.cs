using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Tensors;
using ResearchKit.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Training;

/// <summary>AdamW, clipping and schedules against PyTorch's, on numbers that Fixtures/training/make.py wrote.</summary>
public class OptimizerTests
{
    private static readonly JsonObject Fixture =
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "training", "optimizer.json")))!.AsObject();

    private static double[] Flatten(JsonNode? node) =>
        node is JsonArray array ? [.. array.SelectMany(Flatten)] : [node!.GetValue<double>()];

    [Theory]
    [InlineData("double", ScalarType.Float64, 1e-13)]
    [InlineData("single", ScalarType.Float32, 2e-6)]
    public void AdamWAndClippingFollowPyTorch(string key, ScalarType type, double tolerance)
    {
        var expected = Fixture[key]!;
        using var matrix = nn.Parameter(tensor(Flatten(expected["matrix"]), [3, 2], dtype: type));
        using var bias = nn.Parameter(tensor(Flatten(expected["bias"]), [4], dtype: type));
        (string, Parameter)[] parameters = [("bias", bias), ("matrix", matrix)];
        using var learner = new Learner(new TrainedPart("student", parameters),
            new TrainSettings { Beta1 = 0.85, Beta2 = 0.97, Epsilon = 1e-6, WeightDecay = 0.1, Clip = expected["clip"]!.GetValue<double>() });
        learner.Attach(parameters);

        bool clipped = false, whole = false;
        foreach (var step in expected["steps"]!.AsArray())
        {
            using var scope = NewDisposeScope();
            matrix.grad!.copy_(tensor(Flatten(step!["matrixGradient"]), [3, 2], dtype: type));
            bias.grad!.copy_(tensor(Flatten(step["biasGradient"]), [4], dtype: type));
            double norm = learner.GradientNorm().to_type(ScalarType.Float64).item<double>();
            learner.Step(3e-2, norm);

            Near([step["norm"]!.GetValue<double>()], [norm], tolerance);
            Near(Flatten(step["matrix"]), Bits.Numbers(matrix), tolerance);
            Near(Flatten(step["bias"]), Bits.Numbers(bias), tolerance);
            clipped |= norm > 0.5;
            whole |= norm < 0.5;
        }
        Assert.True(clipped && whole, "the fixture must hold gradients on both sides of the clip");
    }

    [Fact]
    public void TheCallsOfAStepDoNotGrowWithTheParameters()
    {
        long Made(int layers)
        {
            using var model = nn.Sequential([.. Enumerable.Range(0, layers).Select(i => ($"{i}", (nn.Module<Tensor, Tensor>)nn.Linear(3, 3)))]);
            (string, Parameter)[] parameters = [.. model.named_parameters().Select(p => (p.name, p.parameter))];
            using var learner = new Learner(new TrainedPart("student", parameters), new TrainSettings());
            learner.Attach(parameters);
            learner.Step(0.1, 2);
            var made = DisposeScopeManager.Statistics.TensorStatistics;
            long before = made.CreatedInScopeCount + made.CreatedOutsideScopeCount;
            learner.Step(0.1, 2);
            return made.CreatedInScopeCount + made.CreatedOutsideScopeCount - before;
        }
        Assert.Equal(Made(1), Made(40));
    }

    [Fact]
    public void SchedulesFollowHuggingFace()
    {
        foreach (var made in Fixture["schedules"]!.AsArray())
        {
            var schedule = new Schedule(made!["kind"]!.GetValue<string>(), made["total"]!.GetValue<long>(), made["warmupFraction"]!.GetValue<double>());
            Near(Flatten(made["factors"]), [.. Enumerable.Range(0, (int)schedule.Total).Select(s => schedule.Factor(s))], 1e-15);
        }
    }

    [Fact]
    public void AnUnknownScheduleIsRefusedWithTheAllowedOnes() =>
        Assert.Contains("constant, linear, cosine", Assert.Throws<KitException>(() => new Schedule("step", 10, 0)).Message);

    [Fact]
    public void RandomStreamsAreUnlikeEachOther()
    {
        var numbers = from seed in Enumerable.Range(0, 50) from step in Enumerable.Range(0, 50) select RandomStreams.Mix(seed, step);
        Assert.Equal(2500, numbers.Distinct().Count());
        Assert.Equal(RandomStreams.Mix(3, 4), RandomStreams.Mix(3, 4));
    }

    [Fact]
    public void SettingsOutOfRangeAreRefusedByName()
    {
        Assert.Contains("'beta1'", Assert.Throws<KitException>(() => new TrainSettings { Beta1 = 1 }.Check()).Message);
        Assert.Contains("'precision'", Assert.Throws<KitException>(() => new TrainSettings { Precision = "fp8" }.Check()).Message);
        Assert.Contains("'seeds.dropout'", Assert.Throws<KitException>(() => new TrainSettings { Seeds = new Seeds { Dropout = -1 } }.Check()).Message);
        var error = Assert.Throws<KitException>(() => new TrainSettings { Epochs = 1, Steps = 5 }.Check());
        Assert.Contains("'epochs' is 1 and 'steps' is 5", error.Message);
    }

    [Theory]
    [InlineData(10, 1, 3.0, 30)]
    [InlineData(10, 4, 2.0, 6)]     // 4 + 4 + 2 micro-batches: a step never reaches over an epoch's end
    [InlineData(10, 1, 0.25, 3)]
    [InlineData(10, 3, 0.01, 1)]
    public void StepsFollowFromEpochs(int batches, int accumulate, double epochs, long steps) =>
        Assert.Equal(steps, new TrainSettings { Epochs = epochs, Accumulate = accumulate }.TotalSteps(batches));

    private static void Near(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"at {i}: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
