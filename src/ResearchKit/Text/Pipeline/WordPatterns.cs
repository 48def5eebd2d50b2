namespace ResearchKit.Text;

/// <summary>
/// The regular expressions by which byte-level vocabularies cut text into words. Cut by hand: .NET's expressions see surrogates where
/// there is one character. Nothing is lost: the words joined are the text.
/// </summary>
internal sealed record WordPattern
{
    private readonly int _digits;

    private WordPattern(string source, int digits) => (Source, _digits) = (source, digits);

    /// <summary>GPT-2's (<c>encoder.py</c> of openai/gpt-2).</summary>
    public static WordPattern Gpt2 { get; } = new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", 0);

    /// <summary>LLaMA 3's: contractions in any case, any one mark before a word, numbers in threes, line ends apart.</summary>
    public static WordPattern Llama3 { get; } = new(Later(@"\p{N}{1,3}"), 3);

    /// <summary>Qwen 2's: the same, every digit alone.</summary>
    public static WordPattern Qwen2 { get; } = new(Later(@"\p{N}"), 1);

    /// <summary>The expression.</summary>
    public string Source { get; }

    /// <summary>The pattern of that expression, or null where it is not known.</summary>
    public static WordPattern? Of(string source) => new[] { Gpt2, Llama3, Qwen2 }.FirstOrDefault(p => p.Source == source);

    /// <summary>How many chars the first word of a text has; the text is not empty.</summary>
    public int FirstLength(ReadOnlySpan<char> text) => _digits == 0 ? FirstOfGpt2(text) : FirstOfLater(text);

    private static string Later(string number) => @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + number
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static int FirstOfGpt2(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && Contraction(text[1..]) is > 0 and var length)
            return 1 + length;
        int blank = text[0] == ' ' ? 1 : 0;
        if (blank < text.Length && KindAt(text, blank, out _) is not CharClass.Space and var first)
            return blank + RunOf(first, text[blank..]);
        return Blanks(text, RunOf(CharClass.Space, text));
    }

    private int FirstOfLater(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && AnyCase(text[1..]) is > 0 and var contraction)
            return 1 + contraction;
        var first = KindAt(text, 0, out int length);
        if (first == CharClass.Letter)
            return RunOf(CharClass.Letter, text);
        if (first == CharClass.Number)
            return RunOf(CharClass.Number, text, _digits);
        if (text[0] is not ('\r' or '\n') && RunOf(CharClass.Letter, text[length..]) is > 0 and var letters)
            return length + letters;
        int blank = text[0] == ' ' ? 1 : 0, marks = RunOf(0, text[blank..]);
        if (marks > 0)
            return blank + marks + text[(blank + marks)..].IndexOfAnyExcept('\r', '\n') switch { -1 => text.Length - blank - marks, var ends => ends };
        int spaces = RunOf(CharClass.Space, text), line = text[..spaces].LastIndexOfAny('\r', '\n');
        return line >= 0 ? line + 1 : Blanks(text, spaces);
    }

    /// <summary>The last blank of several belongs to the word that follows.</summary>
    private static int Blanks(ReadOnlySpan<char> text, int spaces) => spaces < text.Length && spaces > 1 ? spaces - 1 : spaces;

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['s' or 't' or 'm' or 'd', ..] => 1,
        ['r' or 'v', 'e', ..] or ['l', 'l', ..] => 2,
        _ => 0,
    };

    private static int AnyCase(ReadOnlySpan<char> text)
    {
        Span<char> two = stackalloc char[2];
        for (int i = 0; i < 2 && i < text.Length; i++)
            two[i] = text[i] == '\u017f' ? 's' : char.ToLowerInvariant(text[i]);
        return Contraction(two);
    }

    private static int RunOf(CharClass kind, ReadOnlySpan<char> text, int most = int.MaxValue)
    {
        int at = 0;
        for (; at < text.Length && most > 0 && KindAt(text, at, out int length) == kind; most--)
            at += length;
        return at;
    }

    /// <summary>Letter, number, space or none of them.</summary>
    private static CharClass KindAt(ReadOnlySpan<char> text, int at, out int length) =>
        Characters.Of(Characters.At(text, at, out length)) & (CharClass.Letter | CharClass.Number | CharClass.Space);
}
