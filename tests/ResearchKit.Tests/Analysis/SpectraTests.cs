using ResearchKit.Analysis;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Analysis;

public sealed class SpectraTests
{
    [Fact]
    public void ItIsWhatNumPySays()
    {
        using var scope = NewDisposeScope();
        var json = AlignmentFixture.Json["weight"]!;
        var weight = AlignmentFixture.Values(json["values"]);
        double[] wanted = AlignmentFixture.Row(json["singular"]), energy = AlignmentFixture.Row(json["energy"]);
        var values = Spectra.SingularValues(weight);
        AlignmentFixture.Same([wanted, energy], [values, Spectra.Energy(values)], 1e-10);
        AlignmentFixture.Same([wanted], [Spectra.SingularValues(weight.transpose(0, 1))], 1e-10);
        Assert.Equal(json["effective"]!.GetValue<double>(), Spectra.EffectiveRank(values), 1e-10);
        var truncated = Spectra.Truncated(weight, 2);
        AlignmentFixture.Same(AlignmentFixture.Rows(json["truncated"]), Bits.Numbers(truncated).Chunk(3), 1e-10);
        Assert.Equal(json["error"]!.GetValue<double>(), RelativeError(weight, truncated), 1e-10);
    }

    [Theory]
    [InlineData(7, 5)]
    [InlineData(4, 9)]
    public void WhatATruncationLosesIsTheTail(long rows, long columns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var weight = randn([rows, columns], dtype: ScalarType.Float64, generator: generator);
        var values = Spectra.SingularValues(weight);
        int full = (int)Math.Min(rows, columns);
        Assert.Equal(full, values.Count);
        Assert.Equal(1, Spectra.Energy(values)[^1]);
        double all = Math.Sqrt(values.Sum(s => s * s));
        Assert.Equal(weight.square().sum().sqrt().ToDouble(), all, 1e-12);
        for (int rank = 1; rank <= full; rank++)
        {
            double error = RelativeError(weight, Spectra.Truncated(weight, rank));
            Assert.Equal(Math.Sqrt(values.Skip(rank).Sum(s => s * s)) / all, error, 1e-12);
            Assert.Equal(1 - Spectra.Energy(values)[rank - 1], error * error, 1e-12);
            Assert.Equal(rank, Spectra.SingularValues(Spectra.Truncated(weight, rank)).Count(s => s > 1e-10));
        }
        Assert.Equal(Bits.Numbers(weight), Bits.Numbers(Spectra.Truncated(weight, full)));
        Assert.Equal(Bits.Numbers(weight), Bits.Numbers(Spectra.Truncated(weight, full + 10)));
    }

    [Fact]
    public void RanksAreTheLeastThatKeepTheirShare()
    {
        double[] values = [3, 2, 1, 0];   // 9, 4, 1 of 14
        Assert.Equal([9 / 14.0, 13 / 14.0, 1, 1], Spectra.Energy(values));
        Assert.Equal([1, 1, 2, 2, 3, 3], new[] { 0.1, 9 / 14.0, 0.65, 13 / 14.0, 0.93, 1 }.Select(share => Spectra.RankFor(values, share)));
        Assert.Equal(1, Spectra.EffectiveRank([5, 0, 0]), 1e-12);
        Assert.Equal(4, Spectra.EffectiveRank([2, 2, 2, 2]), 1e-12);
        Assert.True(double.IsNaN(Spectra.EffectiveRank([0, 0])));
        Assert.Contains("above 0 and at most 1", Assert.Throws<KitException>(() => Spectra.RankFor(values, 1.5)).Message);
        Assert.Contains("all its singular values are 0", Assert.Throws<KitException>(() => Spectra.RankFor([0, 0], 0.5)).Message);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void EveryMapOfAModelIsLookedAt(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<LanguageModel>(Tiny.All[name]);
        using var other = Tiny.Make<LanguageModel>(Tiny.All[name]);
        var spectra = Spectra.Of(model);
        Assert.Equal(2 * model.MapNames.Count, spectra.Count);
        Assert.Equal(Spectra.SingularValues(model.Map(1, "down").Weight), spectra.Single(s => s.Layer == 2 && s.Matrix == "down").SingularValues);
        Assert.All(Spectra.Errors(model, other).SelectMany(e => e.Layers), e => Assert.Equal(0, e));

        var value = other.Map(1, "value").Weight;
        var values = Spectra.SingularValues(value);
        using (no_grad()) value.copy_(Spectra.Truncated(value, 2));
        double tail = Math.Sqrt(values.Skip(2).Sum(s => s * s) / values.Sum(s => s * s));
        Assert.True(tail > 0.1);
        foreach (var error in Spectra.Errors(model, other))
        {
            Assert.Equal(0, error.Layers[0]);
            Assert.Equal(error.Matrix == "value" ? tail : 0, error.Layers[1], 1e-12);
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        using var deep = Tiny.Make<Bert>(Tiny.Bert with { Layers = 3 });
        using var wide = Tiny.Make<Bert>(Tiny.Bert with { Inner = 16 });
        Assert.Contains("The student has 3 layers", Assert.Throws<KitException>(() => Spectra.Errors(model, deep)).Message);
        Assert.Contains("maps 8 units to 16, the teacher's 8 to 12", Assert.Throws<KitException>(() => Spectra.Errors(model, wide)).Message);
        Assert.Throws<ArgumentException>(() => Spectra.SingularValues(zeros(3)));
        Assert.Throws<ArgumentException>(() => Spectra.Truncated(zeros(3, 2), 0));
    }

    private static double RelativeError(Tensor weight, Tensor other) => ((weight - other).norm() / weight.norm()).ToDouble();
}
