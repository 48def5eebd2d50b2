using ResearchKit.Data;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tests.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Evaluation;

public class TransferEvaluationTests
{
    /// <summary>Its logits after token i are row i of a table.</summary>
    private sealed class TableModel : LanguageModel
    {
        private readonly TinyConfig _config;
        private readonly Parameter table;

        public TableModel(float[,] logits) : base("table")
        {
            _config = new TinyConfig { VocabularySize = logits.GetLength(1), ClassCount = 0 };
            register_parameter("table", table = nn.Parameter(tensor(logits)));
        }

        public override ModelConfig Config => _config;

        public override Tensor Embed(Batch batch) => throw new NotSupportedException();

        public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null) =>
            new() { Logits = table.index_select(0, batch.Ids.flatten()).reshape(batch.Rows, batch.Width, -1) };
    }

    private static readonly float[,] s_teacher = { { 2, 0, -1 }, { 0.1f, 0, 0 }, { -1, 0, 3 } };
    private static readonly float[,] s_student = { { 1, 0, 0 }, { 1, 2, 3 }, { 0, 2, 1 } };

    private static Collator Targets => new(0, CPU, targets: true);

    private static double[] Softmax(float[,] table, int row)
    {
        double[] exp = [.. Enumerable.Range(0, 3).Select(c => Math.Exp(table[row, c]))];
        return [.. exp.Select(e => e / exp.Sum())];
    }

    private static double Kl(double[] p, double[] q) => p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();

    private static double Std(float[,] table, int row)
    {
        double[] z = [.. Enumerable.Range(0, 3).Select(c => (double)table[row, c])];
        return Math.Sqrt(z.Sum(x => Math.Pow(x - z.Average(), 2)) / 3);
    }

    [Fact]
    public void Every_number_is_that_of_its_definition()
    {
        using var student = new TableModel(s_student);
        using var teacher = new TableModel(s_teacher);
        // Scored: 0→0, 0→1, 1→2, 2→2 (rows of different lengths, so that padding and the prompt's own token are there to be left out).
        Sample[] rows = [new([2, 0, 0, 1], ScoredFrom: 2), new([0, 2, 1, 2, 2], ScoredFrom: 3)];
        (int After, int Gold)[] scored = [(0, 0), (0, 1), (1, 2), (2, 2)];
        double[] unc = [.. scored.Select(t => 1 - Softmax(s_teacher, t.After)[t.Gold])];   // 0.16, 0.89, 0.68, 0.06
        double median = unc.Order().ElementAt(1);
        Assert.Equal(2, unc.Count(u => u > median));
        double Mean(Func<int, double> of, Func<int, bool> over) => Enumerable.Range(0, 4).Where(over).Average(of);
        double Agreement(int i) => scored[i].After == 0 ? 1 : 0;        // after 0, 1, 2 the student says 0, 2, 1, the teacher 0, 0, 2
        double Divergence(int i) => Kl(Softmax(s_teacher, scored[i].After), Softmax(s_student, scored[i].After));

        var metrics = new TransferEvaluation(rows, Targets, 2, teacher).Measure(student);
        foreach (var (part, over) in new (string, Func<int, bool>)[] { ("", _ => true), (" hard", i => unc[i] > median), (" easy", i => unc[i] <= median) })
        {
            Assert.Equal(Mean(Agreement, over), metrics["teacher agreement" + part], 1e-6);
            Assert.Equal(Mean(Divergence, over), metrics["teacher kl" + part], 1e-6);
            Assert.Equal(Mean(i => Std(s_student, scored[i].After), over), metrics["logit std" + part], 1e-6);
        }
        Assert.Equal(unc.Average(), metrics["uncertainty"], 1e-6);
        Assert.Equal(Mean(i => Std(s_teacher, scored[i].After), _ => true), metrics["teacher logit std"], 1e-6);
        Assert.Equal(11, metrics.Count);

        // The whole is what the plain evaluation says.
        var plain = new TokenEvaluation(rows, Targets, 2, teacher).Measure(student);
        Assert.Equal(plain["teacher agreement"], metrics["teacher agreement"], 1e-6);
        Assert.Equal(plain["teacher kl"], metrics["teacher kl"], 1e-6);
    }

    [Fact]
    public void Tokens_as_uncertain_as_the_median_are_easy_in_any_order()
    {
        using var student = new TableModel(s_student);
        using var teacher = new TableModel(s_teacher);
        // Five tokens, three of them alike: after 0 the gold is 0; after 2 it is 0, which is the hardest; after 1 they are all much alike.
        Sample[] rows = [new([2, 0, 0], ScoredFrom: 2), new([1, 0, 0], ScoredFrom: 2), new([1, 0, 0], ScoredFrom: 2), new([0, 2, 0], ScoredFrom: 2), new([0, 1, 2], ScoredFrom: 2)];
        foreach (var order in (int[][])[[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]])
        {
            var metrics = new TransferEvaluation([.. order.Select(i => rows[i])], Targets, 2, teacher).Measure(student);
            Assert.Equal((Std(s_student, 2) + Std(s_student, 1)) / 2, metrics["logit std hard"], 1e-6);
            Assert.Equal(Std(s_student, 0), metrics["logit std easy"], 1e-6);
        }
        var alike = new TransferEvaluation(rows[..3], Targets, 2, teacher).Measure(student);
        Assert.DoesNotContain("teacher kl hard", alike.Keys);
        Assert.Equal(alike["teacher kl"], alike["teacher kl easy"], 1e-12);
    }

    [Fact]
    public void An_adapted_teacher_is_reported_beside_its_base()
    {
        using var scope = NewDisposeScope();
        using var student = Tiny.Make<Gpt2>(Tiny.Gpt2 with { Layers = 1 });
        using var teacher = Tiny.Make<Gpt2>(Tiny.Gpt2);
        using var merged = Tiny.Make<Gpt2>(Tiny.Gpt2);
        using var adapter = new Lora(teacher, new() { Rank = 2 }, seed: 4);
        using (no_grad())
            foreach (var parameter in adapter.parameters()) parameter.copy_(randn(parameter.shape, generator: new Generator(3)) * 0.5);
        adapter.MergeInto(merged);
        Sample[] rows = [new([1, 2, 3, 4, 5, 6], ScoredFrom: 2), new([7, 8, 9], ScoredFrom: 1)];
        var evaluation = new TransferEvaluation(rows, Targets, 2, teacher);
        var before = evaluation.Measure(student);
        teacher.Adapter = adapter;
        var metrics = evaluation.Measure(student);
        Assert.Same(adapter, teacher.Adapter);
        foreach (var (name, value) in before) Assert.Equal(value, metrics[name], 1e-12);
        var toMerged = new TransferEvaluation(rows, Targets, 2, merged).Measure(student);
        Assert.Equal(toMerged["teacher kl"], metrics["adapted kl"], 1e-6);
        Assert.Equal(toMerged["teacher agreement"], metrics["adapted agreement"], 1e-12);
        Assert.True(Math.Abs(metrics["adapted kl"] - metrics["teacher kl"]) > 1e-3);
        Assert.Equal(before.Count + 6, metrics.Count);
        // Without it the plain evaluation means the base, too.
        Assert.Equal(before["teacher kl"], new TokenEvaluation(rows, Targets, 2, teacher).Measure(student)["teacher kl"], 1e-6);
    }

    [Fact]
    public void Nothing_scored_is_refused()
    {
        using var model = new TableModel(s_student);
        Assert.Contains("scored", Assert.Throws<KitException>(() => new TransferEvaluation([new([1, 2], ScoredFrom: 2)], Targets, 1, model).Measure(model)).Message);
    }
}
