using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tests.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public class LowRankTests
{
    public static TheoryData<string> All => [.. Tiny.All.Keys];

    private static LanguageModel Teacher(string name, bool tied = true) => Tiny.Make<LanguageModel>(Tiny.All[name] switch
    {
        Gpt2Config gpt2 => gpt2 with { Tied = tied },
        OptConfig opt => opt with { Tied = tied },
        LlamaConfig llama => llama with { Tied = tied },
        var other => other,
    });

    private static Batch Text() => Tiny.Rows([[1, 2, 3, 4, 5], [6, 7, 8]]);

    [Theory]
    [MemberData(nameof(All))]
    public void FullRankReproducesTheTeacher(string name)
    {
        foreach (bool tied in (bool[])[true, false])
        {
            using var scope = NewDisposeScope();
            using var teacher = Teacher(name, tied);
            using var batch = Text();
            var expected = teacher.Forward(batch).Logits;
            using var moments = ActivationMoments.Collect(teacher, [batch]);
            int words = (int)teacher.Words.Vectors.shape[1];
            foreach (var start in (FactorStart[])[FactorStart.Svd, FactorStart.ActivationAwareSvd])
            {
                using var student = Factorisation.Factorise(teacher, new RankBudget(teacher, words).Uniform(99), start, moments: moments);
                Assert.All(Enumerable.Range(0, student.Config.Layers), l => Assert.All(student.MapNames, m => Assert.NotNull(student.Map(l, m).Factors)));
                Assert.True(Tiny.Distance(expected, student.Forward(batch).Logits) < 1e-9, $"{name} {start}");
                Assert.All(Factorisation.Errors(teacher, student), e => Assert.InRange(e.RelativeError, 0, 1e-10));
                Assert.All(student.parameters(), p => Assert.True(p.requires_grad && p.is_leaf));
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void TheObservedMapsAreTheMaps(string name)
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher(name);
        using var student = Factorisation.Factorise(teacher, new RankBudget(teacher, 3).Uniform(2));
        using var batch = Text();
        foreach (var model in (LanguageModel[])[teacher, student])
        {
            var output = model.Forward(batch, Observe.Matrices | Observe.Inputs | Observe.Scores | Observe.Attention);
            Assert.Equal(model.Config.Layers, output.Inputs.Count);
            for (int layer = 0; layer < model.Config.Layers; layer++)
            {
                Assert.Equal(model.MapNames.Order(), output.Inputs[layer].Keys.Order());
                foreach (var matrix in model.MapNames)
                {
                    var map = model.Map(layer, matrix);
                    Tensor input = output.Inputs[layer][matrix], expected = output.Matrices[layer][matrix];
                    Assert.Equal(((long)map.Inputs, (long)map.Outputs), (input.shape[^1], expected.shape[^1]));
                    Assert.True(Tiny.Distance(expected, map.Apply(input)) < 1e-12);
                    Assert.True(Tiny.Distance(expected, nn.functional.linear(input, map.Weight, map.Bias)) < 1e-12);
                }
                // The scores are those that the probabilities are the softmax of, once masked.
                var scores = output.Scores[layer];
                long t = scores.shape[^1];
                var hidden = batch.Mask.logical_not().view(2, 1, 1, t).expand(2, 1, t, t);
                if (model is Decoder) hidden = ones(t, t, dtype: ScalarType.Bool).triu(1).view(1, 1, t, t).expand(2, 1, t, t);
                var probabilities = scores.masked_fill(hidden, double.NegativeInfinity).softmax(-1);
                Assert.True(Tiny.Distance(output.Attention[layer], probabilities) < 1e-12);
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ASavedStudentComesBackAndMergesIntoADenseModel(string name)
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher(name, tied: false);
        using var student = Factorisation.Factorise(teacher, new RankBudget(teacher, 3, ["query", "value", "up"]).Uniform(2));
        using var batch = Text();
        var expected = student.Forward(batch).Logits;
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder["model"], student);
        using var back = ModelFolder.Load(folder["model"], type: null);
        Assert.Equal(student.Config.LowRank, back.Config.LowRank);
        Assert.Equal(0, Tiny.Distance(expected, back.Forward(batch).Logits));

        using var dense = Factorisation.Merge(back);
        Assert.Null(dense.Config.LowRank);
        Assert.Equal(teacher.ParameterCount, dense.ParameterCount);
        Assert.Equal(teacher.named_parameters().Select(p => p.name), dense.named_parameters().Select(p => p.name));
        Assert.True(Tiny.Distance(expected, dense.Forward(batch).Logits) < 1e-10);
        Assert.Contains("no factors to merge", Assert.Throws<KitException>(() => Factorisation.Merge(dense)).Message);
    }

    [Fact]
    public void WhatIsNotFactorisedIsTheTeachersAndItsOwn()
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher("gpt2");
        using var student = Factorisation.Factorise(teacher, new RankBudget(teacher, matrices: ["key"]).Uniform(2));
        foreach (var (name, value) in student.named_parameters())
            if (teacher.get_parameter(name) is { } theirs) Assert.Equal(0, Tiny.Distance(theirs, value));
        for (int layer = 0; layer < 2; layer++)
            foreach (var matrix in student.MapNames)
            {
                var (ours, theirs) = (student.Map(layer, matrix), teacher.Map(layer, matrix));
                Assert.Equal(matrix == "key", ours.Factors is not null);
                Assert.Equal(0, Tiny.Distance(theirs.Bias!, ours.Bias!));
                if (matrix != "key") Assert.Equal(0, Tiny.Distance(theirs.Weight, ours.Weight));
            }
        using (no_grad()) student.parameters().First().zero_();
        Assert.True(teacher.parameters().First().abs().sum().ToDouble() > 1);
    }

    [Fact]
    public void TheTruncationErrorIsTheTailOfTheSingularValues() => Prop.ForAll((
        from m in Gen.Choose(1, 7) from n in Gen.Choose(1, 9) from r in Gen.Choose(1, Math.Min(m, n)) from seed in Gen.Choose(1, int.MaxValue)
        select (m, n, r, seed)).ToArbitrary(), TruncatesBest).QuickCheckThrowOnFailure();

    private static bool TruncatesBest((int M, int N, int R, int Seed) given)
    {
        using var scope = NewDisposeScope();
        var (m, n, r, seed) = given;
        using var generator = new Generator((ulong)seed);
        var w = randn(m, n, dtype: ScalarType.Float64, generator: generator);
        var (down, up) = Factorisation.Factors(w, r);
        var values = linalg.svdvals(w).data<double>().ToArray();
        return down.shape is [var a, var b] && (a, b) == (r, n) && up.shape is [var c, var d] && (c, d) == (m, r)
            && Math.Abs((w - up.matmul(down)).norm().ToDouble() - Math.Sqrt(values.Skip(r).Sum(s => s * s))) < 1e-10;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void ActivationAwareFactorsAreTheBestOnWhatWasRead(int rank)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var w = randn(6, 5, dtype: ScalarType.Float64, generator: generator);
        var x = randn(200, 5, dtype: ScalarType.Float64, generator: generator) * tensor(new double[] { 10, 3, 1, 0.1, 0.01 });
        x = x + x.roll(1, 1);                                                              // directions that are no axes
        double Error(Tensor product) => x.matmul((w - product).t()).square().sum().ToDouble();
        var (down, up) = Factorisation.Factors(w, rank, x.t().matmul(x) / 200);
        var (plainDown, plainUp) = Factorisation.Factors(w, rank);
        double aware = Error(up.matmul(down)), plain = Error(plainUp.matmul(plainDown));
        // What the map says is X Wᵀ: its own best truncation is the bound, and it is reached.
        double bound = linalg.svdvals(x.matmul(w.t())).data<double>().ToArray().Skip(rank).Sum(s => s * s);
        Assert.Equal(1, aware / bound, 3e-3);
        Assert.True(aware < plain * 0.9, $"{aware} {plain}");
    }

    [Fact]
    public void RandomFactorsHaveTheDeviationOfTheWeightTheyStandFor()
    {
        using var scope = NewDisposeScope();
        var config = new BertConfig { VocabularySize = 40, Width = 64, Layers = 1, Heads = 2, MaxLength = 8, InitializerRange = 0.05 };
        using var teacher = ModelFactory.Create(config, seed: 1);
        using var student = Factorisation.Factorise(teacher, new RankBudget(teacher, 16).Uniform(16), FactorStart.Random, seed: 7);
        foreach (var matrix in student.MapNames) Assert.Equal(0.05, student.Map(0, matrix).Weight.std().ToDouble(), 0.006);
        Assert.Equal(0.05, student.Words.Vectors.std().ToDouble(), 0.006);
        using var again = Factorisation.Factorise(teacher, new RankBudget(teacher, 16).Uniform(16), FactorStart.Random, seed: 7);
        Assert.Equal(0, Tiny.Distance(student.Map(0, "up").Weight, again.Map(0, "up").Weight));
    }

    [Fact]
    public void AnAdapterStandsBesideFactorsAndIsNotMergedIntoThem()
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher("gpt2");
        using var student = Factorisation.Factorise(teacher, new RankBudget(teacher).Uniform(2));
        using var batch = Text();
        var before = student.Forward(batch).Logits;
        using var adapter = new Lora(student, new() { Rank = 2 }, seed: 1);
        student.Adapter = adapter;
        Assert.Equal(0, Tiny.Distance(before, student.Forward(batch).Logits));
        foreach (var (name, value) in adapter.named_parameters())
            if (name.Contains("lora_up", StringComparison.Ordinal)) using (no_grad()) value.fill_(0.3);
        Assert.True(Tiny.Distance(before, student.Forward(batch).Logits) > 1e-3);
        student.Adapter = null;
        Assert.Contains("product of two factors", Assert.Throws<KitException>(() => adapter.MergeInto(student)).Message);
    }

    [Fact]
    public void FewerLayersAreCutOutAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher("bert");
        using var student = Factorisation.Factorise(teacher, new RankBudget(teacher, 3).Uniform(2));
        var ranks = student.Config.LowRank!;
        using var one = Shrinking.Student(student, student.Config with { Layers = 1, LowRank = ranks.Keep([1]) }, [1], seed: 1);
        Assert.Equal(0, Tiny.Distance(student.Map(1, "down").Weight, one.Map(0, "down").Weight));
        Assert.Contains("other ranks", Assert.Throws<KitException>(() => Shrinking.Student(student, student.Config with { LowRank = null }, [0, 1], seed: 1)).Message);
        Assert.Contains("no narrower student", Assert.Throws<KitException>(() => Shrinking.Student(student, student.Config with { Width = 4, Heads = 1 }, [0, 1], seed: 1)).Message);
        Assert.Contains("products of two factors already", Assert.Throws<KitException>(() => Factorisation.Factorise(student, ranks)).Message);
    }

    [Theory]
    [InlineData("""{"layers": 3}""", "no list 'layers'")]
    [InlineData("""{"layers": [{"query": 2}]}""", "names the ranks of 1 layers, and it has 2")]
    [InlineData("""{"layers": [{"query": 2}, {"querry": 2}]}""", "names a map 'querry' in layer 1")]
    [InlineData("""{"layers": [{"query": 2}, {"query": 0}]}""", "the rank 0; it must be in 1..")]
    [InlineData("""{"layers": [{"query": 2}, {"query": "2"}]}""", "no whole number as the rank of 'query' in layer 1")]
    [InlineData("""{"embedding": 0, "layers": [{}, {}]}""", "a rank is 1 or more")]
    public void ABadConfigurationIsRefusedByName(string ranks, string message)
    {
        var config = Tiny.Bert.ToJson();
        config["low_rank"] = System.Text.Json.Nodes.JsonNode.Parse(ranks);
        Assert.Contains(message, Assert.Throws<KitException>(() => ModelConfig.Parse(config.ToJsonString(), "config.json")).Message);
    }
}
