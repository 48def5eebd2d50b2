using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Papers.MultiAspectDistillation;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Papers.MultiAspectDistillation;

public class MultiAspectKdTests
{
    private static readonly string s_fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "multiaspect", "multiaspect.safetensors");
    private static readonly string[] s_aspects = ["L_att", "L_hid", "L_MHA", "L_FFN"];

    public static TheoryData<string> Kinds => ["bert", "span", "regression", "gpt2", "llama", "opt"];

    // ------------------------------------------------------------------------------------------ the equations, independently computed

    [Theory]
    [InlineData(ScalarType.Float64, 1e-10)]
    [InlineData(ScalarType.Float32, 2e-6)]
    public void EveryTermAndEveryGradientIsWhatPyTorchComputes(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(s_fixture);
        var expected = Safetensors.Load(s_fixture);
        var numbers = JsonNode.Parse(file.Metadata["settings"])!.AsObject();
        double Number(string name) => numbers[name]!.GetValue<double>();
        LanguageModel Load(string whose)
        {
            var config = JsonNode.Parse(file.Metadata["config"])!.AsObject();
            if (whose == "student") config["low_rank"] = JsonNode.Parse(file.Metadata["low_rank"]);
            var model = ModelFactory.Create(ModelConfig.Parse(config.ToJsonString(), s_fixture).WithoutDropout(), seed: null, type: type);
            foreach (var (parameter, value) in model.named_parameters()) file.ReadInto($"{whose}.{parameter}", value);
            return model;
        }
        using var teacher = Load("teacher");
        using var student = Load("student");
        using var batch = new Batch(expected["x.ids"].alias(), expected["x.lengths"].data<long>().ToArray(), expected["x.segments"].alias(), expected["x.labels"].alias());
        MultiAspectKd.Settings settings = new()
        {
            Alpha = Number("alpha"),
            Temperature = Number("temperature"),
            LayerWeight = Number("layer"),
            MatrixWeight = Number("matrix"),
            PredictionWeight = Number("prediction"),
        };
        var terms = Terms(student, teacher, batch, settings);
        foreach (var (symbol, key) in new[] { ("L_att", "att"), ("L_hid", "hid"), ("L_MHA", "mha"), ("L_FFN", "ffn"), ("L_CE", "ce"), ("L_Soft-CE", "soft") })
            Near(symbol, expected[$"l.{key}"], terms[symbol].Value);
        var total = Total(terms.Values);
        Near("total", expected["l.total"], total);
        total.backward();
        foreach (var (name, value) in student.named_parameters()) Near(name, expected[$"g.{name}"], value.grad!);
        Assert.All(teacher.parameters(), p => Assert.True(p.grad is null));

        var plain = Terms(student, teacher, batch, settings with { Normalise = "none" });
        foreach (var (symbol, key) in new[] { ("L_hid", "hid"), ("L_MHA", "mha"), ("L_FFN", "ffn") }) Near(symbol, expected[$"l.{key}.plain"], plain[symbol].Value);
        Near("relations", expected["l.mha.relations"], Terms(student, teacher, batch, settings with { MatrixTarget = "relations" })["L_MHA"].Value);
        Near("weights", expected["l.ffn.weights"], Terms(student, teacher, batch, settings with { MatrixTarget = "weights" })["L_FFN"].Value);

        void Near(string what, Tensor wanted, Tensor actual)
        {
            Assert.Equal(wanted.shape, actual.shape);
            double gap = ((actual.detach().to(ScalarType.Float64) - wanted).abs() / (1 + wanted.abs())).max().ToDouble();
            Assert.True(gap <= tolerance, $"{what} in {type} is off by {gap:G3}.");
        }
    }

    public static TheoryData<string, string, string, string> Readings()
    {
        var all = new TheoryData<string, string, string, string>();
        foreach (var kind in new[] { "bert", "gpt2" })
            foreach (var (target, input, attention) in new[] { ("activations", "student", "kl"), ("activations", "teacher", "scores"), ("weights", "student", "none"), ("relations", "student", "kl"), ("relations", "teacher", "none") })
                all.Add(kind, target, input, attention);
        return all;
    }

    [Theory]
    [MemberData(nameof(Readings))]
    public void TheGradientAtTheFactorsIsRight(string kind, string target, string input, string attention)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(kind, rank: 2);
        using var batch = Rows(kind);
        MultiAspectKd.Settings settings = new() { MatrixTarget = target, MatrixInput = input, Attention = attention, Normalise = target == "weights" ? "none" : "teacher", Temperature = 2 };
        var query = student.Map(0, "query").Factors!.Value;
        Tensor[] leaves = [query.Down, query.Up, student.Map(1, "up").Factors!.Value.Down, student.Map(0, "down").Factors!.Value.Up];
        GradientCheck.First(() => Total(Terms(student, teacher, batch, settings).Values), leaves);
    }

    // -------------------------------------------------------------------------------------------------------------------- identities

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AtFullRankEveryAspectIs0AndTheTermsGrowAsTheRankFalls(string kind)
    {
        using var scope = NewDisposeScope();
        using var batch = Rows(kind);
        foreach (var (target, attention) in new[] { ("activations", "kl"), ("weights", "scores"), ("relations", "kl") })
        {
            Dictionary<string, double>? before = null;
            foreach (int rank in new[] { 8, 6, 4, 2, 1 })
            {
                var (student, teacher) = Pair(kind, rank);
                var settings = new MultiAspectKd.Settings { MatrixTarget = target, Attention = attention };
                var terms = Terms(student, teacher, batch, settings);
                var values = s_aspects.ToDictionary(s => s, s => terms[s].Value.ToDouble());
                if (rank == 8)
                {
                    Assert.True(Tiny.Distance(teacher.Forward(batch).Logits, student.Forward(batch).Logits) < 1e-9);
                    Assert.All(values.Values, v => Assert.InRange(v, -1e-12, 1e-12));
                }
                else Assert.All(values.Values, v => Assert.True(v > 1e-6, $"{v}"));
                // What the truncation itself decides can only grow; what went through other layers grows on the whole.
                if (before is not null && target == "weights") Assert.All(new[] { "L_MHA", "L_FFN" }, s => Assert.True(values[s] > before[s], $"{s} at {rank}"));
                if (before is not null) Assert.True(values.Values.Sum() > before.Values.Sum(), $"{target} at {rank}: {values.Values.Sum()} after {before.Values.Sum()}");
                before = values;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SignAndRotationOfTheFactorsEnterNoTerm(string kind)
    {
        using var scope = NewDisposeScope();
        using var batch = Rows(kind);
        var (student, teacher) = Pair(kind, rank: 3);
        foreach (var target in new[] { "activations", "weights", "relations" })
        {
            var settings = new MultiAspectKd.Settings { MatrixTarget = target };
            var before = Terms(student, teacher, batch, settings).ToDictionary(t => t.Key, t => t.Value.Value.ToDouble());
            using (no_grad())
            {
                using var generator = new Generator(3);
                for (int layer = 0; layer < student.Config.Layers; layer++)
                    foreach (var matrix in student.MapNames)
                    {
                        var (down, up) = student.Map(layer, matrix).Factors!.Value;
                        var (q, _) = linalg.qr(randn(3, 3, dtype: ScalarType.Float64, generator: generator));   // a rotation with a reflection or without
                        var stretch = tensor(new double[] { -1, 2, 0.5 });
                        up.copy_((up * stretch).matmul(q));
                        down.copy_(q.t().matmul(down / stretch.unsqueeze(1)));
                    }
            }
            foreach (var (symbol, term) in Terms(student, teacher, batch, settings)) Assert.Equal(before[symbol], term.Value.ToDouble(), 1e-10);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void PaddingChangesNothing(string kind)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(kind, rank: 2);
        foreach (var settings in new MultiAspectKd.Settings[] { new(), new() { MatrixTarget = "relations", Attention = "scores" }, new() { MatrixInput = "teacher", Normalise = "none" } })
        {
            var (narrow, wide) = (Rows(kind), Rows(kind, width: 9, padding: 7));
            var first = Gradients(student, teacher, narrow, settings);
            var second = Gradients(student, teacher, wide, settings);
            foreach (var (name, value) in first) Assert.True(Tiny.Distance(value, second[name]) < 1e-10, $"{name}: {Tiny.Distance(value, second[name])}");
            narrow.Dispose();
            wide.Dispose();
        }
    }

    [Fact]
    public void TheTeachersStreamMakesEachMapARegressionByItself()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("bert");
        var (student, teacher) = Pair("bert", rank: 2);
        var settings = new MultiAspectKd.Settings { MatrixInput = "teacher", Matrices = ["up"], Normalise = "none", Attention = "none", Hidden = false };
        double before = Terms(student, teacher, batch, settings)["L_FFN"].Value.ToDouble();
        using (no_grad()) student.Map(0, "query").Factors!.Value.Up.fill_(3);              // another map of a layer before
        Assert.Equal(before, Terms(student, teacher, batch, settings)["L_FFN"].Value.ToDouble());
        Assert.NotEqual(Terms(student, teacher, batch, settings with { MatrixInput = "student" })["L_FFN"].Value.ToDouble(), before);
    }

    // ---------------------------------------------------------------------------------------------------- what acts, and when

    [Fact]
    public void EachSwitchTakesAwayItsTermAndNoOther()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("bert");
        var (student, teacher) = Pair("bert", rank: 2);
        string[] all = [.. s_aspects, "L_CE", "L_Soft-CE"];
        void Has(MultiAspectKd.Settings settings, params string[] without) => Assert.Equal(all.Except(without), Terms(student, teacher, batch, settings).Keys);
        Has(new());
        Has(new() { Attention = "none" }, "L_att");
        Has(new() { Hidden = false }, "L_hid");
        Has(new() { Matrices = ["up", "down"] }, "L_MHA");
        Has(new() { Matrices = ["query"] }, "L_FFN");
        Has(new() { Matrices = [] }, "L_MHA", "L_FFN");
        Has(new() { LayerWeight = 0 }, "L_att", "L_hid");
        Has(new() { MatrixWeight = 0 }, "L_MHA", "L_FFN");
        Has(new() { PredictionWeight = 0 }, "L_CE", "L_Soft-CE");
    }

    [Theory]
    [InlineData("joint", "al m p", "al m p", "al m p")]
    [InlineData("sequential", "m", "al", "p")]
    [InlineData("cumulative", "m", "al m", "al m p")]
    public void AScheduleGoesFromMatricesToLayersToThePrediction(string schedule, params string[] stages)
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("bert");
        var (student, teacher) = Pair("bert", rank: 2);
        var settings = new MultiAspectKd.Settings { Schedule = schedule, MatrixShare = 0.25, LayerShare = 0.25 };
        foreach (var (progress, stage) in new[] { (0, stages[0]), (0.24, stages[0]), (0.25, stages[1]), (0.49, stages[1]), (0.5, stages[2]), (1, stages[2]) })
        {
            var keys = Terms(student, teacher, batch, settings, progress).Keys;
            Assert.Equal(stage.Contains("al"), keys.Contains("L_att") && keys.Contains("L_hid"));
            Assert.Equal(stage.Contains('m'), keys.Contains("L_MHA") && keys.Contains("L_FFN"));
            Assert.Equal(stage.Contains('p'), keys.Contains("L_CE") && keys.Contains("L_Soft-CE"));
        }
    }

    [Fact]
    public void TheLastLayerAloneCanBeCompared()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("bert");
        var (student, teacher) = Pair("bert", rank: 2);
        var last = Terms(student, teacher, batch, new() { Layers = "last" });
        using (no_grad())
            foreach (var matrix in new[] { "query", "up" }) teacher.Map(0, matrix).Bias!.add_(1e-3);   // below the last layer, and felt in it alone
        Assert.NotEqual(last["L_hid"].Value.ToDouble(), Terms(student, teacher, batch, new() { Layers = "last" })["L_hid"].Value.ToDouble());
        var (output, told) = (teacher.Forward(batch, Observe.Hidden).Hidden, student.Forward(batch, Observe.Hidden).Hidden);
        double Relative(int l) => ((told[l] - output[l]).masked_fill(batch.Mask.logical_not().unsqueeze(-1), 0).square().sum() / output[l].masked_fill(batch.Mask.logical_not().unsqueeze(-1), 0).square().sum()).ToDouble();
        Assert.Equal(Relative(2), Terms(student, teacher, batch, new() { Layers = "last" })["L_hid"].Value.ToDouble(), 1e-12);
        Assert.Equal((Relative(0) + Relative(1) + Relative(2)) / 3, Terms(student, teacher, batch, new())["L_hid"].Value.ToDouble(), 1e-12);
    }

    [Fact]
    public void MeasuredByTheirStartTermsBeginAt1AndResumeSo()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("bert");
        var (student, teacher) = Pair("bert", rank: 2);
        var settings = new MultiAspectKd.Settings { Normalise = "start" };
        var method = new MultiAspectKd(student, teacher, settings);
        var first = method.Losses(new Step(method, batch, 1, 0));
        Assert.All(first.Where(t => s_aspects.Contains(t.Symbol)), t => Assert.Equal(1, t.Value.ToDouble(), 1e-12));
        using (no_grad()) student.Map(0, "up").Bias!.add_(1);
        var second = method.Losses(new Step(method, batch, 2, 0)).ToDictionary(t => t.Symbol, t => t.Value.ToDouble());
        var resumed = new MultiAspectKd(student, teacher, settings);
        ((IMethod)resumed).Restore(((IMethod)method).State);
        Assert.Equal(second, resumed.Losses(new Step(resumed, batch, 2, 0)).ToDictionary(t => t.Symbol, t => t.Value.ToDouble()));
        Assert.NotEqual(1, second["L_FFN"], 1e-3);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    public void TheTermsFallInTraining(string kind)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(kind, rank: 3);
        var method = new MultiAspectKd(student, teacher, new());
        using var trainer = new Trainer(method, new GivenData(() => Rows(kind)), new TrainSettings { Steps = 60, LearningRate = 1e-2, Device = "cpu" });
        var steps = trainer.Run().ToList();
        foreach (var symbol in s_aspects) Assert.True(steps[^1].Terms[symbol] < steps[0].Terms[symbol] * 0.7, $"{symbol}: {steps[0].Terms[symbol]} to {steps[^1].Terms[symbol]}");
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedNamingIt()
    {
        var (student, teacher) = Pair("bert", rank: 2);
        string Refusal(Func<IMethod> make) => Assert.Throws<KitException>(make).Message;
        using var shallow = Tiny.Make<Bert>(Tiny.Bert with { Layers = 1 });
        Assert.Contains("The student has 1 layers", Refusal(() => new MultiAspectKd(shallow, teacher, new())));
        using var narrow = Tiny.Make<Bert>(Tiny.Bert with { Inner = 10 });
        Assert.Contains("maps 8 units to 10, the teacher's 8 to 12", Refusal(() => new MultiAspectKd(narrow, teacher, new())));
        using var heads = Tiny.Make<Bert>(Tiny.Bert with { Heads = 4 });
        Assert.Contains("the student has 4, the teacher 2", Refusal(() => new MultiAspectKd(heads, teacher, new())));
        Assert.Contains("no map 'gate' (method.matrices)", Refusal(() => new MultiAspectKd(student, teacher, new() { Matrices = ["gate"] })));
        Assert.Contains("more than the whole training", Refusal(() => new MultiAspectKd(student, teacher, new() { MatrixShare = 0.7, LayerShare = 0.4 })));
        Assert.Contains("method.matrixInput has no say", Refusal(() => new MultiAspectKd(student, teacher, new() { MatrixInput = "teacher", MatrixTarget = "weights" })));
        using var bare = Tiny.Make<Bert>(Tiny.Bert with { Head = EncoderHead.None });
        Assert.Contains("without a head", Refusal(() => new MultiAspectKd(bare, teacher, new())));
    }

    // ---------------------------------------------------------------------------------------------------------------- small things

    private static (LanguageModel Student, LanguageModel Teacher) Pair(string kind, int rank)
    {
        var teacher = Tiny.Make<LanguageModel>(kind switch
        {
            "span" => Tiny.Bert with { Head = EncoderHead.Span },
            "regression" => Tiny.Bert with { Labels = ["score"] },
            _ => Tiny.All[kind],
        });
        return (Factorisation.Factorise(teacher, new RankBudget(teacher).Uniform(rank)), teacher);
    }

    private static Batch Rows(string kind, int width = 5, int padding = 0)
    {
        int[][] rows = [[1, 2, 3, 4, 5], [6, 7, 8]];
        using var bare = Tiny.Rows(rows, width, padding);
        var ids = bare.Ids.clone();
        long[] lengths = [5, 3];
        if (kind == "span") return new(ids, lengths, spans: tensor(new long[] { 1, 3, 0, 2 }, [2, 2]));
        if (kind == "regression") return new(ids, lengths, labels: tensor(new float[] { 0.5f, -1 }));
        if (kind == "bert") return new(ids, lengths, labels: tensor(new long[] { 2, 0 }));
        long[] targets = [.. rows.SelectMany(r => Batch.NextTokenTargets(r, 1).Concat(Enumerable.Repeat(Batch.Ignored, width - r.Length)))];
        return new(ids, lengths, targets: tensor(targets, [2, width]), targetCount: targets.Count(t => t != Batch.Ignored));
    }

    private static Dictionary<string, LossTerm> Terms(LanguageModel student, LanguageModel teacher, Batch batch, MultiAspectKd.Settings settings, double progress = 0)
    {
        var method = new MultiAspectKd(student, teacher, settings);
        return method.Losses(new Step(method, batch, 1, progress)).ToDictionary(t => t.Symbol);
    }

    private static Dictionary<string, Tensor> Gradients(LanguageModel student, LanguageModel teacher, Batch batch, MultiAspectKd.Settings settings)
    {
        var parameters = student.named_parameters().ToArray();
        var terms = Terms(student, teacher, batch, settings);
        var gradients = autograd.grad([Total(terms.Values)], [.. parameters.Select(p => p.parameter)], allow_unused: true);
        return parameters.Zip(gradients).Where(p => !p.Second.IsInvalid).ToDictionary(p => p.First.name, p => p.Second)
            .Concat(terms.Select(t => KeyValuePair.Create(t.Key, t.Value.Value.detach()))).ToDictionary();
    }

    private static Tensor Total(IEnumerable<LossTerm> terms) => terms.Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b);
}
