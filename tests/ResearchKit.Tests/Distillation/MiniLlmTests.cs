using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static ResearchKit.Tests.Distillation.WritingMethods;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

/// <summary>The policy gradient against the gradient of KL(p_S ‖ p_T) itself, all responses of a tiny model enumerated.</summary>
public class MiniLlmTests
{
    private const int Words = 3, Last = 2, Longest = 3;
    private static readonly int[] s_prompt = [0, 1];
    private static readonly Gpt2Config s_shape = new() { VocabularySize = Words, Width = 4, Layers = 1, Heads = 2, MaxLength = 8, EndId = Last };

    private static readonly MiniLlm.Settings s_exact = new()
    {
        TeacherShare = 0, Discount = 1, LengthNormalised = false, Whiten = false, RewardScale = 1, RewardClip = null, RatioClip = null, MaxNewTokens = Longest,
    };

    // Every response: it ends with the end token, or is cut off at its longest.
    private static IEnumerable<int[]> Responses(int[] begun) => begun.Length > 0 && (begun[^1] == Last || begun.Length == Longest)
        ? [begun] : Enumerable.Range(0, Words).SelectMany(token => Responses([.. begun, token]));

    private static Tensor LogProbabilities(Decoder model, int[] response)
    {
        using var batch = Tests.Models.Tiny.Rows([[.. s_prompt, .. response]]);
        var log = model.Forward(batch).Logits.log_softmax(-1)[0].narrow(0, s_prompt.Length - 1, response.Length);
        return log.gather(1, tensor(response.Select(t => (long)t).ToArray()).unsqueeze(1)).squeeze(1);              // [T]
    }

    private static double[] Gradient(Decoder student, Func<Tensor> value)
    {
        foreach (var p in student.parameters()) p.grad = null;
        value().backward();
        return [.. student.parameters().SelectMany(p => p.grad is null ? new double[p.numel()] : p.grad.flatten().data<double>().ToArray())];
    }

    private static double[] Exact(Decoder student, Decoder teacher) => Gradient(student, () => Responses([]).Select(y =>
    {
        var q = LogProbabilities(student, y).sum();
        return q.exp() * (q - LogProbabilities(teacher, y).sum().detach());
    }).Aggregate((a, b) => a + b));

    // Σ_y p̃(y) ∇(sum over the tokens of the method's terms at y).
    private static double[] Expected(Decoder student, Decoder teacher, MiniLlm.Settings settings, params string[] terms)
    {
        using var method = new MiniLlm(student, teacher, settings);
        return Gradient(student, () => Responses([]).Select(y =>
        {
            var (q, p) = (LogProbabilities(student, y).detach().exp(), LogProbabilities(teacher, y).detach().exp());
            double chance = (p * settings.TeacherShare + q * (1 - settings.TeacherShare)).prod().ToDouble();
            using var batch = Rollouts.Make([new(s_prompt, y)], CPU, s_shape.MaxLength);
            var found = Terms(method, batch);
            return terms.Select(t => found[t].Value).Aggregate((a, b) => a + b) * (chance * y.Length);
        }).Aggregate((a, b) => a + b));
    }

    private static double Apart(double[] a, double[] b) => Math.Sqrt(a.Zip(b).Sum(x => Math.Pow(x.First - x.Second, 2)) / b.Sum(x => x * x));

    private static (Decoder Student, Decoder Teacher) Pair() => (Model(1, ScalarType.Float64, s_shape), Model(2, ScalarType.Float64, s_shape));

