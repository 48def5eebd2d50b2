using System.Text.Json.Nodes;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>The last map, as wide as the vocabulary, is computed where something is scored, and the losses are those of all positions.</summary>
public class ScoredLogitsTests
{
    private static Batch Rows(params (int[] Ids, int From)[] rows)
    {
        int width = rows.Max(r => r.Ids.Length);
        long[] ids = [.. rows.SelectMany(r => r.Ids.Select(i => (long)i).Concat(Enumerable.Repeat(0L, width - r.Ids.Length)))];
        long[] targets = [.. rows.SelectMany(r => Batch.NextTokenTargets(r.Ids, r.From).Concat(Enumerable.Repeat(Batch.Ignored, width - r.Ids.Length)))];
        return new(tensor(ids, [rows.Length, width]), [.. rows.Select(r => (long)r.Ids.Length)],
            targets: tensor(targets, [rows.Length, width]), targetCount: targets.Count(t => t != Batch.Ignored));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    public void They_are_the_logits_of_those_positions(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Decoder(name);
        using var batch = Rows(([1, 2, 3, 4, 5], 2), ([6, 7], 1), ([8, 9, 10, 11], 3));
        var all = model.Forward(batch);
        var scored = model.Forward(batch, Observe.ScoredLogits);
        Assert.Equal([5, 13], scored.Logits.shape);   // targets 3 4 5, 7, 11
        var expected = stack([all.Logits[0, 1], all.Logits[0, 2], all.Logits[0, 3], all.Logits[1, 0], all.Logits[2, 2]]);
        Assert.True(scored.Logits.allclose(expected, 1e-12, 1e-12));
        Assert.Equal(Numbers(expected), Numbers(all.ScoredLogits(batch)));
        Assert.Same(scored.Logits, scored.ScoredLogits(batch));
        Assert.Equal([3L, 4, 5, 7, 11], batch.AtScored(batch.Targets!).data<long>().ToArray());

        using var prompts = Tiny.Rows([[1, 2, 3]]);   // nothing to score: all positions
        Assert.Equal([1, 3, 13], model.Forward(prompts, Observe.ScoredLogits).Logits.shape);
    }

    [Fact]
    public void Where_every_position_is_scored_nothing_is_copied()
    {
        using var scope = NewDisposeScope();
        using var batch = new Batch(tensor(new long[] { 1, 2, 3, 4 }, [2, 2]), [2, 2], targets: tensor(new long[] { 2, 3, 4, 5 }, [2, 2]), targetCount: 4);
        var logits = rand(2, 2, 3);
        batch.AtScored(logits).fill_(7);
        Assert.Equal(7, logits.min().ToSingle());
    }

    private const string Alone = """{ "name": "sft" }""";

    public static TheoryData<string> Methods => [Alone, """{ "name": "fkl", "kappa": 0.5, "temperature": 2 }""", """{ "name": "rkl" }""", """{ "name": "jsd" }""", """{ "name": "gkd", "share": 0 }""", """{ "name": "distillm" }""",
        """{ "name": "okd" }""", """{ "name": "makd", "temperature": 2 }""", """{ "name": "composed", "methods": [ { "name": "fkl" }, { "name": "okd" } ] }""", """{ "name": "composed", "methods": [ { "name": "sft" }, { "name": "minilm", "intermediate": 0.5, "prefix": "m " } ] }"""];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Losses_and_gradients_are_those_of_all_positions(string json)
    {
        using var scope = NewDisposeScope();
        using Decoder teacher = Tiny.Decoder("gpt2"), student = Tiny.Decoder("gpt2");
        using (no_grad()) foreach (var p in student.parameters()) p.mul_(0.9);
        using var batch = Rows(([1, 2, 3, 4, 5], 2), ([6, 7], 1), ([8, 9, 10, 11], 3));
        var method = MethodCatalog.Create(JsonNode.Parse(json)!.AsObject(), student, json == Alone ? null : teacher);
        using var owned = method as IDisposable;
        List<(double[] Terms, double[] Gradients)> both = [];
        foreach (var as_ in (IMethod[])[method, new AllPositions(method)])
        {
            student.zero_grad();
            var terms = method.Losses(new Step(as_, batch, 1, 0));
            terms.Where(t => t.Weight > 0).Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b).backward();
            both.Add(([.. terms.Select(t => t.Value.ToDouble())], [.. student.parameters().SelectMany(p => p.grad is { } g ? Numbers(g) : [])]));
        }
        Assert.All(both[0].Terms.Zip(both[1].Terms), p => Assert.Equal(p.Second, p.First, 1e-10));
        Assert.All(both[0].Gradients.Zip(both[1].Gradients), p => Assert.Equal(p.Second, p.First, 1e-10));
        Assert.Contains(both[0].Gradients, g => g != 0);
    }

    [Fact]
    public void A_composition_leaves_logits_out_where_all_of_its_methods_can_do_without()
    {
        using Decoder teacher = Tiny.Decoder("gpt2"), student = Tiny.Decoder("gpt2");
        IMethod Of(string other) => MethodCatalog.Create(JsonNode.Parse($$"""{ "name": "composed", "methods": [ { "name": "fkl" }, { "name": "{{other}}" } ] }""")!.AsObject(), student, teacher);
        Assert.Equal((Observe.ScoredLogits, Observe.ScoredLogits), (Of("sft").StudentObserves, Of("sft").TeacherObserves));
        Assert.Equal((Observe.None, Observe.None), (Of("minillm").StudentObserves, Of("minillm").TeacherObserves));
    }

    private static double[] Numbers(Tensor t) => t.detach().to_type(ScalarType.Float64).contiguous().data<double>().ToArray();

    /// <summary>A method as it would be if it wanted the logits of all positions.</summary>
    private sealed class AllPositions(IMethod method) : IMethod
    {
        public string Name => method.Name;
        public LanguageModel Student => method.Student;
        public LanguageModel? Teacher => method.Teacher;
        public Observe StudentObserves => method.StudentObserves & ~Observe.ScoredLogits;
        public Observe TeacherObserves => method.TeacherObserves & ~Observe.ScoredLogits;
        public bool TeacherLearns => method.TeacherLearns;
        public IReadOnlyList<LossTerm> Losses(Step step) => method.Losses(step);
    }
}
