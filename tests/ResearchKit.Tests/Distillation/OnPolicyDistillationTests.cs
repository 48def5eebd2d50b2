using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static ResearchKit.Tests.Distillation.WritingMethods;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

public class OnPolicyDistillationTests
{
    private static Batch Prepared(IMethod method, Batch batch, ulong seed = 7, double progress = 0)
    {
        using var sampling = new Generator(seed);
        using var frozen = no_grad();
        return method.Prepare(batch, sampling, progress);
    }

    // ------------------------------------------------------------------------------------------------------------------ what is written

    [Fact]
    public void APromptIsWhatStandsBeforeTheFirstScoredToken()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows();
        Assert.Equal([.. Enumerable.Range(0, 6).Select(Prompt)], Rollouts.Prompts("gkd", batch));
    }

    /// <summary>Off by one anywhere, in the data, in what is written, or in the loss, and a student that predicts every token that is really there with certainty
    /// has another loss than 0.</summary>
    [Theory]
    [InlineData("data")]
    [InlineData("written")]
    public void EveryTargetIsTheNextTokenOfTheResponse(string whose)
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        using var given = Rows();
        var prompts = Rollouts.Prompts("gkd", given);
        using var batch = whose == "data" ? Rows() : Prepared(Method("""{"name":"gkd","share":1,"maxNewTokens":6}""", student, teacher), Rows());
        var (ids, targets) = (Host(batch.Ids), Host(batch.Targets!));
        long count = 0;
        for (int row = 0; row < ids.Length; row++)
        {
            Assert.Equal(prompts[row], ids[row][..prompts[row].Length].Select(i => (int)i));
            for (int t = 0; t < batch.Width; t++)
            {
                bool predicts = t >= prompts[row].Length - 1 && t < batch.Lengths[row] - 1;
                Assert.Equal(predicts ? ids[row][t + 1] : Batch.Ignored, targets[row][t]);
                count += predicts ? 1 : 0;
            }
        }
        Assert.Equal(count, batch.TargetCount);
        double Loss(int shift) => CrossEntropy.Mean(nn.functional.one_hot(batch.Ids.roll(-1 + shift, 1), Vocabulary).to(ScalarType.Float32) * 60, batch.Targets!).ToDouble();
        Assert.True(Loss(0) < 1e-6);
        Assert.True(Loss(1) > 1);
        Assert.True(Loss(-1) > 1);
    }

    [Fact]
    public void TheEndTokenIsWrittenReadAndPredictedAndNothingComesAfter()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        using var batch = Prepared(Method("""{"name":"gkd","share":1,"maxNewTokens":9}""", student, teacher), Rows(), seed: 3);
        using var given = Rows();
        var prompts = Rollouts.Prompts("gkd", given);
        var ids = Host(batch.Ids);
        int ended = 0;
        for (int row = 0; row < ids.Length; row++)
        {
            int length = (int)batch.Lengths[row], first = Array.IndexOf(ids[row], End, prompts[row].Length, length - prompts[row].Length);
            if (first >= 0) Assert.Equal(length - 1, first);       // the end token is the row's last, and a token like any other
            else Assert.Equal(prompts[row].Length + 9, length);
            ended += first >= 0 ? 1 : 0;
        }
        Assert.InRange(ended, 1, ids.Length);
        Assert.All(Host(batch.Targets!).Zip(batch.Lengths), r => Assert.All(r.First[((int)r.Second - 1)..], t => Assert.Equal(Batch.Ignored, t)));
    }

    [Fact]
    public void ALastTokenWithoutAPlaceIsPredictedAndNotRead()
    {
        using var scope = NewDisposeScope();
        using var batch = Rollouts.Make([new([1, 3], [4, 5, 6]), new([1], [7])], CPU, positions: 4);
        Assert.Equal(4, batch.Width);
        Assert.Equal<long[]>([[1, 3, 4, 5], [1, 7, 0, 0]], Host(batch.Ids));
        Assert.Equal<long[]>([[-100, 4, 5, 6], [7, -100, -100, -100]], Host(batch.Targets!));
        Assert.Equal(4, batch.TargetCount);
    }

    [Fact]
    public void WritingTakesNoGradientAndLeavesTheStudentTraining()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        student.train();
        using var batch = Prepared(Method("""{"name":"imitkd","maxNewTokens":4}""", student, teacher), Rows());
        Assert.True(student.training);
        Assert.All(student.parameters(), p => Assert.Null(p.grad));
        Assert.False(batch.Ids.requires_grad);
    }

    [Fact]
    public void TheSharesBatchesAreTheStudentsAndTheRestTheDatas()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        using var batch = Rows();
        int Own(string json) => Enumerable.Range(0, 200).Count(i => !ReferenceEquals(batch, Prepared(Method(json, student, teacher), batch, seed: (ulong)i)));
        Assert.Equal(0, Own("""{"name":"gkd","share":0,"maxNewTokens":1}"""));
        Assert.Equal(200, Own("""{"name":"imitkd","maxNewTokens":1}"""));
        Assert.InRange(Own("""{"name":"gkd","share":0.25,"maxNewTokens":1}"""), 30, 70);
    }

    [Fact]
    public void TheTemperatureOfWritingIsHonoured()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        int Different(double temperature)
        {
            var method = Method($$"""{"name":"imitkd","maxNewTokens":8,"samplingTemperature":{{temperature.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}""", student, teacher);
            return Enumerable.Range(0, 20).Select(i => { using var b = Prepared(method, Rows(3), (ulong)i); return string.Join(' ', Host(b.Ids)[0]); }).Distinct().Count();
        }
        Assert.Equal(1, Different(1e-3));      // the likeliest text, whatever the numbers drawn
        Assert.True(Different(1) > 10);
    }

    // ------------------------------------------------------------------------------------------------------------------------ the loss

    [Theory]
    [InlineData("""{"name":"gkd","divergence":"jsd","beta":0.3,"temperature":2}""", """{"name":"jsd","beta":0.3,"temperature":2}""")]
    [InlineData("""{"name":"gkd","divergence":"forward-kl"}""", """{"name":"fkl"}""")]
    [InlineData("""{"name":"gkd","divergence":"reverse-kl","temperature":3}""", """{"name":"rkl","temperature":3}""")]
    [InlineData("""{"name":"gkd","divergence":"jsd","beta":0}""", """{"name":"fkl"}""")]
    [InlineData("""{"name":"gkd","divergence":"jsd","beta":1}""", """{"name":"rkl"}""")]
    [InlineData("""{"name":"gkd","divergence":"skew-kl","skew":0}""", """{"name":"fkl"}""")]
    [InlineData("""{"name":"distillm","skew":0}""", """{"name":"fkl"}""")]
    [InlineData("""{"name":"distillm","divergence":"skew-reverse-kl","skew":0}""", """{"name":"rkl"}""")]
    [InlineData("""{"name":"imitkd"}""", """{"name":"fkl"}""")]
    public void OnGivenResponsesItIsTheMethodWithoutWriting(string json, string other)
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1, ScalarType.Float64), teacher = Model(2, ScalarType.Float64);
        using var batch = Rows();
        double found = Terms(Method(json, student, teacher), batch).Values.First().Value.ToDouble();
        Assert.Equal(Terms(Method(other, student, teacher), batch).Values.First().Value.ToDouble(), found, 1e-12);
        Assert.True(found > 0.01);
    }

    [Theory]
    [InlineData("""{"name":"rkl","temperature":2}""", 4.0)]
    [InlineData("""{"name":"jsd","beta":0.25}""", 1.0)]
    public void TokenMethodsAreTheirEquationOnTheScoredTargetsAlone(string json, double square)
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1, ScalarType.Float64), teacher = Model(2, ScalarType.Float64);
        using var batch = Rows();
        double tau = Math.Sqrt(square);
        var (s, t) = ((student.Forward(batch).Logits / tau).softmax(-1), (teacher.Forward(batch).Logits / tau).softmax(-1));
        double Kl(Tensor a, Tensor b) => (a * (a / b).log()).sum().ToDouble();
        double sum = 0;
        var targets = Host(batch.Targets!);
        for (int row = 0; row < targets.Length; row++)
            for (int i = 0; i < targets[row].Length; i++)
            {
                if (targets[row][i] == Batch.Ignored) continue;
                var (q, p) = (s[row][i], t[row][i]);
                sum += json.Contains("rkl", StringComparison.Ordinal) ? Kl(q, p) : (0.25 * Kl(p, p * 0.25 + q * 0.75)) + (0.75 * Kl(q, p * 0.25 + q * 0.75));
            }
        Assert.Equal(square * sum / batch.TargetCount, Terms(Method(json, student, teacher), batch).Values.Single().Value.ToDouble(), 1e-10);
    }

    [Theory]
    [InlineData("""{"name":"rkl","kappa":0.7}""")]
    [InlineData("""{"name":"jsd","kappa":0.7}""")]
    [InlineData("""{"name":"gkd","share":1,"maxNewTokens":5}""")]
    [InlineData("""{"name":"distillm","start":1,"maxNewTokens":5}""")]
    [InlineData("""{"name":"seqkd","kappa":0.5,"maxNewTokens":5}""")]
    [InlineData("""{"name":"minillm","maxNewTokens":5}""")]
    public void GradientsAreThoseOfFiniteDifferences(string json)
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1, ScalarType.Float64), teacher = Model(2, ScalarType.Float64);
        var method = Method(json, student, teacher);
        using var owned = method as IDisposable;
        using var batch = Prepared(method, Rows());
        Terms(method, batch);                            // what minillm measures its ratio from is fixed at the first look
        var part = student.named_parameters().Where(p => p.name.EndsWith("wte.weight", StringComparison.Ordinal) || p.name.Contains("h.1.mlp", StringComparison.Ordinal)).Select(p => (Tensor)p.parameter);
        if (json.Contains("minillm", StringComparison.Ordinal))
            using (no_grad())
                foreach (var p in student.parameters()) p.mul_(1.01);    // away from the kink where every ratio is 1
        GradientCheck.First(() => Terms(method, batch).Values.Where(t => t.Weight != 0).Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b), [.. part]);
    }

    [Theory]
    [InlineData("""{"name":"rkl"}""")]
    [InlineData("""{"name":"jsd"}""")]
    [InlineData("""{"name":"gkd","share":1,"maxNewTokens":4}""")]
    [InlineData("""{"name":"distillm","start":1,"maxNewTokens":4}""")]
    [InlineData("""{"name":"minillm","maxNewTokens":4}""")]
    public void AStudentThatIsTheTeacherHasNothingToLearn(string json)
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(2, ScalarType.Float64), teacher = Model(2, ScalarType.Float64);
        var method = Method(json, student, teacher);
        using var owned = method as IDisposable;
        using var batch = Prepared(method, Rows());
        var terms = Terms(method, batch).Values.Where(t => t.Weight != 0).ToArray();
        Assert.All(terms, t => Assert.Equal(0, t.Value.ToDouble(), 1e-12));
        terms.Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b).backward();
        Assert.All(student.parameters(), p => Assert.True(p.grad is null || p.grad.abs().max().ToDouble() < 1e-10));
    }

    // ---------------------------------------------------------------------------------------------------------------------- trainings

    [Theory]
    [InlineData("""{"name":"gkd","maxNewTokens":5}""", 1)]
    [InlineData("""{"name":"imitkd","maxNewTokens":5}""", 2)]
    [InlineData("""{"name":"seqkd","maxNewTokens":5}""", 1)]
    [InlineData("""{"name":"distillm","start":0.7,"capacity":6,"maxNewTokens":5}""", 1)]
    [InlineData("""{"name":"minillm","innerEpochs":3,"maxNewTokens":5}""", 1)]
    [InlineData("""{"name":"minillm","innerEpochs":2,"maxNewTokens":5}""", 2)]
    public void AResumedRunIsTheUninterruptedOneToTheBit(string json, int accumulate)
    {
        using var scope = NewDisposeScope();
        var (whole, resumed) = Interrupted(json, m => Bits.Of(m.Student), steps: 8, stop: 4, accumulate);
        Assert.Equal(whole, resumed);
    }

    [Fact]
    public void TheTeacherWritesToEachRowOnce()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        var method = (SequenceDistillation)Method("""{"name":"seqkd","maxNewTokens":5}""", student, teacher);
        using Batch first = Prepared(method, Rows(0, 1, 0)), second = Prepared(method, Rows(0, 1, 0), seed: 99), company = Prepared(method, Rows(3, 1));
        Assert.Equal(3, method.Written);                                       // rows 0 and 1, and then row 3
        Assert.Equal(Host(first.Ids), Host(second.Ids));
        Assert.Equal(Host(first.Ids)[0], Host(first.Ids)[2]);
        int n = (int)Math.Min(first.Lengths[1], company.Lengths[1]);
        Assert.Equal(first.Lengths[1], company.Lengths[1]);
        Assert.Equal(Host(first.Ids)[1][..n], Host(company.Ids)[1][..n]);      // whatever company it was written in
    }

    [Fact]
    public void SequenceDistillationIsTheLikelihoodOfTheTeachersResponses()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1, ScalarType.Float64), teacher = Model(2, ScalarType.Float64);
        var method = Method("""{"name":"seqkd","greedy":true,"maxNewTokens":5}""", student, teacher);
        using var batch = Prepared(method, Rows());
        using var given = Rows();
        var written = Generation.Generate(teacher, Rollouts.Prompts("seqkd", given), new GenerationOptions { Greedy = true, MaxNewTokens = 5, EndId = End });
        double sum = 0;
        foreach (var (prompt, response) in Rollouts.Prompts("seqkd", given).Zip(written))
        {
            using var alone = Tiny.Rows([[.. prompt, .. response.Tokens]]);
            var log = student.Forward(alone).Logits.log_softmax(-1)[0];
            sum -= response.Tokens.Select((token, i) => log[prompt.Length - 1 + i][token].ToDouble()).Sum();
        }
        Assert.Equal(sum / written.Sum(w => w.Tokens.Length), Terms(method, batch).Values.Single().Value.ToDouble(), 1e-10);
    }

    [Fact]
    public void AnEncoderIsRefused()
    {
        using var scope = NewDisposeScope();
        using LanguageModel student = Tiny.Make<LanguageModel>(Tiny.Bert), teacher = Tiny.Make<LanguageModel>(Tiny.Bert);
        foreach (var name in (string[])["rkl", "jsd", "seqkd", "imitkd", "gkd", "minillm", "distillm"])
            Assert.Contains("predict tokens", Assert.Throws<KitException>(() => MethodCatalog.Create(new() { ["name"] = name }, student, teacher)).Message);
    }
}
