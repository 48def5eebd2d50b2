using System.Buffers;

namespace ResearchKit.Text;

/// <summary>Finds added tokens in a text: leftmost first, the longest where several begin, none overlapping.</summary>
internal sealed class AddedTokenFinder
{
    private readonly SearchValues<char> _firsts;
    private readonly Dictionary<char, (string Content, AddedToken Token)[]> _byFirst;

    /// <param name="tokens">Tokens, each with its content as it stands in the text to be searched (raw or normalized).</param>
    public AddedTokenFinder(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        _byFirst = tokens.Where(t => t.Content.Length > 0).GroupBy(t => t.Content[0])
            .ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>The next token at or after <paramref name="from"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where the last token ended.</param>
    /// <param name="start">Where the token starts, the space that it takes along included.</param>
    /// <param name="end">Where it ends, likewise.</param>
    /// <returns>The token, or null where there is none.</returns>
    public AddedToken? Next(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        for (int at = from; at < text.Length; at++)
        {
            int skip = text[at..].IndexOfAny(_firsts);
            if (skip < 0)
                break;
            at += skip;
            if (Longest(text, at) is not var (content, token))
                continue;
            end = at + content.Length;
            if (token.SingleWord && (at > 0 && Characters.Is(Characters.Before(text, at), CharClass.Word)
                || end < text.Length && Characters.Is(Characters.At(text, end, out _), CharClass.Word)))
            {
                at = end - 1;
                continue;
            }
            for (start = at; token.LeftStrip && start > from && Characters.Is(text[start - 1], CharClass.Space);)
                start--;
            while (token.RightStrip && end < text.Length && Characters.Is(text[end], CharClass.Space))
                end++;
            return token;
        }
        start = end = text.Length;
        return null;
    }

    private (string Content, AddedToken Token)? Longest(ReadOnlySpan<char> text, int at)
    {
        foreach (var candidate in _byFirst[text[at]])
            if (text[at..].StartsWith(candidate.Content, StringComparison.Ordinal))
                return candidate;
        return null;
    }
}
