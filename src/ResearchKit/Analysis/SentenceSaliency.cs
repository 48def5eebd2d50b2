using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Text;

namespace ResearchKit.Analysis;

/// <summary>What one model looks at in a sentence.</summary>
/// <param name="Name">The model's.</param>
/// <param name="Values">The saliency of each word, signed (<see cref="Saliency"/>).</param>
/// <param name="Class">The class it predicts.</param>
/// <param name="Confidence">With which probability.</param>
public sealed record ModelSaliency(string Name, IReadOnlyList<double> Values, int Class, double Confidence);

/// <summary>One sentence, or a pair, before several models: what the paper's figure 2 shows.</summary>
/// <param name="Words">Its words as they are written, as many as fit.</param>
/// <param name="Models">What each model looks at, in the order given.</param>
public sealed record SentenceSaliency(IReadOnlyList<string> Words, IReadOnlyList<ModelSaliency> Models)
{
    /// <summary>Looks at a sentence through several models of one tokenizer.</summary>
    /// <param name="example">The sentence, or the pair.</param>
    /// <param name="tokenizer">The models'.</param>
    /// <param name="maxLength">Most tokens; what is beyond is cut, and its words are not in the result.</param>
    /// <param name="models">Classifiers with their names, the teacher first where a figure is to be made of it.</param>
    /// <exception cref="KitException">As <see cref="SampleEncoder.Encode(Example)"/>.</exception>
    public static SentenceSaliency Of(TextExample example, Tokenizer tokenizer, int maxLength, params IReadOnlyList<(string Name, LanguageModel Model)> models)
    {
        // What it is labelled does not matter, and a label would have to be one of the task's.
        Sample[] sample = [new SampleEncoder(tokenizer, maxLength, words: true).Encode(example with { Label = -1 })];
        return new(WordsOf(sample[0], example, tokenizer), [.. models.Select(m =>
        {
            var collator = new Collator(tokenizer.PaddingId ?? 0, m.Model.parameters().First().device);
            float[] logits = new ClassEvaluation(sample, collator, 1).Predict(m.Model).Logits[0];
            int answer = Array.IndexOf(logits, logits.Max());
            return new ModelSaliency(m.Name, Saliency.OfWords(m.Model, sample, collator, 1)[0], answer, 1 / logits.Sum(z => Math.Exp(z - logits[answer])));
        })]);
    }

    private static IReadOnlyList<string> WordsOf(Sample sample, TextExample example, Tokenizer tokenizer)
    {
        // Special tokens stand between the texts of a pair, whether or not the tokenizer gives the second a segment of its own.
        var words = sample.Words!.SkipWhile(w => w < 0).ToList();
        int first = example.Second is null ? words.Count : words.TakeWhile(w => w >= 0).Count();
        return [.. Of(example.Text, words[..first]), .. example.Second is { } second ? Of(second, words[first..]) : []];

        // A word is what stands in the text from its first piece to its last, of those that were kept.
        IEnumerable<string> Of(string text, List<int> kept)
        {
            var encoded = tokenizer.EncodeText(text, null, new EncodeOptions(AddSpecial: false));
            return Enumerable.Range(0, kept.Count(w => w >= 0)).GroupBy(i => encoded.Words[i]).Select(pieces => encoded.SpanOf(pieces.First(), pieces.Last()).Of(text));
        }
    }
}
