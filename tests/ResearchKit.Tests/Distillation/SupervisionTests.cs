using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Training;
using ResearchKit.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

public class SupervisionTests
{
    private static Batch Rows(Tensor? labels) => new(tensor(new long[] { 1, 2, 3, 4, 5, 6 }, [3, 2]), [2, 2, 2], labels: labels);

    private static Batch Scored() => Rows(tensor(new float[] { 0.5f, 4, 2.25f }));

    [Theory]
    [InlineData(false, 0.3)]
    [InlineData(true, 0.3)]
    public void NumbersAreLearntBySquaredErrors(bool perClass, double alpha)
    {
        using var scope = NewDisposeScope();
        using var student = new TinyModel(classes: 1, dropout: 0);
        using var teacher = new TinyModel(classes: 1, dropout: 0, seed: 8);
        using var batch = Scored();
        double[] zs = Bits.Numbers(student.Forward(batch).Logits), zt = Bits.Numbers(teacher.Forward(batch).Logits), y = [0.5, 4, 2.25];
        var method = new KnowledgeDistillation(student, teacher, new() { Alpha = alpha, Temperature = 7, PerClass = perClass });
        using var trainer = new Trainer(method, new GivenData(Scored), new TrainSettings { Steps = 1, Device = "cpu" });
        var step = trainer.Run().Single();

        double hard = zs.Zip(y, (a, b) => (a - b) * (a - b)).Average(), soft = zs.Zip(zt, (a, b) => (a - b) * (a - b)).Average();
        Assert.Equal(["L_MSE", "L_Soft-MSE"], step.Terms.Keys);
        Assert.Equal(hard, step.Terms["L_MSE"], 1e-5);
        Assert.Equal(soft, step.Terms["L_Soft-MSE"], 1e-5);
        Assert.Equal((1 - alpha) * hard + alpha * soft, step.Loss, 1e-5);
    }

    [Fact]
    public void FineTuningLearnsNumbers()
    {
        using var student = new TinyModel(classes: 1, dropout: 0);
        using var trainer = new Trainer(new FineTuning(student), new GivenData(Scored), new TrainSettings { Steps = 300, LearningRate = 3e-2, Device = "cpu" });
        var steps = trainer.Run().ToList();
        Assert.True(steps[0].Loss > 1, $"{steps[0].Loss}");
        Assert.True(steps[^1].Terms["L_MSE"] < 0.01, $"{steps[^1].Terms["L_MSE"]}");
    }

    [Fact]
    public void PerClassDividesByTheNumberOfClassesAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var none = Rows(null);
        var (student, teacher) = (tensor(new float[] { 1, 0, -1, 2, 2, 0 }, [2, 3]), tensor(new float[] { 0, 0, 1, 1, 3, 0 }, [2, 3]));
        var (whole, divided) = (Supervision.Soft("kd", none, student, teacher, 2), Supervision.Soft("kd", none, student, teacher, 2, perClass: true));
        Assert.Equal("L_Soft-CE", divided.Symbol);
        Assert.Equal(whole.Value.ToDouble() / 3, divided.Value.ToDouble(), 1e-7);
    }

    [Fact]
    public void TheTeacherIsAConstant()
    {
        using var scope = NewDisposeScope();
        using var none = Rows(null);
        foreach (int classes in (int[])[1, 3])
        {
            Tensor student = zeros(2, classes).requires_grad_(), teacher = ones(2, classes).requires_grad_();
            Supervision.Soft("kd", none, student * 2, teacher * 3, 1).Value.backward();
            Assert.NotNull(student.grad);
            Assert.Null(teacher.grad);
        }
    }

    [Fact]
    public void LabelsOfAnotherKindThanTheOutputAreRefused()
    {
        using var scope = NewDisposeScope();
        using var numbers = Scored();
        using var classes = Rows(tensor(new long[] { 0, 1, 2 }));
        using var none = Rows(null);
        Assert.Contains("asks for a number, and the student tells 3 classes apart", Assert.Throws<KitException>(() => Supervision.Hard("kd", numbers, zeros(3, 3))).Message);
        Assert.Contains("asks for a class, and the student has one output", Assert.Throws<KitException>(() => Supervision.Hard("kd", classes, zeros(3, 1))).Message);
        Assert.Contains("this task has none", Assert.Throws<KitException>(() => Supervision.Hard("kd", none, zeros(3, 3))).Message);
    }

    [Fact]
    public void ASpanIsTwoDistributionsOverTheRealPositions()
    {
        using var scope = NewDisposeScope();
        using var batch = new Batch(tensor(new long[] { 1, 2, 3, 4, 5, 0 }, [2, 3]), [3, 2], spans: tensor(new long[] { 0, 2, 1, 1 }, [2, 2]));
        double[] starts = [1, 0, -1, 0.5, 2, 100], ends = [0, 1, 3, -1, 0, 100];
        Tensor Logits(double scale) => stack([tensor(starts), tensor(ends)], 1).view(2, 3, 2) * scale;
        double Log(double[] z, int row, int at, double scale) =>
            scale * z[row * 3 + at] - Math.Log(Enumerable.Range(0, row == 0 ? 3 : 2).Sum(t => Math.Exp(scale * z[row * 3 + t])));

        var hard = Supervision.Hard("kd", batch, Logits(1));
        Assert.Equal(("L_CE", Unit.Example), (hard.Symbol, hard.Unit));
        Assert.Equal(-(Log(starts, 0, 0, 1) + Log(ends, 0, 2, 1) + Log(starts, 1, 1, 1) + Log(ends, 1, 1, 1)) / 4, hard.Value.ToDouble(), 1e-12);

        // τ = 2: what padding says, 100 here, has no share.
        double expected = 0;
        foreach (var z in (double[][])[starts, ends])
            for (int row = 0; row < 2; row++)
                for (int t = 0; t < (row == 0 ? 3 : 2); t++) expected += Math.Exp(Log(z, row, t, 1.5)) * (Log(z, row, t, 1.5) - Log(z, row, t, 0.5));
        var soft = Supervision.Soft("kd", batch, Logits(1), Logits(3), temperature: 2);
        Assert.Equal("L_Soft-CE", soft.Symbol);
        Assert.Equal(4 * expected / 4, soft.Value.ToDouble(), 1e-12);
        Assert.Contains("asks for spans", Assert.Throws<KitException>(() => Supervision.Hard("kd", batch, zeros(2, 3))).Message);
    }

    [Fact]
    public void NextTokensAreLearntWhereTheyAreScored()
    {
        using var scope = NewDisposeScope();
        using var batch = new Batch(tensor(new long[] { 1, 2, 3 }, [1, 3]), [3], targets: tensor(new long[] { Batch.Ignored, 1, 0 }, [1, 3]), targetCount: 2);
        var student = tensor(new double[] { 50, 0, 1, 2, 0, -1 }, [1, 3, 2]);
        var hard = Supervision.Hard("makd", batch, student);
        Assert.Equal(("L_MLE", Unit.Target), (hard.Symbol, hard.Unit));
        Assert.Equal((Math.Log(1 + Math.Exp(-1)) + Math.Log(1 + Math.Exp(-1))) / 2, hard.Value.ToDouble(), 1e-12);
        var soft = Supervision.Soft("makd", batch, student, -student, temperature: 1);
        double p = 1 / (1 + Math.Exp(-1));
        Assert.Equal(("L_KL", Unit.Target), (soft.Symbol, soft.Unit));
        Assert.Equal(2 * p - 1, soft.Value.ToDouble(), 1e-12);   // both rows: Σ p log(p/q) = (2p − 1)·1
    }
}
