using System.Text;
using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>
/// SentencePiece's own normalizer (<c>normalizer.cc</c> of google/sentencepiece): the longest entry of the table at every place,
/// runs of blanks made one and those at the ends taken away, a blank before the text, and U+2581 for every blank.
/// </summary>
/// <param name="Map">The table, or null for none.</param>
/// <param name="RemoveExtraBlanks">Whether runs of blanks become one and those at the ends go.</param>
/// <param name="AddPrefix">Whether a blank is put before the text.</param>
internal sealed record SentencePieceNormalizer(Charsmap? Map, bool RemoveExtraBlanks, bool AddPrefix) : Normalizer
{
    public const char Blank = '\u2581';

    internal override void Apply(AlignedText text)
    {
        if (Map is not null)
            Replace(text, Map);
        var chars = text.Chars;
        text.Begin();
        for (int at = 0; at < chars.Length; at++)
            if (chars[at] != ' ')
                text.Copy(at, 1);
            else if (!RemoveExtraBlanks || at > 0 && chars[at - 1] != ' ')
                text.PutAt(at, Blank);
        text.End();
        if (AddPrefix)
            text.Prepend(Blank.ToString());
        if (RemoveExtraBlanks)
            text.Shorten(text.Chars.TrimEnd(Blank).Length);
    }

    /// <summary>
    /// Hugging Face has no such stage; what <c>transformers</c> makes of a SentencePiece file stands for it, which differs where the
    /// table has several entries for one beginning.
    /// </summary>
    internal override void Write(Utf8JsonWriter json)
    {
        var stages = new List<Normalizer>();
        if (Map is not null)
            stages.Add(new Precompiled(Map));
        if (RemoveExtraBlanks)
            stages.AddRange([At("\\A +", ""), At(" +\\z", ""), At(" {2,}", " ")]);
        if (AddPrefix)
            stages.Add(new Prepend(Blank.ToString()));
        stages.Add(new Replace(TextPattern.Of(" "), Blank.ToString()));
        new NormalizerSequence(stages).Write(json);
    }

    private static Replace At(string regex, string content) => new(TextPattern.OfRegex(regex)!, content);

    private static void Replace(AlignedText text, Charsmap map)
    {
        var chars = text.Chars;
        byte[] utf8 = Encoding.UTF8.GetBytes(chars.ToArray());
        text.Begin();
        for (int at = 0, bytesAt = 0; at < chars.Length;)
        {
            string? found = map.Find(utf8.AsSpan(bytesAt), longest: true, out int bytes);
            if (found is null)
            {
                int c = Characters.At(chars, at, out int length);
                text.Copy(at, length);
                (at, bytesAt) = (at + length, bytesAt + new Rune(c).Utf8SequenceLength);
                continue;
            }
            int end = at + Encoding.UTF8.GetCharCount(utf8, bytesAt, bytes);
            for (int i = 0, size; i < found.Length; i += size)
            {
                text.PassTo(end);
                text.Put(Characters.At(found, i, out size), 1);
            }
            (at, bytesAt) = (end, bytesAt + bytes);
        }
        text.End();
    }
}
