using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>GPT-2's words, every byte of them written as one visible character.</summary>
/// <param name="AddPrefixSpace">Put a blank before a text that does not begin with one.</param>
/// <param name="TrimOffsets">Kept for the file; the post-processor's setting of that name is the one that counts.</param>
/// <param name="UseRegex">Cut by GPT-2's pattern; false leaves the text whole.</param>
internal sealed record ByteLevelWords(bool AddPrefixSpace, bool TrimOffsets = true, bool UseRegex = true) : PreTokenizer
{
    public override void Cut(AlignedText text, List<TextSpan> words)
    {
        if (AddPrefixSpace && text.Chars[0] != ' ')
            text.Prepend(" ");
        var chars = text.Chars;
        text.Begin();
        for (int at = 0, start = 0; at < chars.Length; start = text.Written)
        {
            int end = UseRegex ? at + WordPattern.Gpt2.FirstLength(chars[at..]) : chars.Length;
            while (at < end)
            {
                int c = Characters.At(chars, at, out int length);
                if (c < 128)
                    text.Put(ByteAlphabet.CharOf((byte)c), 0);
                else
                    PutBytes(text, c);
                at += length;
            }
            words.Add(new(start, text.Written));
        }
        text.End();
    }

    public override void Write(Utf8JsonWriter json) =>
        json.WritePart("ByteLevel", ("add_prefix_space", AddPrefixSpace), ("trim_offsets", TrimOffsets), ("use_regex", UseRegex));

    private static void PutBytes(AlignedText text, int point)
    {
        Span<byte> bytes = stackalloc byte[4];
        int count = new System.Text.Rune(point).EncodeToUtf8(bytes);
        for (int i = 0; i < count; i++)
            text.Put(ByteAlphabet.CharOf(bytes[i]), i == 0 ? 0 : 1);
    }
}
