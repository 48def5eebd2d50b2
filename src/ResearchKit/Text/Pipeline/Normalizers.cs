using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Several normalizers, one after the other.</summary>
internal sealed record NormalizerSequence(IReadOnlyList<Normalizer> Stages) : Normalizer
{
    internal override void Apply(AlignedText text)
    {
        foreach (var stage in Stages)
            stage.Apply(text);
    }

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        foreach (var stage in Stages)
            stage.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>Unicode's normal forms: NFC, NFD, NFKC, NFKD.</summary>
internal sealed record NormalForm(string Name) : Normalizer
{
    internal override void Apply(AlignedText text) => NormalForms.Apply(text, compatible: Name.Contains('K'), compose: Name.EndsWith('C'));

    internal override void Write(Utf8JsonWriter json) => json.WritePart(Name);
}

/// <summary>Lower case, character by character.</summary>
internal sealed record LowerCase : Normalizer
{
    public static LowerCase Instance { get; } = new();

    internal override void Apply(AlignedText text)
    {
        var chars = text.Chars;
        if (System.Text.Ascii.IsValid(chars) && !chars.ContainsAnyInRange('A', 'Z'))
            return;
        text.Begin();
        for (int at = 0, length; at < chars.Length; at += length)
        {
            int c = Characters.At(chars, at, out length);
            if (c < 128)
                text.Put((char)(c is >= 'A' and <= 'Z' ? c | 0x20 : c), 0);
            else if (!Characters.Is(c, CharClass.Cased))
                text.Put(c, 0);
            else
                PutLower(text, Characters.Lower(c));
        }
        text.End();
    }

    internal override void Write(Utf8JsonWriter json) => json.WritePart("Lowercase");

    private static void PutLower(AlignedText text, string lower)
    {
        for (int i = 0, size; i < lower.Length; i += size)
            text.Put(Characters.At(lower, i, out size), i == 0 ? 0 : 1);
    }
}

/// <summary>Takes marks of every kind away; where they are joined to letters, a normal form has to part them first.</summary>
internal sealed record StripAccents : Normalizer
{
    internal override void Apply(AlignedText text) => text.Keep(c => !Characters.Is(c, CharClass.Combining));

    internal override void Write(Utf8JsonWriter json) => json.WritePart("StripAccents");
}

/// <summary>What machine translation cleans: control characters away, odd spaces and zero-width characters to blanks.</summary>
internal sealed record Nmt : Normalizer
{
    internal override void Apply(AlignedText text)
    {
        text.Keep(c => c is not ((>= 1 and <= 8) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F));
        var chars = text.Chars;
        text.Begin();
        for (int at = 0, length; at < chars.Length; at += length)
        {
            int c = Characters.At(chars, at, out length);
            text.Put(c is 9 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD
                ? ' ' : c, 0);
        }
        text.End();
    }

    internal override void Write(Utf8JsonWriter json) => json.WritePart("Nmt");
}

/// <summary>Takes the white space off the ends.</summary>
internal sealed record StripEnds(bool Left, bool Right) : Normalizer
{
    internal override void Apply(AlignedText text)
    {
        int start = 0, end = text.Length;
        while (Left && start < end && Characters.Is(text.Chars[start], CharClass.Space))
            start++;
        while (Right && end > start && Characters.Is(text.Chars[end - 1], CharClass.Space))
            end--;
        if (end - start == text.Length)
            return;
        text.Begin();
        if (end > start)
            text.Copy(start, end - start);
        text.End();
    }

    internal override void Write(Utf8JsonWriter json) => json.WritePart("Strip", ("strip_left", Left), ("strip_right", Right));
}

/// <summary>Puts something before a text that is not empty.</summary>
internal sealed record Prepend(string Content) : Normalizer
{
    internal override void Apply(AlignedText text) => text.Prepend(Content);

    internal override void Write(Utf8JsonWriter json) => json.WritePart("Prepend", ("prepend", Content));
}

/// <summary>Replaces whatever matches; what comes in belongs to the place of the last character that went.</summary>
internal sealed record Replace(TextPattern Pattern, string Content) : Normalizer
{
    internal override void Apply(AlignedText text)
    {
        var matches = Pattern.Matches(text.Chars);
        if (matches.Count == 0)
            return;
        text.Begin();
        int copied = 0;
        foreach (var (start, end) in matches)
        {
            text.Copy(copied, start - copied);
            text.PassTo(end);
            for (int i = 0, size; i < Content.Length; i += size)
                text.Put(Characters.At(Content, i, out size), 1);
            copied = end;
        }
        text.Copy(copied, text.Length - copied);
        text.End();
    }

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        Pattern.Write(json);
        json.WriteString("content", Content);
        json.WriteEndObject();
    }
}
