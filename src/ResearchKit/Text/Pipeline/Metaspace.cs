using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Where <see cref="Metaspace"/> puts its character before a text.</summary>
internal enum PrependScheme
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>Before the beginning of the original text only.</summary>
    First,

    /// <summary>Before every stretch between added tokens.</summary>
    Always,
}

/// <summary>SentencePiece's words: every blank becomes a visible character, which the word after it keeps.</summary>
internal sealed record Metaspace(string Replacement, PrependScheme Scheme, bool Split) : PreTokenizer
{
    public override bool NeedsPlaces => Scheme == PrependScheme.First;

    public override void Cut(AlignedText text, List<TextSpan> words)
    {
        char blank = Replacement[0];
        var chars = text.Chars;
        text.Begin();
        for (int at = 0; at < chars.Length; at++)
            text.PutAt(at, chars[at] == ' ' ? blank : chars[at]);
        text.End();
        if (text.Chars[0] != blank && (Scheme == PrependScheme.Always || Scheme == PrependScheme.First && text.Origin == 0))
            text.Prepend(Replacement);
        int start = 0;
        for (int at = 1; Split && at < text.Length; at++)
        {
            if (text.Chars[at] != blank)
                continue;
            words.Add(new(start, at));
            start = at;
        }
        words.Add(new(start, text.Length));
    }

    public override void Write(Utf8JsonWriter json) => json.WritePart("Metaspace", ("replacement", Replacement),
        ("prepend_scheme", Scheme.ToString().ToLowerInvariant()), ("split", Split));
}
