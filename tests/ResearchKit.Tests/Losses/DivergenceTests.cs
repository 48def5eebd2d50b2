using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

public class DivergenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void IsTheFormula(double temperature)
    {
        using var scope = NewDisposeScope();
        double[][] student = [[1, 2, 0], [0, 0, 3], [5, 1, 1]], teacher = [[2, 1, 0], [1, -1, 0], [0, 0, 9]];
        double Row(int i)
        {
            double[] Softmax(double[] z) => [.. z.Select(v => Math.Exp(v / temperature) / z.Sum(u => Math.Exp(u / temperature)))];
            double[] p = Softmax(teacher[i]), q = Softmax(student[i]);
            return p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum() * temperature * temperature;
        }
        Tensor Of(double[][] rows, params long[] shape) => tensor(rows.SelectMany(r => r).ToArray(), shape);
        Assert.Equal((Row(0) + Row(1) + Row(2)) / 3, Divergence.ForwardKl(Of(student, 3, 3), Of(teacher, 3, 3), null, temperature).ToDouble(), tolerance: 1e-10);
        var mask = tensor(new bool[] { true, false, true }, [1, 3]);
        Assert.Equal((Row(0) + Row(2)) / 2, Divergence.ForwardKl(Of(student, 1, 3, 3), Of(teacher, 1, 3, 3), mask, temperature).ToDouble(), tolerance: 1e-10);
    }

    [Fact]
    public void IsPyTorchsBatchMean()
    {
        using var scope = NewDisposeScope();
        Tensor student = Seeded.Normal(1, 6, 9), teacher = Seeded.Normal(2, 6, 9);
        var reference = nn.functional.kl_div((student / 3).log_softmax(-1), (teacher / 3).log_softmax(-1), log_target: true, reduction: nn.Reduction.Sum) / 6 * 9;
        Assert.Equal(reference.ToDouble(), Divergence.ForwardKl(student, teacher, temperature: 3).ToDouble(), tolerance: 1e-4);
    }

    [Fact]
    public void IsZeroForEqualsPositiveElsewhereAndUnmovedByAShift()
    {
        using var scope = NewDisposeScope();
        Tensor a = Seeded.Normal(3, 4, 50), b = Seeded.Normal(4, 4, 50);
        Assert.Equal(0, Divergence.ForwardKl(a, a.clone()).ToDouble(), tolerance: 1e-6);
        Assert.True(Divergence.ForwardKl(a, b).ToDouble() > 0.1);
        Assert.Equal(Divergence.ForwardKl(a, b).ToDouble(), Divergence.ForwardKl(a + 100, b - 100).ToDouble(), tolerance: 1e-3);
        Assert.NotEqual(Divergence.ForwardKl(a, b).ToDouble(), Divergence.ForwardKl(b, a).ToDouble(), tolerance: 1e-5); // the teacher is the reference
    }

    [Fact]
    public void AllMaskedIsZeroWithZeroGradient()
    {
        using var scope = NewDisposeScope();
        var student = Seeded.Normal(5, 2, 3, 5).requires_grad_();
        var loss = Divergence.ForwardKl(student, Seeded.Normal(6, 2, 3, 5), zeros([2, 3], dtype: ScalarType.Bool));
        loss.backward();
        Assert.Equal(0.0, loss.ToDouble());
        Assert.Equal(0.0, student.grad!.abs().sum().ToDouble());
    }

    [Fact]
    public void MaskedPositionsHaveNoSay()
    {
        using var scope = NewDisposeScope();
        var mask = tensor(new bool[] { true, false, true, true, false, false }, [2, 3]);
        Tensor student = Seeded.Normal(7, 2, 3, 5).requires_grad_(), teacher = Seeded.Normal(8, 2, 3, 5);
        var loss = Divergence.ForwardKl(student, teacher, mask);
        loss.backward();
        Assert.Equal(0.0, student.grad!.masked_fill(mask.unsqueeze(-1), 0).abs().sum().ToDouble());
        var other = where(mask.unsqueeze(-1), teacher, Seeded.Normal(9, 2, 3, 5) * 50);
        Assert.Equal(loss.ToDouble(), Divergence.ForwardKl(student, other, mask).ToDouble(), tolerance: 1e-6);
    }

    [Fact]
    public void HugeAndHalfLogitsAreFine()
    {
        using var scope = NewDisposeScope();
        var student = tensor(new float[] { 1e4f, -1e4f, 0 }, [1, 3]).requires_grad_();
        var loss = Divergence.ForwardKl(student, tensor(new float[] { -1e4f, 1e4f, 0 }, [1, 3]));
        loss.backward();
        Assert.Equal(2e4, loss.ToDouble(), tolerance: 1e-1);
        Assert.False(student.grad!.isnan().any().item<bool>());
        Tensor a = Seeded.Normal(10, 4, 300), b = Seeded.Normal(11, 4, 300);
        foreach (var half in (ScalarType[])[ScalarType.BFloat16, ScalarType.Float16])
        {
            var value = Divergence.ForwardKl(a.to(half), b.to(half), temperature: 2);
            Assert.Equal(ScalarType.Float32, value.dtype);
            Assert.Equal(Divergence.ForwardKl(a.to(half).to(ScalarType.Float32), b.to(half).to(ScalarType.Float32), temperature: 2).ToDouble(), value.ToDouble(), tolerance: 1e-5);
        }
    }

    [Fact]
    public void DerivativesAreRightOnBothSides()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        Tensor Leaf() => randn(2, 3, 4, dtype: ScalarType.Float64, generator: generator).requires_grad_();
        Tensor student = Leaf(), teacher = Leaf();
        var mask = tensor(new bool[] { true, false, true, true, true, true }, [2, 3]);
        GradientCheck.First(() => Divergence.ForwardKl(student, teacher, mask, 2), student, teacher);
        GradientCheck.Second(() => Divergence.ForwardKl(student, teacher, mask, 2), student, teacher);
    }

    [Fact]
    public void DifferentVocabulariesAreRefusedNamingBoth()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<KitException>(() => Divergence.ForwardKl(zeros(2, 5), zeros(2, 7)));
        Assert.Contains("student predicts 5", error.Message, StringComparison.Ordinal);
        Assert.Contains("teacher 7", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Divergence.ForwardKl(zeros(2, 5), zeros(3, 5)));
        Assert.Throws<KitException>(() => Divergence.ForwardKl(zeros(2, 5), zeros(2, 5), temperature: 0));
    }
}
