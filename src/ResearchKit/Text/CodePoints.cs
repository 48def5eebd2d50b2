namespace ResearchKit.Text;

/// <summary>
/// The places of a text in chars (UTF-16, .NET) and in code points (Python, Hugging Face, SQuAD's <c>answer_start</c>). They differ
/// behind characters beyond the basic plane, such as emoji.
/// </summary>
public sealed class CodePoints
{
    private readonly int[] _starts;
    private readonly int _length;

    /// <summary>Counts a text. Half of a surrogate pair alone counts as one.</summary>
    public CodePoints(string text)
    {
        _length = text.Length;
        var starts = new List<int>(text.Length);
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
            starts.Add(at);
        }
        _starts = [.. starts];
    }

    /// <summary>How many code points the text has.</summary>
    public int Count => _starts.Length;

    /// <summary>The char at which a code point starts; the text's length for the one behind the last.</summary>
    /// <exception cref="KitException">The text has fewer.</exception>
    public int ToChar(int codePoint) => codePoint >= 0 && codePoint < Count ? _starts[codePoint] : codePoint == Count ? _length
        : throw new KitException($"The text has {Count} code points; there is no place {codePoint} in it.");

    /// <summary>The code point that a char belongs to; for the text's length, how many there are.</summary>
    public int FromChar(int position) => Array.BinarySearch(_starts, position) is var found && found >= 0 ? found
        : position >= _length ? Count : ~found - 1;

    /// <summary>A stretch, counted in code points.</summary>
    public TextSpan FromChars(TextSpan span) => new(FromChar(span.Start), FromChar(span.End));

    /// <summary>A stretch, counted in chars.</summary>
    public TextSpan ToChars(TextSpan span) => new(ToChar(span.Start), ToChar(span.End));
}
