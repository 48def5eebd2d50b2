using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Papers.OnlineDistillation;
using ResearchKit.Tests.Training;
using TorchSharp;
using Xunit;
using static ResearchKit.Tests.Distillation.FeatureMethods;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Papers.OnlineDistillation;

/// <summary>The adapting teacher where it is an encoder.</summary>
public class OnlineEncoderTests
{
    private static OnlineKd.Settings Small => new() { Rank = 2, Kappa = 0.5 };

    private static void Move(OnlineKd method)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator(5);
        foreach (var parameter in method.Online.parameters()) parameter.copy_(randn(parameter.shape, generator: generator) * 0.3);
    }

    [Theory]
    [InlineData("classes")]
    [InlineData("number")]
    [InlineData("span")]
    public void TheModuleAndTheStudentLearnAndTheTeacherStays(string kind)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(kind, type: ScalarType.Float32);
        using var method = new OnlineKd(student, teacher, Small);
        Dictionary<string, double[]> studentBefore = Bits.Of(student), teacherBefore = Bits.Of(teacher), onlineBefore = Bits.Of(method.Online);
        var steps = Run(method, () => Rows(kind), Train with { Steps = 2 });
        Assert.Equal(["L_s", "L_t-KL", "L_t-MLE", "L_s-MLE"], steps[0].Terms.Keys);
        Assert.Equal(teacherBefore, Bits.Of(teacher));
        Assert.All(Bits.Of(method.Online), p => Assert.NotEqual(onlineBefore[p.Key], p.Value));
        Assert.Contains(Bits.Of(student), p => !p.Value.SequenceEqual(studentBefore[p.Key]));
        Assert.All(teacher.parameters(), p => Assert.False(p.requires_grad));
    }

    [Theory]
    [InlineData("classes")]
    [InlineData("number")]
    [InlineData("span")]
    public void ItsTermsAreThoseOfTheTaskAndNeitherReachesTheOtherSide(string kind)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(kind);
        using var batch = Rows(kind);
        using var method = new OnlineKd(student, teacher, Small with { Temperature = 2 });
        Move(method);
        var terms = Terms(method, batch).ToDictionary(t => t.Symbol);
        Tensor s = student.Forward(batch).Logits, t = teacher.Forward(batch).Logits;
        if (kind == "span") (s, t) = (Supervision.Ends("okd", batch, s), Supervision.Ends("okd", batch, t));
        double forward = kind == "number" ? SquaredError.Mean(s, t).ToDouble() : Divergence.ForwardKl(s, t, temperature: 2).ToDouble();
        double reverse = kind == "number" ? SquaredError.Mean(s, t).ToDouble() : Divergence.ReverseKl(s, t, temperature: 2).ToDouble();
        var right = kind switch
        {
            "classes" => CrossEntropy.Mean(t, batch.Labels!),
            "number" => SquaredError.Mean(t.squeeze(-1), batch.Labels!),
            _ => CrossEntropy.Mean(t, batch.Spans!),
        };
        Assert.Equal(forward, terms["L_s"].Value.ToDouble(), 1e-12);
        Assert.Equal(reverse, terms["L_t-KL"].Value.ToDouble(), 1e-12);
        Assert.Equal(right.ToDouble(), terms["L_t-MLE"].Value.ToDouble(), 1e-12);
        if (kind != "number") Assert.NotEqual(forward, reverse, 1e-6);

        Tensor[] students = [.. student.parameters()], onlines = [.. method.Online.parameters()];
        foreach (var term in terms.Values)
        {
            bool ofStudent = term.Learner == "student";
            var gradients = autograd.grad([term.Value], [.. students, .. onlines], retain_graph: true, allow_unused: true);
            Assert.All(ofStudent ? gradients.Skip(students.Length) : gradients.Take(students.Length), g => Assert.True(g.IsInvalid));
            Assert.Contains(ofStudent ? gradients.Take(students.Length) : gradients.Skip(students.Length), g => !g.IsInvalid && g.abs().sum().ToDouble() > 0);
        }
    }

    [Fact]
    public void WithAFreshModuleTheFirstLossIsDistillations()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair("classes");
        using var batch = Rows("classes");
        double kd = Terms(new KnowledgeDistillation(student, teacher, new() { Temperature = 2 }), batch)[1].Value.ToDouble();
        using var method = new OnlineKd(student, teacher, Small with { Temperature = 2 });
        Assert.Equal(kd, Terms(method, batch)[0].Value.ToDouble());
    }

    [Fact]
    public void ThereIsNothingBeforeAnEncodersText()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair("classes");
        Assert.Contains("Use lora", Assert.Throws<KitException>(() => new OnlineKd(student, teacher, new() { Module = "prefix" })).Message);
        Assert.Null(teacher.Adapter);
    }

    [Fact]
    public void LoyaltyIsToTheTeacherWithoutItsModule()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair("classes", type: ScalarType.Float32);
        ResearchKit.Data.Sample[] rows = [new([1, 2, 3], 0), new([4, 5], 1), new([6, 7, 8, 9], 2)];
        IReadOnlyDictionary<string, double> Loyalty() => new ResearchKit.Evaluation.ClassEvaluation(rows, new ResearchKit.Data.Collator(0, CPU), 2, teacher).Measure(student);
        var expected = Loyalty();
        using var method = new OnlineKd(student, teacher, Small);
        Move(method);
        Assert.Equal(expected, Loyalty());
        Assert.Same(method.Online, teacher.Adapter);
    }
}
