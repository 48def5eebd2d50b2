using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

public class MethodTests
{
    private static readonly TrainSettings Settings = new() { Epochs = 2, LearningRate = 1e-2, Device = "cpu" };

    private static TinyModel Encoder(ulong seed = 5, double dropout = 0) => new(seed: seed, dropout: dropout);

    private static TinyModel Decoder(ulong seed = 5, double dropout = 0) => new(classes: 0, seed: seed, dropout: dropout);

    private static List<TrainStep> Train(IMethod method, TrainSettings? settings = null, bool decoder = false, params Func<Batch>[] batches)
    {
        using var trainer = new Trainer(method, batches.Length > 0 ? new GivenData(batches) : new TinyData(6, decoder: decoder), settings ?? Settings);
        return trainer.Run().ToList();
    }

    [Fact]
    public void AStudentThatIsItsTeacherHasNoDivergenceAndNoGradient()
    {
        // In double precision, where what is left of rounding cannot be taken for a gradient.
        static TinyModel Double(TinyModel model)
        {
            model.to(ScalarType.Float64);
            return model;
        }
        foreach (var (method, decoder) in ((IMethod, bool)[])[
            (new KnowledgeDistillation(Double(Encoder()), Double(Encoder()), new() { Alpha = 1, Temperature = 3 }), false),
            (TokenDistillation.Forward(Double(Decoder()), Double(Decoder()), new() { Temperature = 3 }), true)])
        {
            var weights = Bits.Of(method.Student);
            var steps = Train(method, Settings with { WeightDecay = 0, Epsilon = 1e-3 }, decoder);
            Assert.All(steps, s => Assert.Equal(0, s.Loss, 1e-13));
            Assert.All(steps, s => Assert.Equal(0, s.GradientNorms["student"], 1e-13));
            foreach (var (name, values) in Bits.Of(method.Student))
                for (int i = 0; i < values.Length; i++) Assert.Equal(weights[name][i], values[i], 1e-12);
        }
    }

    [Fact]
    public void WithoutTheTeachersShareDistillationIsFineTuningToTheBit()
    {
        using var alone = Encoder(dropout: 0.3);
        using var distilled = Encoder(dropout: 0.3);
        using var teacher = Encoder(seed: 8, dropout: 0.3);
        var expected = Train(new FineTuning(alone));
        var actual = Train(new KnowledgeDistillation(distilled, teacher, new() { Alpha = 0 }));
        Assert.Equal(expected.Select(s => s.Loss), actual.Select(s => s.Loss));
        Assert.Equal(Bits.Of(alone), Bits.Of(distilled));
        Assert.All(actual, s => Assert.True(s.Terms["L_Soft-CE"] > 0));

        using var decoder = Decoder(dropout: 0.3);
        using var forward = Decoder(dropout: 0.3);
        using var decoderTeacher = Decoder(seed: 8);
        Train(new SupervisedFineTuning(decoder), decoder: true);
        Train(TokenDistillation.Forward(forward, decoderTeacher, new() { Kappa = 0 }), decoder: true);
        Assert.Equal(Bits.Of(decoder), Bits.Of(forward));
    }

    [Fact]
    public void WithTheTeacherAloneLabelsDoNotMatter()
    {
        Batch Labelled(long shift)
        {
            using var labels = tensor(new long[] { shift, 1, 2 - shift });
            using var ids = tensor(new long[] { 1, 2, 3, 4, 5, 6 }, [3, 2]);
            return new Batch(ids.clone(), [2, 2, 2], labels: labels.clone());
        }
        Dictionary<string, double[]> Weights(long shift)
        {
            using var student = Encoder();
            using var teacher = Encoder(seed: 8);
            Train(new KnowledgeDistillation(student, teacher, new() { Alpha = 1 }), null, false, () => Labelled(shift));
            return Bits.Of(student);
        }
        Assert.Equal(Weights(0), Weights(2));
    }

    [Theory]
    [InlineData(1.0, 0.5)]
    [InlineData(5.0, 0.2)]
    public void TheTermsAreTheirEquations(double temperature, double share)
    {
        using var scope = NewDisposeScope();
        using var student = Encoder();
        using var teacher = Encoder(seed: 8);
        student.to(ScalarType.Float64);
        teacher.to(ScalarType.Float64);
        var data = new TinyData(1);
        using var batch = data.Make(data.Rows(0));
        var (zs, zt) = (Rows(student.Forward(batch).Logits), Rows(teacher.Forward(batch).Logits));
        var labels = Bits.Numbers(batch.Labels!);

        var step = Train(new KnowledgeDistillation(student, teacher, new() { Temperature = temperature, Alpha = share }),
            Settings with { Steps = 1, Epochs = null }, false, () => data.Make(data.Rows(0)))[0];

        double crossEntropy = zs.Select((z, i) => -Math.Log(Softmax(z, 1)[(int)labels[i]])).Average();
        double divergence = zs.Select((z, i) => Kl(Softmax(zt[i], temperature), Softmax(z, temperature))).Average() * temperature * temperature;
        Assert.Equal(crossEntropy, step.Terms["L_CE"], 1e-12);
        Assert.Equal(divergence, step.Terms["L_Soft-CE"], 1e-12);
        Assert.Equal((1 - share) * crossEntropy + share * divergence, step.Loss, 1e-12);
    }

