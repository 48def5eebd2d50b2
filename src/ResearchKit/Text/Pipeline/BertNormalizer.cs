using System.Text;
using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>
/// BERT's cleaning of a text before it is cut into words (BasicTokenizer of google-research/bert; <c>BertNormalizer</c> of
/// <c>tokenizer.json</c>).
/// </summary>
/// <param name="CleanText">Remove control characters, NUL and U+FFFD; make every kind of space a blank.</param>
/// <param name="HandleChineseChars">Put blanks around every Chinese character, so that each is a word.</param>
/// <param name="StripAccents">Take accents off; null does what <paramref name="Lowercase"/> does.</param>
/// <param name="Lowercase">Lower-case, character by character.</param>
public sealed record BertNormalizer(bool CleanText = true, bool HandleChineseChars = true, bool? StripAccents = null, bool Lowercase = true)
    : Normalizer
{
    internal override void Apply(AlignedText text)
    {
        bool ascii = Ascii.IsValid(text.Chars);
        if (CleanText)
            Clean(text);
        if (HandleChineseChars && !ascii)
            PartChinese(text);
        if ((StripAccents ?? Lowercase) && !ascii)
        {
            NormalForms.Apply(text, compatible: false, compose: false);
            text.Keep(c => !Characters.Is(c, CharClass.Mark));
        }
        if (Lowercase)
            LowerCase.Instance.Apply(text);
    }

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "BertNormalizer");
        json.WriteBoolean("clean_text", CleanText);
        json.WriteBoolean("handle_chinese_chars", HandleChineseChars);
        if (StripAccents is { } strip)
            json.WriteBoolean("strip_accents", strip);
        else
            json.WriteNull("strip_accents");
        json.WriteBoolean("lowercase", Lowercase);
        json.WriteEndObject();
    }

    private static void Clean(AlignedText text)
    {
        var chars = text.Chars;
        int copied = 0;
        text.Begin();
        for (int at = 0, length; at < chars.Length; at += length)
        {
            int c = Characters.At(chars, at, out length);
            var classes = Characters.Of(c) & (CharClass.Control | CharClass.Space);
            if (classes == 0 || c == ' ')
                continue;
            text.Copy(copied, at - copied);
            if ((classes & CharClass.Control) == 0)
                text.PutAt(at, ' ');
            copied = at + length;
        }
        if (copied == 0)
            return;
        text.Copy(copied, chars.Length - copied);
        text.End();
    }

    private static void PartChinese(AlignedText text)
    {
        var chars = text.Chars;
        text.Begin();
        for (int at = 0, length; at < chars.Length; at += length)
        {
            int c = Characters.At(chars, at, out length);
            if (!Characters.IsChinese(c))
            {
                text.Put(c, 0);
                continue;
            }
            text.Put(' ', 0);
            text.Put(c, 1);
            text.Put(' ', 1);
        }
        text.End();
    }
}
