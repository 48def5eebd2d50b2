using ResearchKit.Data.Tasks;
using ResearchKit.Text;

namespace ResearchKit.Data;

/// <summary>
/// Turns questions and texts into rows for a span head: the question and as much of the text as fits, again and again with the next
/// part of it, and for each the tokens that the answer begins and ends with.
/// </summary>
/// <remarks>
/// <para>Framed as the tokenizer's own file frames a pair, the question first; only the text is cut, as Hugging Face's tokenizers do with
/// <c>only_second</c> and a stride.</para>
/// <para>Where a window has not the whole answer, its place is <see cref="SpanWindow.None"/>, the token that begins the row: it then says
/// "not here" (Devlin et al., arXiv 1810.04805, section 4.3).</para>
/// </remarks>
public sealed class SpanEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly EncodeOptions _options;

    /// <summary>Makes an encoder.</summary>
    /// <param name="tokenizer">How text becomes ids.</param>
    /// <param name="maxLength">Most tokens of a row, question and special tokens included; 8 at least.</param>
    /// <param name="stride">Tokens of the text that a window repeats from the one before, so that few answers are cut through in all of
    /// them; 0 or more.</param>
    /// <exception cref="KitException">A number is out of range, or the tokenizer frames no pairs.</exception>
    public SpanEncoder(Tokenizer tokenizer, int maxLength = 384, int stride = 128)
    {
        if (maxLength < 8)
            throw new KitException($"The longest row is set to {maxLength} tokens; it must be 8 or more, special tokens included.");
        if (stride < 0)
            throw new KitException($"The stride is set to {stride} tokens; it must be 0 or more.");
        if (tokenizer.Parts.PostProcessor?.Template(pair: true) is not [{ Sequence: -1 }, { Sequence: 0 }, { Sequence: -1 }, ..])
            throw new KitException("The tokenizer puts no token of its own before a question or none behind it, so nothing can stand for an answer that "
                + "is not there, and question and text run together; use one that frames a pair, as BERT's and RoBERTa's do.");
        _tokenizer = tokenizer;
        _options = new(MaxLength: maxLength, Truncate: Truncation.OnlySecond, Stride: stride);
    }

    /// <summary>The rows of one example, from the beginning of the text to its end: at least one.</summary>
    /// <exception cref="KitException">The answer does not stand where the example says, or the question leaves too little room.</exception>
    public IReadOnlyList<SpanWindow> Encode(SpanExample example)
    {
        var answer = AnswerOf(example);
        var windows = Windows(example);
        int[] from = [.. windows.Select(w => Array.IndexOf(w.Sequences, 1))], count = [.. windows.Select(w => w.Sequences.Count(s => s == 1))];
        // The windows have one run of tokens between them; these of it hold a part of the answer.
        int step = count[0] - _options.Stride, first = int.MaxValue, last = -1;
        for (int w = 0; w < windows.Length; w++)
            for (int i = 0; i < count[w]; i++)
                if (windows[w].Spans[from[w] + i] is var place && place.Start < answer.End && place.End > answer.Start)
                    (first, last) = (Math.Min(first, w * step + i), Math.Max(last, w * step + i));
        return [.. windows.Select((window, w) =>
        {
            bool whole = last >= 0 && first >= w * step && last < w * step + count[w];
            int shift = from[w] - w * step;
            return new SpanWindow(window, example.Text, Math.Max(0, from[w]), count[w], whole ? (first + shift, last + shift) : (SpanWindow.None, SpanWindow.None));
        })];
    }

    private EncodedText[] Windows(SpanExample example)
    {
        try
        {
            // Blanks before a question mean nothing, and some of SQuAD's have so many that no text would fit beside them.
            return [.. _tokenizer.EncodeText(example.Question.TrimStart(), example.Text, _options).Windows];
        }
        catch (KitException e)
        {
            throw new KitException($"The question '{Shorten(example.Question)}' leaves too little of {_options.MaxLength} tokens to its text. {e.Message}", e);
        }
    }

    // Without the blanks around it, which no token may have.
    private static TextSpan AnswerOf(SpanExample example)
    {
        var (text, start, answer) = (example.Text, example.AnswerStart, example.Answer);
        if (answer.Length == 0) return default;
        if (start < 0 || start > text.Length - answer.Length || string.CompareOrdinal(text, start, answer, 0, answer.Length) != 0)
            throw new KitException($"The answer '{Shorten(answer)}' to '{Shorten(example.Question)}' does not stand at char {start} of its text. "
                + "Places count UTF-16 chars from 0; those of a file that counts code points, as SQuAD's do, are to be turned into chars first.");
        return new TextSpan(start, start + answer.Length).Trim(text);
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..77] + "...";
}

/// <summary>A question and a part of its text as one row of tokens, with the answer's place in it and the way back to the text.</summary>
public sealed class SpanWindow
{
    /// <summary>The position that stands for "not here": the token that begins the row.</summary>
    public const int None = 0;

    private readonly string _text;
    private readonly TextSpan[] _places;

    internal SpanWindow(EncodedText encoded, string text, int textFrom, int textTokens, (int Start, int End) answer)
    {
        _text = text;
        _places = encoded.Spans[textFrom..(textFrom + textTokens)];
        Sample = new Sample(encoded.Ids, SecondFrom: Math.Max(0, Array.FindIndex(encoded.TypeIds, t => t > 0))) { Span = answer };
        TextFrom = textFrom;
        (Start, End) = answer;
    }

    /// <summary>The row as a collator takes it: ids with special tokens in place, from where they are of segment 1, and the answer's place.</summary>
    public Sample Sample { get; }

    /// <summary>Position of the first token of the text.</summary>
    public int TextFrom { get; }

    /// <summary>One past the position of the last token of the text.</summary>
    public int TextTo => TextFrom + _places.Length;

    /// <summary>Position of the answer's first token, the target of the head's first output; <see cref="None"/> where the window has not
    /// the whole answer, or there is none.</summary>
    public int Start { get; }

    /// <summary>Position of the answer's last token, included, the target of the head's second output; or <see cref="None"/>.</summary>
    public int End { get; }

    /// <summary>Whether the window has the whole answer.</summary>
    public bool HasAnswer => End > None;

    /// <summary>The stretch of the text that tokens stand for, without blanks around it: the way from a head's answer to chars.</summary>
    /// <param name="start">Position of the first token.</param>
    /// <param name="end">Position of the last token, included.</param>
    /// <returns>Null where the two are no stretch of the text: "not here", a token of the question, or the end before the start.</returns>
    public TextSpan? Place(int start, int end) => start < TextFrom || end >= TextTo || end < start ? null
        : new TextSpan(_places[start - TextFrom].Start, _places[end - TextFrom].End).Trim(_text);
}
