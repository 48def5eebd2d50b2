using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public class RankBudgetTests
{
    // BERT-base: embeddings, twelve layers, pooler and two classes. Its factorised maps cost 13,824 r a layer.
    [Theory]
    [InlineData(128, null, 45_782_786)]
    [InlineData(245, null, 65_191_682)]
    [InlineData(256, null, 67_016_450)]
    [InlineData(32, 128, 10_421_762)]
    [InlineData(56, 128, 14_403_074)]
    [InlineData(64, 128, 15_730_178)]
    public void BertBaseHasTheParametersOfTheFormula(int rank, int? embedding, long expected)
    {
        using var teacher = new Bert(new BertConfig(), seed: null);
        Assert.Equal(109_483_778, teacher.ParameterCount);
        var budget = new RankBudget(teacher, embedding);
        var ranks = budget.Uniform(rank);
        long words = embedding is { } k ? k * (30_522L + 768) : 30_522L * 768;
        long formula = words + (512 + 2) * 768 + 2 * 768 + 12 * (13_824L * rank + 4 * 768 + 3_072 + 768 + 4 * 768) + 768 * 768 + 768 + 2 * 768 + 2;
        Assert.Equal(formula, budget.Count(ranks));
        using var student = ModelFactory.Create(teacher.Config with { LowRank = ranks }, seed: null);
        Assert.Equal(formula, student.ParameterCount);
        Assert.Equal(expected, formula);
    }

    [Fact]
    public void ABudgetIsFilledAndNotExceeded()
    {
        using var teacher = new Bert(new BertConfig(), seed: null);
        foreach (var (parameters, embedding, rank) in ((long, int?, int)[])[(66_000_000, null, 249), (14_500_000, 128, 56), (67_016_450, null, 256), (67_016_449, null, 255)])
        {
            var budget = new RankBudget(teacher, embedding);
            var ranks = budget.ForParameters(parameters);
            Assert.Equal(rank, ranks.Of(3, "up"));
            Assert.InRange(budget.Count(ranks), parameters - 13_824 * 12, parameters);
        }
        var whole = new RankBudget(teacher);
        Assert.Equal(56, whole.ForParameters(12 * 13_824 * 56 + 200_000 + 768 * 768 + 3_000, countEmbeddings: false).Of(0, "query"));
        Assert.Contains("factorise the embedding too", Assert.Throws<KitException>(() => whole.ForParameters(14_500_000)).Message);
        // The pooler and the classes are no maps of a layer: with room to spare everything stays whole.
        Assert.Null(whole.ForParameters(int.MaxValue).Of(0, "query"));
    }

    [Fact]
    public void EveryRuleGivesWhatFits() => Prop.ForAll((
        from room in Gen.Choose(0, 100_000) from kind in Gen.Elements(Tiny.All.Keys.ToArray()) from words in Gen.Elements(true, false) from count in Gen.Elements(true, false)
        select (room, kind, words, count)).ToArbitrary(), Fits).QuickCheckThrowOnFailure();

    private static bool Fits((int Room, string Kind, bool Words, bool Count) given)
    {
        var (room, kind, words, count) = given;
        using var teacher = Tiny.Make<LanguageModel>(Tiny.All[kind]);
        var budget = new RankBudget(teacher, words ? 2 : null);
        foreach (var rule in (string[])["uniform", "ratio", "energy"])
        {
            long least = budget.Count(budget.Uniform(1), count), most = budget.Count(budget.ForParameters(long.MaxValue, rule, count), count);
            long parameters = least + room % Math.Max(1, most - least + 1);
            LowRank ranks;
            try { ranks = budget.ForParameters(parameters, rule, count); }
            catch (KitException) when (rule == "energy") { continue; }                     // the map with the flattest spectrum needs more than rank 1 for the least share
            using var student = Factorisation.Factorise(teacher, ranks);
            long have = count ? student.ParameterCount : student.ParameterCount - student.EmbeddingParameters.Sum(p => p.Value.numel());
            if (have > parameters || have != budget.Count(ranks, count)) return false;
        }
        return true;
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(0.95)]
    public void EnergyKeepsItsShareWithTheSmallestRank(double share)
    {
        using var scope = NewDisposeScope();
        using var teacher = Tiny.Make<LanguageModel>(Tiny.Gpt2 with { Width = 16, Inner = 48 });
        var ranks = new RankBudget(teacher).Energy(share);
        foreach (var matrix in teacher.MapNames)
        {
            var squares = linalg.svdvals(teacher.Map(1, matrix).Weight).square().data<double>().ToArray();
            int rank = Enumerable.Range(1, squares.Length).First(r => squares.Take(r).Sum() >= share * squares.Sum() - 1e-12);
            var (m, n) = (teacher.Map(1, matrix).Outputs, teacher.Map(1, matrix).Inputs);
            Assert.Equal(rank * (m + n) >= m * n ? null : rank, ranks.Of(1, matrix));
        }
    }

    [Fact]
    public void ARatioKeepsItsShareOfEveryMap()
    {
        using var teacher = new Bert(new BertConfig { VocabularySize = 50, Layers = 1 }, seed: null);
        var ranks = new RankBudget(teacher).Ratio(0.25);
        Assert.Equal((96, 153), (ranks.Of(0, "query"), ranks.Of(0, "up")));                // 0.25 · 768/2 and 0.25 · 614.4
    }

    [Fact]
    public void WhatIsNotPossibleIsSaidByName()
    {
        using var teacher = Tiny.Make<LanguageModel>(Tiny.Gpt2);
        Assert.Contains("no map 'querry' in a gpt2 (did you mean query?)", Assert.Throws<KitException>(() => new RankBudget(teacher, matrices: ["querry"])).Message);
        Assert.Contains("has no rank 9; the largest is 8", Assert.Throws<KitException>(() => Factorisation.Factorise(teacher, new() { Layers = [new Dictionary<string, int> { ["up"] = 9 }, new Dictionary<string, int>()] })).Message);
        Assert.Contains("no rank 99", Assert.Throws<KitException>(() => Factorisation.Factorise(teacher, new RankBudget(teacher, 99).Uniform(1))).Message);
        Assert.Contains("at the lowest ranks it has", Assert.Throws<KitException>(() => new RankBudget(teacher).ForParameters(100)).Message);
        Assert.Contains("no rule 'even'", Assert.Throws<KitException>(() => new RankBudget(teacher).ForParameters(10_000, "even")).Message);
    }
}
