namespace ResearchKit.Text;

/// <summary>The tokens of one text as they are found: ids, and where somebody wants to know, the place and the word of each.</summary>
internal sealed class TokenRun(List<int> ids, Tokenizer? tokenizer = null, string text = "")
{
    private readonly List<(TextSpan Span, int Word, int Leading, int Trailing)> _places = [];
    private readonly bool _trims = tokenizer?.Parts.PostProcessor is { TrimsOffsets: true };
    private int _words;

    /// <summary>The ids.</summary>
    public List<int> Ids { get; } = ids;

    /// <summary>Whether places are kept.</summary>
    public bool IsAligned => tokenizer is not null;

    /// <summary>Room for whoever cuts words.</summary>
    public List<TextSpan> Buffer { get; } = [];

    /// <summary>Appends an added token.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="span">Its place.</param>
    /// <param name="text">What it was found as, the space included that it takes along.</param>
    public void Add(int id, TextSpan span, ReadOnlySpan<char> text)
    {
        Ids.Add(id);
        if (IsAligned)
            _places.Add((span, _words, Blanks(text), BlanksBehind(text)));
        _words++;
    }

    /// <summary>Appends the pieces of a word that stands at a place in a text.</summary>
    public void Add(ReadOnlySpan<Piece> pieces, AlignedText text, int at)
    {
        foreach (var piece in pieces)
        {
            Ids.Add(piece.Id);
            if (!IsAligned)
                continue;
            string token = _trims ? tokenizer!.TokenOf(piece.Id) : "";
            _places.Add((text.Original(at + piece.Start, at + piece.End), _words, Blanks(token), BlanksBehind(token)));
        }
        _words++;
    }

    /// <summary>Some of the tokens, with the blanks that they begin and end with taken off their places if the post-processor does that.</summary>
    public (int Id, TextSpan Span, int Word)[] Cut(TextSpan window)
    {
        var cut = new (int Id, TextSpan Span, int Word)[window.Length];
        for (int i = 0; i < cut.Length; i++)
        {
            var (span, word, leading, trailing) = _places[window.Start + i];
            if (_trims)
                span = Trim(span, leading, trailing, mine: tokenizer!.Parts.PostProcessor!.AddsPrefixSpace && (i == 0 || span.Start == 0));
            cut[i] = (Ids[window.Start + i], span, word);
        }
        return cut;
    }

    /// <summary>Takes as many characters off as the token has blanks, even where the place is not blank: that of a blank put before it.</summary>
    private TextSpan Trim(TextSpan span, int leading, int trailing, bool mine)
    {
        var (start, end) = (span.Start, span.End);
        for (int i = 0; i < leading && start < span.End && !(mine && leading == 1); i++)
            start += char.IsHighSurrogate(text[start]) ? 2 : 1;
        for (int i = 0; i < trailing && end > start; i++)
            end -= char.IsLowSurrogate(text[end - 1]) ? 2 : 1;
        return new(start, end);
    }

    private static bool IsBlank(char c) => c == ByteAlphabet.Blank || Characters.Is(c, CharClass.Space);

    private static int Blanks(ReadOnlySpan<char> token)
    {
        int count = 0;
        while (count < token.Length && IsBlank(token[count]))
            count++;
        return count;
    }

    private static int BlanksBehind(ReadOnlySpan<char> token)
    {
        int count = 0;
        while (count < token.Length && IsBlank(token[token.Length - 1 - count]))
            count++;
        return count;
    }
}

/// <summary>Puts the tokens of texts and the special ones together as a template says.</summary>
internal static class TokenFrame
{
    public static EncodedText Put(IReadOnlyList<TemplatePart> template, bool special, (int Id, TextSpan Span, int Word)[] first,
        (int Id, TextSpan Span, int Word)[]? second, IReadOnlyList<EncodedText> overflow)
    {
        var tokens = new List<(int Id, int Type, TextSpan Span, int Word, int Sequence)>();
        foreach (var part in template)
        {
            if (part.Token is not null)
            {
                if (special)
                    tokens.AddRange(part.Ids.Select(id => (id, part.Type, default(TextSpan), -1, -1)));
                continue;
            }
            foreach (var (id, span, word) in (part.Sequence == 0 ? first : second) ?? [])
                tokens.Add((id, part.Type, span, word, part.Sequence));
        }
        return new([.. tokens.Select(t => t.Id)], [.. tokens.Select(t => t.Type)], [.. tokens.Select(t => t.Span)], [.. tokens.Select(t => t.Word)],
            [.. tokens.Select(t => t.Sequence)], overflow);
    }
}
