using ResearchKit.Text;

namespace ResearchKit.Data.Grammars;

/// <summary>How a grammar's words are token ids of a model.</summary>
/// <param name="Grammar">The grammar.</param>
/// <param name="Words">The token of each word.</param>
/// <param name="End">The token that ends a sentence.</param>
/// <param name="Prompt">What stands before a sentence, at least one token.</param>
/// <param name="Size">V: tokens of the model.</param>
public sealed record GrammarVocabulary(ProbabilisticGrammar Grammar, IReadOnlyList<int> Words, int End, IReadOnlyList<int> Prompt, int Size)
{
    /// <summary>The smallest: a token for each word, and one that both begins and ends a sentence, as in GPT-2. Nothing else can be said, so every
    /// divergence to a grammar with a slip is finite.</summary>
    public static GrammarVocabulary Own(ProbabilisticGrammar grammar) => new(grammar, [.. Enumerable.Range(0, grammar.End)], grammar.End, [grammar.End], grammar.End + 1);

    /// <summary>The words as a tokenizer reads them after the prompt of <see cref="GrammarTask"/>.</summary>
    /// <exception cref="KitException">A word is several tokens, or the tokenizer has no end token.</exception>
    public static GrammarVocabulary Of(ProbabilisticGrammar grammar, Tokenizer tokenizer)
    {
        int[] words = [.. grammar.Symbols.Select(word => tokenizer.Encode(" " + word) is [var only] ? only
            : throw new KitException($"The tokenizer has no token of its own for the grammar's word '{word}'; give it a larger vocabulary (tokenizer.vocabulary), trained on the task 'grammar'."))];
        int end = tokenizer.EndId ?? throw new KitException("The tokenizer has no token that ends a text, and a sentence of the grammar has an end.");
        int[] prompt = [.. tokenizer.BeginId is { } begin ? [begin] : Array.Empty<int>(), .. tokenizer.Encode(GrammarTask.Prompt)];
        return new(grammar, words, end, prompt, tokenizer.VocabularySize);
    }

    /// <summary>A sentence as a row to learn: the prompt, the words, the end; scored from the first word on.</summary>
    /// <param name="sentence">Words' numbers.</param>
    public Sample Row(IEnumerable<int> sentence) => new([.. Prompt, .. sentence.Select(w => Words[w]), End], ScoredFrom: Prompt.Count);

    /// <summary>Rows drawn from the grammar.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">The same seed gives the same rows, on every machine.</param>
    /// <param name="longest">Most words; longer sentences lose their end, which is then not scored.</param>
    public IReadOnlyList<Sample> Rows(int count, int seed, int longest = int.MaxValue)
    {
        var random = new StableRandom(StableHash.Of($"grammar rows {seed}"));
        var rows = new Sample[count];
        for (int i = 0; i < count; i++)
        {
            int[] sentence = Grammar.Sample(ref random);
            rows[i] = sentence.Length <= longest ? Row(sentence) : Row(sentence.Take(longest)) with { Ids = [.. Prompt, .. sentence.Take(longest).Select(w => Words[w])] };
        }
        return rows;
    }
}
