namespace ResearchKit.Text;

/// <summary>A stretch of a text, in chars (UTF-16): <c>text[Start..End]</c>.</summary>
/// <param name="Start">Where it starts.</param>
/// <param name="End">Where it ends; this char is outside.</param>
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>Chars in it.</summary>
    public int Length => End - Start;

    /// <summary>The stretch of a text.</summary>
    public string Of(string text) => text[Start..End];

    /// <summary>The stretch without the blanks that it begins and ends with.</summary>
    public TextSpan Trim(string text)
    {
        var (start, end) = (Start, End);
        while (start < end && char.IsWhiteSpace(text[start])) start++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        return new(start, end);
    }

    /// <summary>Whether the place is inside.</summary>
    public bool Contains(int position) => position >= Start && position < End;
}