    [Theory]
    [InlineData(1.0, 1.0)]
    [InlineData(2.0, 0.3)]
    public void ForwardKlIsItsEquationOnTheScoredTargetsAlone(double temperature, double share)
    {
        using var scope = NewDisposeScope();
        using var student = Decoder();
        using var teacher = Decoder(seed: 8);
        student.to(ScalarType.Float64);
        teacher.to(ScalarType.Float64);
        var data = new TinyData(1, decoder: true);
        using var batch = data.Make(data.Rows(0));
        var targets = Bits.Numbers(batch.Targets!);
        var scored = Enumerable.Range(0, targets.Length).Where(i => targets[i] != Batch.Ignored).ToList();
        Assert.InRange(scored.Count, 1, targets.Length - 1);
        var (zs, zt) = (Rows(student.Forward(batch).Logits), Rows(teacher.Forward(batch).Logits));

        var step = Train(TokenDistillation.Forward(student, teacher, new() { Temperature = temperature, Kappa = share }),
            Settings with { Steps = 1, Epochs = null }, true, () => data.Make(data.Rows(0)))[0];

        double divergence = scored.Average(i => Kl(Softmax(zt[i], temperature), Softmax(zs[i], temperature))) * temperature * temperature;
        double likelihood = scored.Average(i => -Math.Log(Softmax(zs[i], 1)[(int)targets[i]]));
        Assert.Equal(divergence, step.Terms["L_KL"], 1e-12);
        Assert.Equal(share * divergence + (1 - share) * likelihood, step.Loss, 1e-12);
        Assert.Equal(share < 1, step.Terms.ContainsKey("L_MLE"));
    }

    [Fact]
    public void OneStepOf32RowsIsTwoMicroBatchesOf16()
    {
        foreach (var decoder in (bool[])[false, true])
        {
            var data = new TinyData(1, rows: 32, decoder);
            var rows = data.Rows(0);
            IMethod Method() => decoder
                ? TokenDistillation.Forward(Decoder(), Decoder(seed: 8), new() { Kappa = 0.5 })
                : new KnowledgeDistillation(Encoder(), Encoder(seed: 8), new() { Alpha = 0.5 });
            var (one, two) = (Method(), Method());
            var settings = Settings with { Epochs = 4 };
            var expected = Train(one, settings, decoder, () => data.Make(rows));
            var actual = Train(two, settings with { Accumulate = 2 }, decoder, () => data.Make(rows[..16]), () => data.Make(rows[16..]));
            for (int i = 0; i < expected.Count; i++) Assert.Equal(expected[i].Loss, actual[i].Loss, 1e-6);
            Assert.NotEqual(expected[0].Loss, expected[^1].Loss);
        }
    }

    [Fact]
    public void TheTeacherIsFrozenAndStaysAsItIs()
    {
        using var student = Encoder();
        using var teacher = Encoder(seed: 8, dropout: 0.5);
        var method = new KnowledgeDistillation(student, teacher, new());
        var weights = Bits.Of(teacher);
        teacher.train();   // whatever else the caller does with it
        Train(method);
        Assert.False(teacher.training);
        Assert.All(teacher.parameters(), p => Assert.True(!p.requires_grad && p.grad is null));
        Assert.Equal(weights, Bits.Of(teacher));
    }

    [Fact]
    public void ModelsThatDoNotFitAreRefusedNamingBothSides()
    {
        string Refusal(TinyModel student, TinyModel teacher) =>
            Assert.Throws<KitException>(() => new KnowledgeDistillation(student, teacher, new())).Message;
        using var student = new TinyModel(vocabulary: 11, classes: 3, maxLength: 32);
        Assert.Contains("student's vocabulary is 11, the teacher's is 12", Refusal(student, new TinyModel(vocabulary: 12)));
        Assert.Contains("student's number of classes is 3, the teacher's is 4", Refusal(student, new TinyModel(classes: 4)));
        Assert.Contains("at most 16 tokens, the student 32", Refusal(student, new TinyModel(maxLength: 16)));
        Assert.Contains("one and the same", Refusal(student, student));
        Assert.Contains("trains encoders", Refusal(new TinyModel(classes: 0), new TinyModel(classes: 0)));
        Assert.Contains("predict tokens", Assert.Throws<KitException>(() => new SupervisedFineTuning(student)).Message);
        Assert.Contains("predict tokens", Assert.Throws<KitException>(() => TokenDistillation.Forward(student, new TinyModel(), new())).Message);
    }

    [Fact]
    public void ATaskWithoutWhatTheMethodNeedsIsRefused()
    {
        var (classes, tokens) = (new TinyData(1), new TinyData(1, decoder: true));
        Assert.Contains("needs a class, a number, a span or a text for every row", Assert.Throws<KitException>(
            () => Train(new FineTuning(Encoder()), null, false, () => tokens.Make(tokens.Rows(0)))).Message);
        Assert.Contains("needs target tokens", Assert.Throws<KitException>(
            () => Train(new SupervisedFineTuning(Decoder()), null, true, () => classes.Make(classes.Rows(0)))).Message);
    }

    private static double[][] Rows(Tensor logits) => [.. Bits.Numbers(logits).Chunk((int)logits.shape[^1])];

    private static double[] Softmax(double[] z, double temperature)
    {
        var powers = z.Select(x => Math.Exp(x / temperature)).ToArray();
        return [.. powers.Select(p => p / powers.Sum())];
    }

    private static double Kl(double[] p, double[] q) => p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
}
