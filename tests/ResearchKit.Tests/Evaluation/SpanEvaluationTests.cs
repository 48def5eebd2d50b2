using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Text;
using ResearchKit.Tests.Training;
using ResearchKit.Text;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Evaluation;

/// <summary>From a head's logits to answers, beside a search through everything.</summary>
public class SpanEvaluationTests
{
    private static readonly Tokenizer s_bert = TokenizerFile.Load(Fixture.PathOf("wordpiece.json"));

    // One token a word in the fixture's vocabulary.
    private const string Words = "a b c d e f g h i j k l m n o p q r s t";

    private static SpanExample Ask(string answer, string question = "x") => new(question, Words, answer.Length > 0 ? Words.IndexOf(answer, StringComparison.Ordinal) : 0, answer);

    [Fact]
    public void The_best_stretch_is_that_of_a_search_through_all()
    {
        // Few different values, so that there are many equals.
        var logits = Gen.Choose(-3, 3).Select(i => i / 2f).ArrayOf(12).ToArbitrary();
        Prop.ForAll(logits, logits, Gen.Choose(0, 12 * 13 * 6 - 1).ToArbitrary(), (starts, ends, draw) =>
        {
            int from = draw % 12, to = Math.Max(from, draw / 12 % 13), most = 1 + draw / 156;
            (int, int, double)? expected = null;
            for (int s = from; s < to; s++)
                for (int e = s; e < Math.Min(to, s + most); e++)
                    if (expected is null || starts[s] + ends[e] > expected.Value.Item3) expected = (s, e, starts[s] + ends[e]);
            Assert.Equal(expected, SpanSearch.Best(starts, ends, from, to, 12, most));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Only_the_likeliest_are_put_together()
    {
        float[] starts = [0, 1, 2, 9], ends = [5, 4, 3, -9];
        Assert.Equal((0, 0, 5.0), SpanSearch.Best(starts, ends, 0, 4, 4, 30));   // the first of three equals
        Assert.Equal((1, 1, 5.0), SpanSearch.Best(starts, ends, 0, 4, 3, 30));   // 0 is not among the three likeliest to begin with
        Assert.Null(SpanSearch.Best(starts, ends, 0, 4, 2, 30));                 // 2 or 3 to 0 or 1
        Assert.Null(SpanSearch.Best(starts, ends, 2, 2, 4, 30));
    }

    [Fact]
    public void Answers_of_random_logits_are_those_of_a_search_through_all_windows_in_any_batches()
    {
        SpanExample[] questions = [Ask("i j k"), Ask("t"), Ask(""), Ask("d e f g"), new("y", "b", 0, "b"), Ask("a", "x y z")];
        var encoder = new SpanEncoder(s_bert, 11, 2);
        using var model = new TokenModel(s_bert.VocabularySize, 5);
        var windows = questions.Select(encoder.Encode).ToList();
        Assert.True(windows.Sum(w => w.Count) > 20);

        foreach (int batch in (int[])[1, 3, 64])
        {
            var report = new SpanEvaluation(questions, encoder, new Collator(0, CPU), batch, new(MayBeMissing: true, MostTokens: 4)).Answer(model);
            double loss = 0;
            for (int q = 0; q < questions.Length; q++)
            {
                (string Text, double Score) best = ("", double.NegativeInfinity);
                double nothing = double.PositiveInfinity;
                foreach (var window in windows[q])
                {
                    var z = model.Logits(window.Sample.Ids);
                    nothing = Math.Min(nothing, z[0].Start + z[0].End);
                    for (int s = 0; s < z.Length; s++)
                        for (int e = s; e < Math.Min(z.Length, s + 4); e++)
                            if (window.Place(s, e) is { } place && z[s].Start + z[e].End > best.Score) best = (place.Of(questions[q].Text), z[s].Start + z[e].End);
                    loss += (Entropy([.. z.Select(x => x.Start)], window.Start) + Entropy([.. z.Select(x => x.End)], window.End)) / 2;
                }
                Assert.Equal(best.Text, report.Answers[q].Text);
                Assert.Equal(best.Score, report.Answers[q].Score, 1e-5);
                Assert.Equal(nothing, report.Answers[q].NullScore, 1e-5);
                Assert.Equal(nothing > best.Score ? "" : best.Text, report.Given[q]);
            }
            Assert.Equal(loss / windows.Sum(w => w.Count), report.Loss, 1e-5);
        }
    }

    [Fact]
    public void An_answer_in_a_later_window_is_found_and_counted()
    {
        // The head likes the tokens p and q to begin and to end with, which only the later windows have.
        using var model = new TokenModel(s_bert.VocabularySize, seed: null);
        model.Set(s_bert.IdOf("p")!.Value, 4, 0);
        model.Set(s_bert.IdOf("q")!.Value, 0, 4);
        var measured = new SpanEvaluation([Ask("p q"), Ask("p q r"), Ask("b c")], new SpanEncoder(s_bert, 10, 2), new Collator(0, CPU), 4).Measure(model);
        Assert.Equal(["exact match", "f1", "loss"], measured.Keys);
        Assert.Equal(1 / 3.0, measured["exact match"], 1e-12);
        Assert.Equal((1 + 0.8 + 0) / 3, measured["f1"], 1e-12);
    }

    [Fact]
    public void Where_an_answer_may_be_missing_it_stands_against_not_here()
    {
        using var model = new TokenModel(s_bert.VocabularySize, seed: null);
        model.Set(s_bert.IdOf("p")!.Value, 2, 2);
        model.Set(s_bert.IdOf("[CLS]")!.Value, 1, 2);   // 3 against 4: answers p
        SpanExample[] questions = [Ask("p"), Ask("", "y"), Ask("b")];
        SpanEvaluation Of(bool missing) => new(questions, new SpanEncoder(s_bert, 64, 2), new Collator(0, CPU), 4, new(MayBeMissing: missing));
        var report = Of(true).Answer(model);
        Assert.All(report.Answers, a => Assert.Equal(("p", 4.0, 3.0, -1.0), (a.Text, a.Score, a.NullScore, a.Lead)));
        Assert.Equal(["p", "p", "p"], report.Given);
        Assert.Equal((1 / 3.0, 0.5, 0.0), (report.Metrics["f1"], report.Metrics["has-answer f1"], report.Metrics["no-answer f1"]));
        Assert.Equal(1 / 3.0, report.Metrics["best f1"], 1e-12);

        model.Set(s_bert.IdOf("[CLS]")!.Value, 4, 2);   // 6 against 4: there is none
        Assert.Equal(["", "", ""], Of(true).Answer(model).Given);
        Assert.Equal(["p", "p", "p"], Of(false).Answer(model).Given);
        var metrics = Of(true).Measure(model);
        Assert.Equal(["exact match", "f1", "loss", "has-answer f1", "no-answer f1", "best exact match", "best f1", "threshold"], metrics.Keys);
        Assert.Equal((1 / 3.0, 0.0, 1.0), (metrics["f1"], metrics["has-answer f1"], metrics["no-answer f1"]));
    }

    [Fact]
    public void Agreement_is_with_what_the_reference_says_and_not_with_what_is_right()
    {
        using var model = new TokenModel(s_bert.VocabularySize, 5);
        using var same = new TokenModel(s_bert.VocabularySize, 5);
        using var other = new TokenModel(s_bert.VocabularySize, seed: null);
        other.Set(s_bert.IdOf("r")!.Value, 9, 9);
        SpanExample[] questions = [Ask("i j k"), Ask("t")];
        double Agreement(LanguageModel reference) => new SpanEvaluation(questions, new SpanEncoder(s_bert, 64, 2), new Collator(0, CPU), 4, reference: reference).Measure(model)["span agreement"];
        Assert.Equal(1, Agreement(same));
        Assert.Equal(0, Agreement(other));
    }

    [Fact]
    public void Agreement_is_with_the_reference_without_its_module()
    {
        using var scope = NewDisposeScope();
        var config = Tiny.Bert with { Head = EncoderHead.Span, VocabularySize = s_bert.VocabularySize, MaxLength = 64 };
        using Bert teacher = Tiny.Make<Bert>(config), same = Tiny.Make<Bert>(config), merged = Tiny.Make<Bert>(config);
        using var adapter = new Lora(teacher, new() { Rank = 4 }, seed: 4);
        using (no_grad())
            foreach (var parameter in adapter.parameters()) parameter.copy_(randn(parameter.shape, generator: new Generator(3)));
        adapter.MergeInto(merged);
        teacher.Adapter = adapter;
        SpanExample[] questions = [.. "abcdefghijkl".Select(word => Ask("t", word.ToString()))];
        double Agreement(LanguageModel reference) => new SpanEvaluation(questions, new SpanEncoder(s_bert, 64, 2), new Collator(0, CPU), 4, reference: reference).Measure(same)["span agreement"];
        Assert.Equal(1, Agreement(teacher));
        Assert.Same(adapter, teacher.Adapter);
        Assert.True(Agreement(merged) < 1);   // so it would have been seen
    }

    [Fact]
    public void A_model_without_two_outputs_a_token_is_refused()
    {
        using var model = TellingModel.Of([.. Enumerable.Range(0, s_bert.VocabularySize).Select(_ => new float[] { 0, 1 })]);
        Assert.Contains("two of every token", Assert.Throws<KitException>(() => new SpanEvaluation([Ask("t")], new SpanEncoder(s_bert, 64, 2), new Collator(0, CPU), 4).Measure(model)).Message);
        Assert.Contains("no questions", Assert.Throws<KitException>(() => new SpanEvaluation([], new SpanEncoder(s_bert, 64, 2), new Collator(0, CPU), 4)).Message);
    }

    private static double Entropy(double[] z, int target) => Math.Log(z.Sum(Math.Exp)) - z[target];

    /// <summary>A model that says of each token two numbers that go with the token and its position alone.</summary>
    private sealed class TokenModel : LanguageModel
    {
        private readonly TinyConfig _config;
        private readonly Parameter table, places;

        public TokenModel(int vocabulary, ulong? seed) : base("tokens")
        {
            _config = new TinyConfig { VocabularySize = vocabulary, Width = 2, ClassCount = 0 };
            register_parameter("table", table = nn.Parameter(seed is { } s ? Seeded.Normal(s, vocabulary, 2) : zeros(vocabulary, 2)));
            register_parameter("places", places = nn.Parameter(seed is { } p ? Seeded.Normal(p + 1, 64, 2) : zeros(64, 2)));
        }

        public override ModelConfig Config => _config;

        public void Set(int token, float start, float end)
        {
            using var frozen = no_grad();
            table.narrow(0, token, 1).copy_(tensor(new[] { start, end }, [1, 2]));
        }

        public (double Start, double End)[] Logits(int[] ids)
        {
            float[] words = table.data<float>().ToArray(), at = places.data<float>().ToArray();
            return [.. ids.Select((id, i) => ((double)(words[2 * id] + at[2 * i]), (double)(words[2 * id + 1] + at[2 * i + 1])))];
        }

        public override Tensor Embed(Batch batch) => table.index_select(0, batch.Ids.flatten()).reshape(batch.Rows, batch.Width, 2);

        public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null) =>
            new() { Logits = (embedding ?? Embed(batch)) + places.narrow(0, 0, batch.Width).unsqueeze(0) };
    }
}
