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

    /// <summary>Whether the place is inside.</summary>
    public bool Contains(int position) => position >= Start && position < End;
}
