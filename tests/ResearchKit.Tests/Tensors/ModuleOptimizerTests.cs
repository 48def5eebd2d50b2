using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>Optimizers, schedules and clipping over a module's parameters, as a notebook uses them.</summary>
[Collection(GlobalRandom.Name)]
public class ModuleOptimizerTests
{
    private static float Item(Tensor t) => t.data<float>()[0];

    [Fact]
    public void AdamWFollowsItsFormula()
    {
        const double lr = 0.1, beta1 = 0.9, beta2 = 0.95, eps = 1e-6, decay = 0.2;
        using var parameter = nn.Parameter(ones(1));
        using var adam = optim.AdamW([parameter], lr, beta1, beta2, eps, decay);
        double p = 1, m = 0, v = 0;
        foreach (var (g, t) in new[] { 1.0, -0.5, 2 }.Select((g, i) => (g, i + 1)))
        {
            parameter.grad = full([1], g, dtype: ScalarType.Float32);
            adam.step();
            (m, v) = (beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g);
            p = p * (1 - lr * decay) - lr * (m / (1 - Math.Pow(beta1, t))) / (Math.Sqrt(v / (1 - Math.Pow(beta2, t))) + eps);
            Assert.Equal(p, Item(parameter), 1e-5);
        }
    }

    [Fact]
    public void AnOptimizersStateGoesToAnother()
    {
        using var first = nn.Linear(2, 1);
        using var one = optim.AdamW(first.parameters(), 0.1);
        first.call(ones(1, 2)).sum().backward();
        one.step();

        using var second = nn.Linear(2, 1);
        second.load_state_dict(first.state_dict());
        using var other = optim.AdamW(second.parameters(), 0.5);
        other.load_state_dict(one.state_dict());
        second.call(ones(1, 2)).sum().backward();
        one.step();
        other.step();
        Assert.Equal(first.weight.data<float>().ToArray(), second.weight.data<float>().ToArray());
        Assert.Equal(0.1, other.ParamGroups.Single().LearningRate);
    }

    [Fact]
    public void AnOptimizerMadeBeforeAChangeOfTypeIsOfNoUse()
    {
        using var linear = nn.Linear(1, 1);
        using var sgd = optim.SGD(linear.parameters(), 0.1);
        linear.to(ScalarType.Float64);
        linear.call(ones(1, 1, dtype: ScalarType.Float64)).sum().backward();
        Assert.Throws<KeyNotFoundException>(() => sgd.step());
    }

    [Fact]
    public void ClippingScalesAllGradientsByOneFactor()
    {
        using var p = nn.Parameter(zeros(1));
        using var q = nn.Parameter(zeros(1));
        using var frozen = nn.Parameter(zeros(1));
        (p.grad, q.grad) = (full([1], 3f), full([1], 4f));
        Assert.Equal(5, nn.utils.clip_grad_norm_([p, q, frozen], 10), 1e-5);
        Assert.Equal(3, Item(p.grad!), 1e-5);
        Assert.Equal(5, nn.utils.clip_grad_norm_([p, q, frozen], 2.5), 1e-5);
        Assert.Equal((1.5, 2), (Math.Round(Item(p.grad!), 4), Math.Round(Item(q.grad!), 4)));
    }

    [Fact]
    public void WarmUpThenCosine()
    {
        using var p = nn.Parameter(zeros(1));
        using var sgd = optim.SGD([p], 1.0);
        var warm = optim.lr_scheduler.LinearLR(sgd, start_factor: 0.5, total_iters: 2);
        var cosine = optim.lr_scheduler.CosineAnnealingLR(sgd, 4);
        var both = optim.lr_scheduler.SequentialLR(sgd, [warm, cosine], [2]);
        var rates = new List<double> { sgd.ParamGroups.Single().LearningRate };
        for (int i = 0; i < 6; i++)
        {
            both.step();
            rates.Add(sgd.ParamGroups.Single().LearningRate);
        }
        double[] expected = [0.5, 0.75, 1, .. Enumerable.Range(1, 4).Select(i => (1 + Math.Cos(Math.PI * i / 4)) / 2)];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], rates[i], 1e-12);
    }

    [Fact]
    public void TrainingKeepsTheNumberOfLiveTensors()
    {
        manual_seed(0);
        using var model = nn.Sequential(nn.Embedding(20, 8), nn.LayerNorm(8), nn.Linear(8, 20));
        using var adam = optim.AdamW(model.parameters(), 0.01, weight_decay: 0.01);
        using var words = randint(0, 20, [16]);
        long settled = 0;
        float first = 0, last = 0;
        for (int step = 0; step < 60; step++)
        {
            using var scope = NewDisposeScope();
            adam.zero_grad();
            var loss = nn.functional.cross_entropy(model.call(words), words);
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            adam.step();
            last = loss.item<float>();
            if (step == 0) first = last;
            if (step == 5) settled = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            if (step > 5) Assert.Equal(settled, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
        Assert.True(last < first / 2, $"the loss went from {first} to {last}");
    }
}
