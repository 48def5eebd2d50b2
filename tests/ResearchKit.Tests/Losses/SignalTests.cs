using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

public class SignalTests
{
    private static Tensor Logits(double scale = 1, bool grad = true) =>
        (tensor(new[] { 0.3, 1.2, -0.7, 2.0, 1.9, -1.0, 0.1, 0.0, 0.2 }, [3, 3]) * scale).requires_grad_(grad);

    private static readonly long[] Labels = [2, 1, 0];

    // The direction of a row's gradient at its logits: what is left of a signal once lengths are divided out.
    private static Tensor Direction(Tensor value, Tensor logits) => GradientAlignment.Unit(autograd.grad([value.sum()], [logits], retain_graph: true)[0]);

    [Fact]
    public void TheDirectionIsThatOfTheProbabilityItself()
    {
        using var scope = NewDisposeScope();
        var z = Logits();
        var labels = tensor(Labels);
        var teacher = Logits(-1, grad: false);
        var p = z.softmax(1);
        Near(Direction(Signals.Of(Signal.Confidence, z), z), Direction(p.max(1).values, z));
        Near(Direction(Signals.Of(Signal.Label, z, labels: labels), z), Direction(p.gather(1, labels.unsqueeze(1)), z));
        Near(Direction(Signals.Of(Signal.TeacherClass, z, teacher), z), Direction(p.gather(1, teacher.argmax(1).unsqueeze(1)), z));
        Near(Direction(Signals.Of(Signal.Loss, z, labels: labels), z), Direction(-p.log().gather(1, labels.unsqueeze(1)), z));
    }

    [Fact]
    public void OfTwoClassesTheConfidenceIsTheMargin()
    {
        using var scope = NewDisposeScope();
        var z = tensor(new[] { 0.3, -1.2, 4.0, 4.5 }, [2, 2]).requires_grad_();
        Near(Signals.Of(Signal.Confidence, z), Signals.Of(Signal.Margin, z));
    }

    [Theory]
    [InlineData(1e2)]
    [InlineData(1e4)]
    public void ASaturatedSoftmaxStillHasADirection(double scale)
    {
        using var scope = NewDisposeScope();
        var z = Logits(scale, grad: false).to(ScalarType.Float32).requires_grad_();
        using (var p = z.softmax(1).max(1).values.sum())
            Assert.InRange(autograd.grad([p], [z])[0][0].abs().sum().ToSingle(), 0, 1e-30);   // what the probability itself leaves of it
        foreach (var signal in Enum.GetValues<Signal>())
        {
            var direction = Direction(Signals.Of(signal, z, z.detach(), tensor(Labels)), z);
            Assert.True(direction.isfinite().all().ToBoolean());
            Near(direction.norm(1), ones(3));
        }
    }

    [Fact]
    public void TheOutputOfARegressionIsItsSignal()
    {
        using var scope = NewDisposeScope();
        var z = tensor(new[] { 0.3, -1.2 }, [2, 1]);
        Near(Signals.Of(Signal.Confidence, z), z.select(1, 0));
    }

    [Theory]
    [InlineData(Signal.Confidence)]
    [InlineData(Signal.TeacherClass)]
    [InlineData(Signal.Label)]
    [InlineData(Signal.Margin)]
    [InlineData(Signal.Loss)]
    public void DerivativesAreRight(Signal signal)
    {
        using var scope = NewDisposeScope();
        var z = Logits();
        var (teacher, labels) = (Logits(-1, grad: false), tensor(Labels));
        GradientCheck.First(() => Signals.Of(signal, z, teacher, labels).sum(), z);
        if (signal != Signal.Margin) GradientCheck.Second(() => Signals.Of(signal, z, teacher, labels).sum(), z);   // a margin is linear
    }

    [Fact]
    public void WhatASignalNeedsHasToBeThere()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => Signals.Of(Signal.Label, Logits()));
        Assert.Throws<ArgumentException>(() => Signals.Of(Signal.TeacherClass, Logits()));
        Assert.Throws<ArgumentException>(() => Signals.Of(Signal.Loss, Logits(), labels: tensor(new long[] { 1, 2 })));
        Assert.Throws<ArgumentException>(() => Signals.Of(Signal.Confidence, zeros(2, 3, 4)));
    }

    private static void Near(Tensor a, Tensor b)
    {
        Assert.Equal(b.numel(), a.numel());
        Assert.InRange((a.reshape(-1) - b.reshape(-1)).abs().max().ToDouble(), 0, 1e-6);
    }
}
