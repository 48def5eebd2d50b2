using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Evaluation;

public class ExposureBiasTests
{
    private const int Vocabulary = 4, End = 3, Depth = 4;
    private static readonly Gpt2Config s_config = Tiny.Gpt2 with { VocabularySize = Vocabulary, MaxLength = 20 };

    private static Collator Targets => new(0, CPU, targets: true);

    // A model that knows its last token alone: neither attention nor position says anything.
    private static Gpt2 Markov(long seed)
    {
        using var frozen = no_grad();
        var model = (Gpt2)ModelFactory.Create(s_config.WithoutDropout() with { InitializerRange = 0.7, Layers = 1 }, seed);
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("wpe.weight", StringComparison.Ordinal) || name.Contains("attn.c_proj", StringComparison.Ordinal)) parameter.zero_();
        return model;
    }

    // A model that knows nothing: its logits are one row, the first column of the embeddings.
    private static Gpt2 Memoryless(params float[] logits)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var model = (Gpt2)ModelFactory.Create(s_config.WithoutDropout(), 1);
        var weights = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        weights["transformer.ln_f.weight"].zero_();
        weights["transformer.ln_f.bias"].zero_();
        weights["transformer.ln_f.bias"][0].fill_(1);
        weights["transformer.wte.weight"].select(1, 0).copy_(tensor(logits));
        return model;
    }

    private static int[][] Prompts(int count)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, count).Select(_ => (int[])[.. Enumerable.Range(0, 12).Select(_ => random.Next(Vocabulary)), 1])];
    }

    private static double[] After(Gpt2 model, int token)
    {
        using var scope = NewDisposeScope();
        using var quiet = new EvaluationMode(model);
        using var batch = Tiny.Rows([[token]]);
        return model.Forward(batch).Logits[0, 0].to_type(ScalarType.Float64).softmax(0).data<double>().ToArray();
    }

    private static double Kl(double[] p, double[] q) => p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();

    /// <summary>Every prefix that has not ended, by its last token: its probability under a sampler.</summary>
    private static List<double[]> Alive(double[][] sampler)
    {
        var weights = new double[Vocabulary];
        weights[1] = 1;
        List<double[]> all = [weights];
        for (int t = 1; t < Depth; t++)
        {
            var next = new double[Vocabulary];
            for (int from = 0; from < Vocabulary; from++)
                for (int to = 0; to < Vocabulary; to++)
                    if (to != End) next[to] += all[^1][from] * sampler[from][to];
            all.Add(next);
        }
        return all;
    }

    [Fact]
    public void It_is_the_expectation_over_all_prefixes()
    {
        using var student = Markov(3);
        using var teacher = Markov(11);
        double[][] q = [.. Enumerable.Range(0, Vocabulary).Select(i => After(student, i))], p = [.. Enumerable.Range(0, Vocabulary).Select(i => After(teacher, i))];
        double[] kl = [.. p.Zip(q, Kl)];
        const int rows = 4000;
        var curve = new ExposureBias(Prompts(rows), Targets, rows, teacher, End, new() { Tokens = Depth }).Curve(student);
        Assert.Equal(Depth, curve.Excess.Count);
        foreach (var (sampler, sums, alive) in new[] { (q, curve.Regret, curve.StudentRows), (p, curve.OracleError, curve.TeacherRows) })
        {
            double expected = 0, error = 0;
            var weights = Alive(sampler);
            for (int t = 0; t < Depth; t++)
            {
                double living = weights[t].Sum(), mean = weights[t].Zip(kl, (w, k) => w * k).Sum() / living;
                double deviation = Math.Sqrt(weights[t].Zip(kl, (w, k) => w * (k - mean) * (k - mean)).Sum() / living);
                expected += mean;
                error += 4.5 * deviation / Math.Sqrt(rows * living);
                Assert.Equal(expected, sums[t], 1e-5 + error);
                Assert.Equal(living, alive[t] / (double)rows, 0.04);
            }
            Assert.Equal(kl[1], sums[0], 1e-5);   // the first generated position is part of it, and there is no chance in it
        }
        // The two differ by much more than chance.
        double exact = Excess(Alive(q), Alive(p), kl);
        Assert.True(Math.Abs(exact) > 0.05, $"{exact}");
        Assert.Equal(exact, curve.Excess[^1], 0.05);
    }

    private static double Excess(List<double[]> student, List<double[]> teacher, double[] kl)
    {
        double Sum(List<double[]> weights) => weights.Sum(w => w.Zip(kl, (a, b) => a * b).Sum() / w.Sum());
        return (Sum(student) - Sum(teacher)) / Sum(teacher);
    }

    [Fact]
    public void Models_without_memory_have_none()
    {
        using var student = Memoryless(1, 0, -1, 0.5f);
        using var teacher = Memoryless(0, 1, 0, -0.5f);
        var evaluation = new ExposureBias(Prompts(20), Targets, 7, teacher, End, new() { Tokens = 6, Seeds = [1, 2] });
        double kl = Kl(After(teacher, 0), After(student, 0));
        Assert.True(kl > 0.1);
        var metrics = evaluation.Measure(student);
        Assert.Equal(0, metrics["exaccerr"], 1e-6);
        Assert.All(evaluation.Last!.Regret.Select((r, t) => (r, t)), x => Assert.Equal((x.t + 1) * kl, x.r, 1e-5));
        Assert.Equal(40, evaluation.Last.StudentRows[0]);   // two samples a prompt
    }

    [Fact]
    public void A_student_that_is_the_teacher_errs_nowhere()
    {
        using var model = Markov(3);
        using var same = Markov(3);
        var evaluation = new ExposureBias(Prompts(10), Targets, 4, same, End, new() { Tokens = 5 });
        Assert.Equal(0, evaluation.Measure(model)["exaccerr"]);
        Assert.All(evaluation.Last!.Regret.Concat(evaluation.Last.OracleError).Concat(evaluation.Last.Excess), x => Assert.Equal(0, x));
    }

    [Fact]
    public void Ended_rows_count_for_nothing_and_the_curve_ends_with_the_rows()
    {
        var curve = new ExposureCurve([[1, 2], [3]], [[1, 1, 9], [1, 1]]);
        Assert.Equal([2.0, 4], curve.Regret);
        Assert.Equal([1.0, 2], curve.OracleError);
        Assert.Equal([1.0, 1], curve.Excess);
        Assert.Equal([2, 1], curve.StudentRows);
        Assert.Equal([2, 2], curve.TeacherRows);
    }

    [Fact]
    public void Without_an_error_of_the_oracle_the_excess_is_zero_or_infinite()
    {
        var curve = new ExposureCurve([[0, 1]], [[0, 0]]);
        Assert.Equal([0, double.PositiveInfinity], curve.Excess);
        var file = Path.GetTempFileName();
        try
        {
            curve.Save(file);
            var json = JsonNode.Parse(File.ReadAllText(file))!;
            Assert.Null(json["excess"]![1]);
            Assert.Equal(1, json["regret"]![1]!.GetValue<double>());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Batches_and_an_adapter_of_the_teacher_do_not_matter()
    {
        using var scope = NewDisposeScope();
        using var student = Tiny.Make<Gpt2>(s_config);
        using var teacher = (Gpt2)ModelFactory.Create(s_config.WithoutDropout() with { InitializerRange = 0.4 }, 9, type: ScalarType.Float64);
        int[][] prompts = [[1, 2], [0], [1, 1, 1, 2], [2, 0, 1]];
        double[] Curve(int batch) => [.. new ExposureBias(prompts, Targets, batch, teacher, End, new() { Tokens = 6 }).Curve(student).Regret];
        var expected = Curve(4);
        using var adapter = new Lora(teacher, new() { Rank = 2 }, seed: 4);
        using (no_grad())
            foreach (var parameter in adapter.parameters()) parameter.fill_(0.5);
        teacher.Adapter = adapter;
        Assert.All(expected.Zip(Curve(1)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Same(adapter, teacher.Adapter);
    }

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        using var model = Markov(3);
        using var encoder = Tiny.Make<Bert>(Tiny.Bert);
        string Refused(int[][] prompts, LanguageModel teacher, ExposureSettings settings) =>
            Assert.Throws<KitException>(() => new ExposureBias(prompts, Targets, 2, teacher, End, settings).Measure(model)).Message;
        Assert.Contains("at least one prompt", Refused([], model, new()));
        Assert.Contains("writes no text", Refused([[1]], encoder, new()));
        Assert.Contains("at least one, each once", Refused([[1]], model, new() { Seeds = [] }));
        Assert.Contains("Cut the prompts to 4", Refused([[1, 2, 0, 1, 2]], model, new() { Tokens = 16 }));
    }
}
