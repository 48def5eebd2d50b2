namespace ResearchKit.Text;

/// <summary>A text, or a pair of texts, as tokens: ids, and for each where it comes from.</summary>
/// <remarks>
/// Places are in chars of the original texts (UTF-16), so that <c>span.Of(text)</c> is what a token stands for. Hugging Face and Python
/// count code points: <see cref="CodePoints"/> turns one into the other. Tokens that are part of one character have all of it.
/// </remarks>
public sealed class EncodedText
{
    internal EncodedText(int[] ids, int[] typeIds, TextSpan[] spans, int[] words, int[] sequences, IReadOnlyList<EncodedText> overflow) =>
        (Ids, TypeIds, Spans, Words, Sequences, Overflow) = (ids, typeIds, spans, words, sequences, overflow);

    /// <summary>The ids [tokens].</summary>
    public int[] Ids { get; }

    /// <summary>Which segment each token belongs to, as the tokenizer's file numbers them [tokens].</summary>
    public int[] TypeIds { get; }

    /// <summary>The stretch of its text that each token stands for; empty at 0 for special tokens [tokens].</summary>
    public TextSpan[] Spans { get; }

    /// <summary>The word of its text that each token is part of, or -1 for special tokens [tokens].</summary>
    public int[] Words { get; }

    /// <summary>0 for tokens of the first text, 1 for those of the second, -1 for special tokens [tokens].</summary>
    public int[] Sequences { get; }

    /// <summary>Further windows over what was cut off, in the order of Hugging Face.</summary>
    public IReadOnlyList<EncodedText> Overflow { get; }

    /// <summary>This window and all further ones.</summary>
    public IEnumerable<EncodedText> Windows => Overflow.Prepend(this);

    /// <summary>The token that holds a char of a text, or -1: the answer of a span task.</summary>
    /// <param name="position">The char.</param>
    /// <param name="sequence">0 for the first text, 1 for the second.</param>
    public int TokenAt(int position, int sequence = 0)
    {
        for (int i = 0; i < Ids.Length; i++)
            if (Sequences[i] == sequence && Spans[i].Contains(position))
                return i;
        return -1;
    }

    /// <summary>The stretch of a text from the first of some tokens to the last; all must be of that text.</summary>
    /// <param name="first">The first token.</param>
    /// <param name="last">The last token, included.</param>
    public TextSpan SpanOf(int first, int last) => new(Spans[first].Start, Spans[last].End);
}
