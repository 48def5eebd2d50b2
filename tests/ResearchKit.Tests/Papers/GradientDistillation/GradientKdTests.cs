using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Papers.GradientDistillation;

public class GradientKdTests
{
    private static readonly string s_fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "gradient", "gradient.safetensors");

    private static readonly int[][] s_rows = [[1, 2, 3, 4, 5], [6, 7, 8], [9, 10, 11, 12, 1]];
    private static readonly long[] s_labels = [2, 0, 1];

    public static TheoryData<string, string, string> Options()
    {
        var all = new TheoryData<string, string, string>();
        foreach (var signal in new[] { "confidence", "teacher-class", "label", "margin", "loss" })
            foreach (var target in new[] { "embedding", "cls", "both" })
                all.Add(signal, target, target == "embedding" ? "rows" : target == "cls" ? "tokens" : "sum");
        all.Add("confidence", "embedding", "tokens");
        return all;
    }

    // ---------------------------------------------------------------------------------------- the equations, independently computed

    [Theory]
    [InlineData(ScalarType.Float64, 1e-10)]
    [InlineData(ScalarType.Float32, 2e-6)]
    public void LossesAndEveryGradientAreWhatPyTorchComputes(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(s_fixture);
        var expected = Safetensors.Load(s_fixture);
        var numbers = JsonNode.Parse(file.Metadata["settings"])!.AsObject();
        double Number(string name) => numbers[name]!.GetValue<double>();
        LanguageModel Load(string whose, int layers)
        {
            var config = ((BertConfig)ModelConfig.Parse(file.Metadata["config"], s_fixture).WithoutDropout()) with { Layers = layers };
            var model = ModelFactory.Create(config, seed: null, type: type);
            foreach (var (parameter, value) in model.named_parameters()) file.ReadInto($"{whose}.{parameter}", value);
            return model;
        }
        using var batch = new Batch(expected["x.ids"].alias(), expected["x.lengths"].data<long>().ToArray(), expected["x.segments"].alias(), expected["x.labels"].alias());
        foreach (var name in new[] { "gradkd", "cls" })
        {
            using var teacher = Load("teacher", 4);
            using var student = Load("student", 2);
            double alpha = Number("alpha"), tau = Number("temperature");
            IMethod method = name == "gradkd" ? new GradientKd(student, teacher, new() { Alpha = alpha, Temperature = tau, Beta = Number("beta") })
                : new GradientKdCls(student, teacher, new() { Alpha = alpha, Temperature = tau, Beta = Number("betaCls"), Gamma = Number("gamma") });
            var terms = method.Losses(new Step(method, batch, 1, 0));
            foreach (var (symbol, key) in new[] { ("L_CE", "ce"), ("L_Soft-CE", "soft"), ("L_GKD", "gkd"), ("L_GKD-CLS", "cls"), ("L_PKD", "pkd") })
                if (terms.SingleOrDefault(t => t.Symbol == symbol) is { } term) Near(symbol, expected[$"l.{key}"], term.Value);
            Assert.Equal(name == "gradkd" ? 3 : 5, terms.Count);
            Total(terms).backward();
            int compared = 0;
            foreach (var (parameter, value) in student.named_parameters())
            {
                if (!value.requires_grad) continue;
                Near(parameter, expected[$"g.{name}.{parameter}"], value.grad!);
                compared++;
            }
            Assert.Equal(expected.Keys.Count(k => k.StartsWith($"g.{name}.", StringComparison.Ordinal)), compared);
            Assert.All(teacher.parameters(), p => Assert.True(p.grad is null));
        }

        void Near(string what, Tensor wanted, Tensor actual)
        {
            Assert.Equal(wanted.shape, actual.shape);
            double gap = ((actual.detach().to(ScalarType.Float64) - wanted).abs() / (1 + wanted.abs())).max().ToDouble();
            Assert.True(gap <= tolerance, $"{what} in {type} is off by {gap:G3}.");
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void TheGradientAtTheStudentsWeightsIsRight(string signal, string target, string reduction)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var batch = Rows();
        // The alignment alone: a second-order loss, for it is a function of gradients.
        var method = new GradientKdCls(student, teacher, new() { Alpha = 0, Beta = 0, Gamma = 1, Signal = signal, Target = target, Reduction = reduction });
        Tensor[] leaves = [.. student.named_parameters()
            .Where(p => p.name is "bert.encoder.layer.0.attention.self.query.weight" or "bert.encoder.layer.0.output.LayerNorm.weight"
                or "bert.encoder.layer.1.intermediate.dense.weight" or "bert.pooler.dense.weight" or "classifier.weight").Select(p => p.parameter)];
        Assert.Equal(5, leaves.Length);
        GradientCheck.First(() => Alignment(method, batch), leaves);
    }

    [Fact]
    public void WithAnEmbeddingOfItsOwnTheStudentLearnsThatToo()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var batch = Rows();
        var method = new GradientKd(student, teacher, new() { FreezeEmbedding = false, Beta = 1 });
        GradientCheck.First(() => Alignment(method, batch), [.. student.EmbeddingParameters.Select(p => p.Value)]);
    }

    // -------------------------------------------------------------------------------------------------------------------- identities

    [Theory]
    [MemberData(nameof(Options))]
    public void AStudentThatIsItsTeacherIsAligned(string signal, string target, string reduction)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(layers: 3);
        using var batch = Rows();
        var method = new GradientKdCls(student, teacher, new() { Alpha = 1, Signal = signal, Target = target, Reduction = reduction, Layers = [1, 2] });
        foreach (var term in method.Losses(new Step(method, batch, 1, 0)).Where(t => t.Weight > 0)) Assert.Equal(0, term.Value.ToDouble(), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void PaddingOfAnyLengthChangesNothing(string signal, string target, string reduction)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        var method = new GradientKdCls(student, teacher, new() { Signal = signal, Target = target, Reduction = reduction });
        double[] Values(int width, int padding)
        {
            using var batch = Rows(width, padding);
            return [.. method.Losses(new Step(method, batch, 1, 0)).Select(t => t.Value.ToDouble())];
        }
        var wanted = Values(5, 0);
        foreach (var (width, padding) in new[] { (6, 0), (9, 3), (10, 12) })
            foreach (var (a, b) in wanted.Zip(Values(width, padding))) Assert.Equal(a, b, 1e-12);
    }

    [Fact]
    public void AlignedByLabelOrByLossIsTheSame()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var batch = Rows();
        double Value(string signal) => Alignment(new GradientKd(student, teacher, new() { Signal = signal, Beta = 1 }), batch).ToDouble();
        Assert.Equal(Value("label"), Value("loss"), 1e-12);
        Assert.NotEqual(Value("label"), Value("confidence"), 1e-3);
    }

    [Fact]
    public void WithoutTheGradientsShareItIsKnowledgeDistillation()
    {
        Dictionary<string, double[]> Trained(Func<LanguageModel, LanguageModel, IMethod> make)
        {
            using var scope = NewDisposeScope();
            var (student, teacher) = Pair();
            foreach (var (_, value) in student.EmbeddingParameters) value.requires_grad = false;
            Train(make(student, teacher));
            return Bits.Of(student);
        }
        Assert.Equal(Trained((s, t) => new KnowledgeDistillation(s, t, new())), Trained((s, t) => new GradientKd(s, t, new() { Beta = 0 })));
        Assert.Equal(Trained((s, t) => new PatientDistillation(s, t, new() { Beta = 7 })), Trained((s, t) => new GradientKdCls(s, t, new() { Beta = 7, Gamma = 0 })));
        Assert.NotEqual(Trained((s, t) => new KnowledgeDistillation(s, t, new())), Trained((s, t) => new GradientKd(s, t, new())));
    }

    // ------------------------------------------------------------------------------------------------------------------- in training

    [Fact]
    public void EmbeddingAndTeacherStayBitForBitWhileTheAlignmentFalls()
    {
        foreach (bool cls in new[] { false, true })
        {
            using var scope = NewDisposeScope();
            var (student, teacher) = Pair();
            var before = Bits.Of(teacher);
            IMethod method = cls ? new GradientKdCls(student, teacher, new() { Alpha = 1, Beta = 1, Gamma = 1 }) : new GradientKd(student, teacher, new() { Alpha = 1, Beta = 1 });
            var steps = Train(method, epochs: 30);
            Assert.Equal(before, Bits.Of(teacher));
            var after = Bits.Of(student);
            Assert.NotEmpty(student.EmbeddingParameters);
            Assert.All(student.EmbeddingParameters, p => Assert.Equal(before[p.Name], after[p.Name]));
            Assert.True(steps[^1].Terms["L_GKD"] < steps[0].Terms["L_GKD"] / 2, $"{steps[0].Terms["L_GKD"]} to {steps[^1].Terms["L_GKD"]}");
        }
    }

    [Fact]
    public void AccumulatedMicroBatchesGiveTheGradientOfTheWholeBatch()
    {
        foreach (var reduction in new[] { "tokens", "rows", "sum" })
        {
            double Norm(params Func<Batch>[] batches)
            {
                using var scope = NewDisposeScope();
                var (student, teacher) = Pair();
                var method = new GradientKdCls(student, teacher, new() { Reduction = reduction });
                using var trainer = new Trainer(method, new GivenData(batches), new TrainSettings { Steps = 1, Accumulate = batches.Length, Device = "cpu" });
                return trainer.Run().Single().GradientNorms["student"];
            }
            double whole = Norm(() => Rows());
            Assert.Equal(whole, Norm(() => Part(0, 2), () => Part(2, 3)), 1e-9 * whole);
        }
    }

    [Fact]
    public void DropoutIsOffUnlessAskedForAndNeverInTheInput()
    {
        using var scope = NewDisposeScope();
        var (_, teacher) = Pair();
        using var student = ModelFactory.Create(Tiny.Bert with { InitializerRange = 0.4, HiddenDropout = 0.5, AttentionDropout = 0.5 }, seed: 4, type: ScalarType.Float64);
        Share(student, teacher);
        using var batch = Rows();
        foreach (bool dropout in new[] { false, true })
        {
            var method = new GradientKd(student, teacher, new() { Dropout = dropout });
            Assert.Equal(dropout, method.Dropout);
            student.train(method.Dropout);
            var step = new Step(method, batch, 1, 0);
            using var quiet = new EvaluationMode(student);
            Assert.Equal(0, Tiny.Distance(step.Student.Embedding!, student.Embed(batch)));
        }
    }

    // ----------------------------------------------------------------------------------------------------------------------- refusals

    [Fact]
    public void WhatDoesNotFitIsRefusedNamingBothSides()
    {
        using var scope = NewDisposeScope();
        using var teacher = Tiny.Make<Bert>(Tiny.Bert);
        using var stranger = ModelFactory.Create(Tiny.Bert with { InitializerRange = 0.4 }, seed: 9, type: ScalarType.Float64);
        using var wide = ModelFactory.Create(Tiny.Bert with { Width = 16 }, seed: 9);
        using var shallow = ModelFactory.Create(Tiny.Bert with { Layers = 1 }, seed: 9);
        using var decoder = Tiny.Make<Gpt2>(Tiny.Gpt2);
        string Message(Func<IMethod> make) => Assert.Throws<KitException>(make).Message;
        Assert.Contains("is not the teacher's. Start the student from it (student.from = teacher", Message(() => new GradientKd(stranger, teacher, new())));
        Assert.Contains("width is 16, the teacher's is 8", Message(() => new GradientKd(wide, teacher, new())));
        Assert.Contains("the student has 1 layers, the teacher 2", Message(() => new PatientDistillation(shallow, teacher, new())));
        Assert.Contains("layer 3 of the teacher, which has the layers 1 to 2", Message(() => new PatientDistillation(stranger, teacher, new() { Layers = [3] })));
        Assert.Contains("trains classifiers", Message(() => new GradientKd(decoder, teacher, new())));
        Assert.IsType<GradientKd>(new GradientKd(stranger, teacher, new() { FreezeEmbedding = false }));
    }

    [Theory]
    [InlineData(6, 12, new[] { 2, 4, 6, 8, 10 })]
    [InlineData(4, 12, new[] { 3, 6, 9 })]
    [InlineData(2, 4, new[] { 2 })]
    [InlineData(3, 4, new[] { 1, 2 })]
    public void LayersAreMappedByDepth(int student, int teacher, int[] wanted)
    {
        var layers = SkipLayers.Of("pkd", Tiny.Bert with { Layers = student }, Tiny.Bert with { Layers = teacher });
        Assert.Equal(wanted, layers.Teacher);
        Assert.Equal(Enumerable.Range(1, student - 1), layers.Student);
    }

    [Theory]
    [InlineData("gradkd")]
    [InlineData("gradkd-cls")]
    [InlineData("pkd")]
    public void RecipesKnowTheMethods(string name)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        Assert.Equal(name, MethodCatalog.Create(new JsonObject { ["name"] = name }, student, teacher).Name);
        Assert.Contains("expected one of", Assert.Throws<KitException>(() => MethodCatalog.Create(new JsonObject { ["name"] = "gradkd", ["signal"] = "noise" }, student, teacher)).Message);
    }

    // ------------------------------------------------------------------------------------------------------------------------- means

    private static (LanguageModel Student, LanguageModel Teacher) Pair(int layers = 2)
    {
        var teacher = Tiny.Make<Bert>(Tiny.Bert with { Layers = 3 });
        var student = layers == 3 ? Shrinking.Student(teacher, teacher.Config, [0, 1, 2], 1)
            : ModelFactory.Create((Tiny.Bert with { InitializerRange = 0.4, Layers = layers }).WithoutDropout(), seed: 4, type: ScalarType.Float64);
        Share(student, teacher);
        return (student, teacher);
    }

    private static void Share(LanguageModel student, LanguageModel teacher)
    {
        using var frozen = no_grad();
        foreach (var (ours, theirs) in student.EmbeddingParameters.Zip(teacher.EmbeddingParameters)) ours.Value.copy_(theirs.Value);
    }

    private static Batch Rows(int width = 0, int padding = 0)
    {
        using var rows = Tiny.Rows(s_rows, width, padding);
        return new Batch(rows.Ids.alias(), [.. rows.Lengths], labels: tensor(s_labels));
    }

    private static Batch Part(int from, int to)
    {
        using var rows = Tiny.Rows(s_rows[from..to]);
        return new Batch(rows.Ids.alias(), [.. rows.Lengths], labels: tensor(s_labels[from..to]));
    }

    private static List<TrainStep> Train(IMethod method, int epochs = 3)
    {
        using var trainer = new Trainer(method, new GivenData(() => Rows()), new TrainSettings { Epochs = epochs, LearningRate = 1e-2, Device = "cpu", WeightDecay = 0 });
        return [.. trainer.Run()];
    }

    private static Tensor Total(IEnumerable<LossTerm> terms) => terms.Where(t => t.Weight != 0).Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b);

    private static Tensor Alignment(IMethod method, Batch batch) => Total(method.Losses(new Step(method, batch, 1, 0)).Where(t => t.Symbol.StartsWith("L_GKD", StringComparison.Ordinal)));
}
