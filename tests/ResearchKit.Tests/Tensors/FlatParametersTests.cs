using ResearchKit.Tensors;
using ResearchKit.Tests.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

public class FlatParametersTests
{
    /// <summary>An embedding whose weight is also the output map's.</summary>
    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        public readonly Embedding words = nn.Embedding(5, 3);
        public readonly Linear output = nn.Linear(3, 5);

        public Tied() : base("tied")
        {
            output.weight = words.weight!;
            RegisterComponents();
        }

        public override Tensor forward(Tensor ids) => output.call(words.call(ids));
    }

    private static (string, Parameter)[] Named(nn.Module module) => [.. module.named_parameters().Select(p => (p.name, p.parameter))];

    private static FlatParameters Lay(nn.Module module, bool decayAll = false)
    {
        var flat = new FlatParameters("part", Named(module), decayAll);
        flat.Attach(Named(module));
        return flat;
    }

    [Fact]
    public void WhatDecaysStandsFirstAndEachParameterStartsAligned()
    {
        using var model = new TinyModel();
        using var flat = Lay(model);

        var shapes = flat.Slots.ToDictionary(s => s.Name, s => s.Shape);
        Assert.Equal(Bits.Of(model).Keys.Order(), shapes.Keys.Order());
        Assert.All(flat.Slots, s => Assert.Equal(0, s.Start % FlatParameters.Alignment));
        Assert.All(flat.Slots, s => Assert.Equal(s.Shape.Length >= 2, s.Start < flat.DecayLength));
        Assert.Equal(["embedding.weight", "head.weight"], flat.Slots.Where(s => s.Start < flat.DecayLength).Select(s => s.Name).Order());
        Assert.Equal(96 + 32, flat.DecayLength);   // 11·6 and 3·6, each rounded up to a multiple of 32
    }

    [Fact]
    public void EverythingDecaysWhenAsked()
    {
        using var model = new TinyModel();
        using var flat = Lay(model, decayAll: true);
        Assert.Equal(flat.Length, flat.DecayLength);
    }

    [Fact]
    public void TheModelComputesTheSameAndFollowsTheBuffer()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel(dropout: 0);
        using var batch = new TinyData(1).Make([[1, 2, 3], [4, 5]]);
        var before = Bits.Numbers(model.Forward(batch).Logits);
        var weights = Bits.Of(model);

        using var flat = Lay(model);
        Assert.Equal(weights, Bits.Of(model));
        Assert.Equal(before, Bits.Numbers(model.Forward(batch).Logits));

        using (no_grad()) flat.Values.fill_(0);
        Assert.All(Bits.Of(model).Values, v => Assert.All(v, n => Assert.Equal(0, n)));
        Assert.All(Bits.Numbers(model.Forward(batch).Logits), n => Assert.Equal(0, n));
    }

    [Fact]
    public void BackwardFillsTheFlatGradientAndAddsUp()
    {
        using var scope = NewDisposeScope();
        using var plain = new TinyModel(dropout: 0);
        using var model = new TinyModel(dropout: 0);
        using var batch = new TinyData(1).Make([[1, 2, 3], [4, 5]]);
        using var flat = Lay(model);

        plain.Forward(batch).Logits.sum().backward();
        model.Forward(batch).Logits.sum().backward();
        model.Forward(batch).Logits.sum().backward();

        var expected = plain.named_parameters().ToDictionary(p => p.name, p => Bits.Numbers(p.parameter.grad!));
        foreach (var slot in flat.Slots)
            Assert.Equal(expected[slot.Name].Select(g => 2 * g), Bits.Numbers(flat.Gradient.narrow(0, slot.Start, slot.Count)));
        Assert.Contains(expected.Values, g => g.Any(n => n != 0));

        flat.ClearGradient();
        Assert.All(Bits.Numbers(model.named_parameters().First().parameter.grad!), n => Assert.Equal(0, n));
    }

    [Fact]
    public void TiedParametersAreLaidOnceAndStayTied()
    {
        using var scope = NewDisposeScope();
        using var model = new Tied();
        using var flat = Lay(model);
        Assert.Equal(2, flat.Slots.Count);   // the shared weight, and the bias

        using (no_grad()) flat.Values.fill_(0.5);
        Assert.All(Bits.Of(model).Values, v => Assert.All(v, n => Assert.Equal(0.5, n)));

        model.forward(tensor(new long[] { 2 })).sum().backward();
        var gradient = Bits.Numbers(flat.Gradient.narrow(0, flat.Slots[0].Start, 15));
        // As output map every row gets the word's vector, 0.5; as the word, row 2 also gets the column sums, 5 · 0.5.
        Assert.Equal([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 3, 3, 3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], gradient);
    }

    [Fact]
    public void FrozenParametersAreLeftOut()
    {
        using var model = new TinyModel();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.StartsWith("embedding", StringComparison.Ordinal)) parameter.requires_grad = false;
        using var flat = Lay(model);
        Assert.DoesNotContain(flat.Slots, s => s.Name == "embedding.weight");

        foreach (var parameter in model.parameters()) parameter.requires_grad = false;
        var error = Assert.Throws<KitException>(() => new FlatParameters("student", Named(model)));
        Assert.Contains("'student' has no parameter to train", error.Message);
    }

    [Fact]
    public void TypesThatDifferAreRefusedByName()
    {
        using var a = nn.Linear(2, 2);
        using var b = nn.Linear(2, 2);
        b.to(ScalarType.Float64);
        var error = Assert.Throws<KitException>(() => new FlatParameters("student", [("a", (Parameter)a.weight), ("b", (Parameter)b.weight)]));
        Assert.Contains("'a' is Float32", error.Message);
        Assert.Contains("'b' is Float64", error.Message);
    }

    [Fact]
    public void OneParameterCannotBeInTwoParts()
    {
        using var model = nn.Linear(2, 2);
        using var one = new FlatParameters("one", Named(model));
        using var two = new FlatParameters("two", Named(model));
        one.Attach(Named(model));
        Assert.Contains("two parts", Assert.Throws<ArgumentException>(() => two.Attach(Named(model))).Message);
    }

    [Fact]
    public void HalfPrecisionModulesKeepASinglePrecisionMaster()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Linear(2, 1, hasBias: false);
        using (no_grad()) model.weight!.copy_(tensor(new float[,] { { 1.001f, 2 } }));
        using var flat = new FlatParameters("part", Named(model));
        model.to(ScalarType.BFloat16);
        flat.Attach(Named(model));

        Assert.Equal(ScalarType.Float32, flat.Values.dtype);
        Assert.Equal(1.001f, (float)Bits.Numbers(flat.Values)[0]);     // the master lost nothing
        Assert.Equal([1.0, 2.0], Bits.Numbers(model.weight!));         // the module sees it rounded

        // 256 + 1 is lost in bf16, which has eight bits; the collected gradient keeps it.
        foreach (var factor in (ReadOnlySpan<float>)[256, 1])
        {
            model.call(full(new long[] { 1, 2 }, factor, dtype: ScalarType.BFloat16)).sum().backward();
            flat.CollectGradient();
        }
        Assert.Equal([257.0, 257.0], Bits.Numbers(flat.Gradient)[..2]);

        using (no_grad()) flat.Values.fill_(3);
        Assert.Equal([1.0, 2.0], Bits.Numbers(model.weight!));
        flat.Publish();
        Assert.Equal([3.0, 3.0], Bits.Numbers(model.weight!));
    }

    [Fact]
    public void TheModelOutlivesItsBuffers()
    {
        using var model = new TinyModel();
        var weights = Bits.Of(model);
        Lay(model).Dispose();
        Assert.Equal(weights, Bits.Of(model));
        Assert.All(model.parameters(), p => Assert.Null(p.grad));
    }
}