    [Fact]
    public void AllResponsesAreAWholeDistribution()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var owned = student;
        using var other = teacher;
        Assert.Equal(1 + 2 + 12, Responses([]).Count());
        Assert.Equal(1, Responses([]).Sum(y => LogProbabilities(student, y).sum().exp().ToDouble()), 1e-12);
    }

    [Fact]
    public void TheExpectedGradientIsThatOfTheDivergence()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var owned = student;
        using var other = teacher;
        var exact = Exact(student, teacher);
        Assert.True(exact.Sum(g => g * g) > 1e-3);
        // Plain policy gradient; the part of it that is exact at each position; and from responses that both models wrote.
        Assert.True(Apart(Expected(student, teacher, s_exact with { OwnReward = true }, "L_Long"), exact) < 1e-10);
        Assert.True(Apart(Expected(student, teacher, s_exact, "L_Single", "L_Long"), exact) < 1e-10);
        Assert.True(Apart(Expected(student, teacher, s_exact with { TeacherShare = 0.3, Importance = "sequence" }, "L_Single", "L_Long"), exact) < 1e-10);
    }

    [Fact]
    public void WhatIsLeftOutIsMissed()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var owned = student;
        using var other = teacher;
        var exact = Exact(student, teacher);
        double Off(MiniLlm.Settings settings, params string[] terms) => Apart(Expected(student, teacher, settings, terms), exact);
        Assert.True(Off(s_exact, "L_Single") > 0.01);                                                         // without the future
        Assert.True(Off(s_exact with { OwnReward = true }, "L_Single", "L_Long") > 0.05);                     // r_t twice
        Assert.True(Off(s_exact with { TeacherShare = 0.3, Importance = "none" }, "L_Single", "L_Long") > 0.01);
        double token = Off(s_exact with { TeacherShare = 0.3, Importance = "token" }, "L_Single", "L_Long");
        Assert.True(token > 1e-3, "a token's own weight is not the response's");
    }

    [Fact]
    public void ReturnsAreWhatTheyAreByHand()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var owned = student;
        using var other = teacher;
        int[] y = [0, 1, 1];
        double[] r = (LogProbabilities(teacher, y) - LogProbabilities(student, y)).detach().data<double>().ToArray();
        double Long(MiniLlm.Settings settings)
        {
            using var method = new MiniLlm(student, teacher, settings);
            using var batch = Rollouts.Make([new(s_prompt, y)], CPU, s_shape.MaxLength);
            return Terms(method, batch)["L_Long"].Value.ToDouble();        // every ratio is 1: the mean of the advantages, negative
        }
        Assert.Equal(-(r[1] + (0.5 * r[2]) + r[2]) / 3, Long(s_exact with { Discount = 0.5 }), 1e-12);
        Assert.Equal(-(((r[1] + r[2]) / 2) + r[2]) / 3, Long(s_exact with { LengthNormalised = true }), 1e-12);
        Assert.Equal(-(r[0] + r[1] + r[2] + r[1] + r[2] + r[2]) / 3, Long(s_exact with { OwnReward = true }), 1e-12);
        Assert.Equal(-(r[1] + r[2] + r[2]) / 3 / 0.5, Long(s_exact with { RewardScale = 0.5 }), 1e-12);
        double Clip(double x) => Math.Clamp(x, -0.1, 0.1);
        Assert.Equal(-(Clip(r[1]) + Clip(r[2]) + Clip(r[2])) / 3, Long(s_exact with { RewardClip = 0.1 }), 1e-12);
        Assert.Equal(0, Long(s_exact with { Whiten = true }), 1e-12);
    }

    [Fact]
    public void ALongResponseHasReturnsStill()
    {
        using var scope = NewDisposeScope();
        var shape = s_shape with { MaxLength = 2048 };
        using Decoder student = Model(1, ScalarType.Float32, shape), teacher = Model(2, ScalarType.Float32, shape);
        using var method = new MiniLlm(student, teacher, new());
        using var batch = Rollouts.Make([new([0], [.. Enumerable.Repeat(1, 1500)]), new([1], [0, 2])], CPU, 2048);
        Assert.All(Terms(method, batch).Values, t => Assert.True(double.IsFinite(t.Value.ToDouble())));
    }

    [Fact]
    public void PaddingIsNoPartOfIt()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var owned = student;
        using var other = teacher;
        using var method = new MiniLlm(student, teacher, s_exact with { LengthNormalised = true });
        Rollout one = new(s_prompt, [0, 1, 1]), two = new([0], [2]);
        double Sum(params Rollout[] rows)
        {
            using var batch = Rollouts.Make(rows, CPU, s_shape.MaxLength);
            return Terms(method, batch).Values.Sum(t => t.Value.ToDouble()) * batch.TargetCount;
        }
        Assert.Equal(Sum(one) + Sum(two), Sum(one, two), 1e-10);
    }

    [Fact]
    public void OneBatchOfResponsesServesItsStepsAndTheRatioIsClipped()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        using var method = new MiniLlm(student, teacher, new() { InnerEpochs = 3, MaxNewTokens = 4 });
        using var sampling = new Generator(5);
        var seen = new List<string>();
        for (int step = 0; step < 7; step++)
            using (var batch = method.Prepare(Rows(step % 6), sampling, step / 7.0))
            {
                seen.Add(string.Join(' ', Host(batch.Ids)[0]));
                Terms(method, batch);
            }
        Assert.Equal(seen[0], seen[1]);
        Assert.Equal(seen[0], seen[2]);
        Assert.NotEqual(seen[0], seen[3]);
        Assert.Equal(seen[3], seen[5]);
        Assert.NotEqual(seen[5], seen[6]);
    }
}
