using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Text;
using ResearchKit.Text;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Evaluation;

public class SaliencyTests
{
    private static readonly Collator Collator = new(0, CPU);
    private static readonly float[,] Table = { { 9, 9 }, { 1, 2 }, { -1, 0.5f }, { 0.25f, 3 }, { 2, -2 } };
    private static readonly float[,] Map = { { 1, -0.5f }, { 0.5f, 2 } };

    // [CLS] is token 0. Words: two pieces, one piece, one piece.
    private static readonly Sample Sentence = new([0, 1, 2, 3, 4, 0]) { Words = [-1, 0, 0, 1, 2, -1] };

    private static Bert Encoder(long seed = 3, float scale = 1, int classes = 3)
    {
        var model = (Bert)ModelFactory.Create(Tiny.Bert.WithoutDropout() with { InitializerRange = 0.4 } is BertConfig bert
            ? bert with { Labels = BertConfig.Unnamed(classes) } : throw new InvalidOperationException(), seed, type: ScalarType.Float32);
        using var frozen = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.StartsWith("classifier.", StringComparison.Ordinal)) parameter.mul_(scale);
        return model;
    }

    private static Sample[] Rows(int count)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int length = random.Next(4, 11), word = -1;
            return new Sample([.. Enumerable.Range(0, length).Select(_ => random.Next(1, 13))])
            {
                Words = [.. Enumerable.Range(0, length).Select(t => t == 0 || t == length - 1 ? -1 : t == 1 || random.Next(3) > 0 ? ++word : word)],
            };
        })];
    }

    [Fact]
    public void Of_a_linear_model_it_is_the_weights_times_the_embedding_summed_over_pieces()
    {
        using var model = new TellingModel(Table, Map);
        double[] z = [0, 0];
        foreach (int id in Sentence.Ids)
            for (int c = 0; c < 2; c++) z[c] += Table[id, 0] * Map[0, c] + Table[id, 1] * Map[1, c];
        int said = z[0] > z[1] ? 0 : 1;
        double Token(int id) => Table[id, 0] * (Map[0, said] - Map[0, 1 - said]) + Table[id, 1] * (Map[1, said] - Map[1, 1 - said]);

        var words = Saliency.OfWords(model, [Sentence], Collator, 8).Single();
        Assert.Equal(3, words.Length);
        Assert.Equal(Token(1) + Token(2), words[0], 1e-5);
        Assert.Equal(Token(3), words[1], 1e-5);
        Assert.Equal(Token(4), words[2], 1e-5);
        Assert.Contains(words, v => v > 0);
        Assert.Contains(words, v => v < 0);

        // p(1 − p) of the row makes it the saliency of the probability: taken by differences along the embedding of one token.
        double p = 1 / (1 + Math.Exp(z[1 - said] - z[said])), moved = 1e-3;
        double after = 1 / (1 + Math.Exp(z[1 - said] - z[said] - moved * Token(3)));
        Assert.Equal((after - p) / moved, p * (1 - p) * words[1], 1e-3);
    }

    [Fact]
    public void One_output_is_differentiated_itself()
    {
        using var model = new TellingModel(Table, new float[,] { { 1 }, { 0.5f } });
        Assert.Equal([1 + 0.5 * 2 - 1 + 0.5 * 0.5, 0.25 + 1.5, 2 - 1], Saliency.OfWords(model, [Sentence], Collator, 8).Single());
    }

    [Fact]
    public void Padding_and_batches_change_nothing()
    {
        using var model = Encoder();
        var rows = Rows(13);
        var alone = Saliency.OfWords(model, rows, Collator, 1);
        foreach (var (padding, batchSize) in new[] { (0, 4), (7, 13) })
        {
            var together = Saliency.OfWords(model, rows, new Collator(padding, CPU), batchSize);
            for (int i = 0; i < rows.Length; i++)
            {
                Assert.Equal(rows[i].Words!.Max() + 1, together[i].Length);
                for (int w = 0; w < together[i].Length; w++) Assert.Equal(alone[i][w], together[i][w], 1e-4);
            }
        }
    }

    [Fact]
    public void It_is_the_gradient_of_the_probability_up_to_a_positive_factor()
    {
        using var scope = NewDisposeScope();
        using var model = Encoder();
        var row = Rows(1);
        using var batch = Collator.Make(row);
        var embedding = model.Embed(batch).detach().requires_grad_();
        model.Forward(batch, embedding: embedding).Logits.softmax(1).max().backward();
        var direct = (embedding.grad! * embedding.detach()).sum(-1).data<float>().ToArray();
        var words = Saliency.OfWords(model, row, Collator, 1)[0];
        double[] summed = [.. Enumerable.Range(0, words.Length).Select(w => direct.Zip(row[0].Words!).Where(t => t.Second == w).Sum(t => (double)t.First))];
        double factor = summed[0] / words[0];
        Assert.True(factor > 0);
        for (int w = 0; w < words.Length; w++) Assert.Equal(summed[w], factor * words[w], 1e-5);
    }

    [Fact]
    public void A_saturated_softmax_says_as_much_as_any()
    {
        using Bert usual = Encoder(), saturated = Encoder(scale: 1e4f);
        var rows = Rows(9);
        using (var batch = Collator.Make(rows))
        using (no_grad())
            Assert.Equal(9, saturated.Forward(batch).Logits.softmax(1).max(1).values.eq(1).sum().ToInt64());   // the gradient of these is 0
        var saliencies = Saliency.OfWords(saturated, rows, Collator, 4);
        Assert.All(saliencies.SelectMany(s => s), v => Assert.True(double.IsFinite(v) && v != 0));
        var (loyalty, undefined) = Saliency.Loyalty(saliencies, saliencies);
        Assert.Equal(1, loyalty, 1e-9);
        Assert.Equal(0, undefined);
        // Of two classes the log-odds scale with the logits, and their directions stay.
        using Bert two = Encoder(classes: 2), loud = Encoder(classes: 2, scale: 1e4f);
        Assert.Equal(1, Saliency.Loyalty(Saliency.OfWords(two, rows, Collator, 4), Saliency.OfWords(loud, rows, Collator, 4)).Loyalty, 1e-5);
    }

    [Fact]
    public void A_model_is_wholly_loyal_to_itself_and_not_to_another()
    {
        using Bert model = Encoder(), same = Encoder(), other = Encoder(seed: 4);
        var rows = Rows(12);
        var measures = new ClassMeasures { Saliency = true };
        var evaluation = new ClassEvaluation(rows, Collator, 5, same, measures);
        var measured = evaluation.Measure(model);
        Assert.Equal(1, measured["saliency loyalty"], 1e-6);
        Assert.Equal(0, measured["saliency undefined"]);
        Assert.InRange(evaluation.Measure(other)["saliency loyalty"], -1, 0.9);
    }

    [Fact]
    public void Loyalty_is_the_mean_correlation_and_leaves_out_and_counts_where_there_is_none()
    {
        double[][] student = [[1, 2, 3], [5], [1, 1], [], [1, 3, 3], [2, 1]], teacher = [[2, 4, 6], [7], [1, 2], [], [0, 3, 3], [0.5, 0.5]];
        var (loyalty, undefined) = Saliency.Loyalty(student, teacher);
        Assert.Equal(1, loyalty, 1e-12);
        Assert.Equal(4, undefined);
        Assert.Equal(0, Saliency.Loyalty([[1, 2, 3], [1, 2]], [[1, 2, 3], [2, 1]]).Loyalty, 1e-12);
        Assert.Equal((double.NaN, 1), Saliency.Loyalty([[1]], [[1]]));
        Assert.Throws<ArgumentException>(() => Saliency.Loyalty([[1, 2]], [[1, 2, 3]]));
        Assert.Throws<ArgumentException>(() => Saliency.Loyalty([[1, 2]], []));

        // A model that looks at nothing: reported as 0, and as undefined everywhere.
        using var blind = new TellingModel(Table, new float[,] { { 1, 1 }, { 1, 1 } });
        using var seeing = new TellingModel(Table, Map);
        var measured = new ClassEvaluation([Sentence], Collator, 1, seeing, new() { Saliency = true }).Measure(blind);
        Assert.Equal((0, 1), (measured["saliency loyalty"], measured["saliency undefined"]));
    }

    [Fact]
    public void The_model_is_left_as_it_was()
    {
        using var model = Encoder();
        model.train();
        Saliency.OfWords(model, Rows(3), Collator, 2);
        Assert.True(model.training);
        Assert.All(model.parameters(), p => Assert.True(p.requires_grad && p.grad is null));
        Assert.True(is_grad_enabled());
        Assert.Throws<ArgumentException>(() => Saliency.OfWords(model, [new([1, 2])], Collator, 1));
    }
}
