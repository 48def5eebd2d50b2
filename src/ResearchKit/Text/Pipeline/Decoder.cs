using System.Text;
using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Turns tokens back into text: the last stage of a tokenizer.</summary>
internal abstract record Decoder
{
    /// <summary>The tokens after this stage; joined, they are the text.</summary>
    public abstract List<string> Apply(List<string> tokens);

    /// <summary>Writes the stage as <c>tokenizer.json</c> has it.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>English spacing around punctuation and contractions, as the reference's <c>cleanup</c> does it.</summary>
    protected static string Tidy(string text) => text.Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",")
        .Replace(" ' ", "'").Replace(" n't", "n't").Replace(" 'm", "'m").Replace(" do not", " don't").Replace(" 's", "'s")
        .Replace(" 've", "'ve").Replace(" 're", "'re");
}

/// <summary>Several, one after the other.</summary>
internal sealed record DecoderSequence(IReadOnlyList<Decoder> Stages) : Decoder
{
    public override List<string> Apply(List<string> tokens) => Stages.Aggregate(tokens, (t, stage) => stage.Apply(t));

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("decoders");
        foreach (var stage in Stages)
            stage.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>BERT's: blanks between words, none before a piece that continues one.</summary>
internal sealed record WordPieceDecoder(string Prefix, bool CleanUp) : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        foreach (string token in tokens)
        {
            string text = result.Count == 0 ? token
                : token.StartsWith(Prefix, StringComparison.Ordinal) ? token[Prefix.Length..] : " " + token;
            result.Add(CleanUp ? Tidy(text) : text);
        }
        return result;
    }

    public override void Write(Utf8JsonWriter json) => json.WritePart("WordPiece", ("prefix", Prefix), ("cleanup", CleanUp));
}

/// <summary>The text whose UTF-8 the tokens spell in <see cref="ByteAlphabet"/>. The settings are kept for the file; they change nothing.</summary>
internal sealed record ByteLevelDecoder(bool AddPrefixSpace = true, bool TrimOffsets = true, bool UseRegex = true) : Decoder
{
    public override List<string> Apply(List<string> tokens) => [ByteAlphabet.Decode(tokens)];

    public override void Write(Utf8JsonWriter json) =>
        json.WritePart("ByteLevel", ("add_prefix_space", AddPrefixSpace), ("trim_offsets", TrimOffsets), ("use_regex", UseRegex));
}

/// <summary>SentencePiece's: the visible character is a blank again, but none before the text.</summary>
internal sealed record MetaspaceDecoder(string Replacement, PrependScheme Scheme, bool Split) : Decoder
{
    public override List<string> Apply(List<string> tokens) =>
        [.. tokens.Select((token, i) => token.Replace(Replacement, i == 0 && Scheme != PrependScheme.Never ? "" : " "))];

    public override void Write(Utf8JsonWriter json) => json.WritePart("Metaspace", ("replacement", Replacement),
        ("prepend_scheme", Scheme.ToString().ToLowerInvariant()), ("split", Split));
}

/// <summary>Byte tokens in a row become the text whose UTF-8 they are, or each one U+FFFD where they are none.</summary>
internal sealed record ByteFallbackDecoder : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (ValueOf(token) is { } value)
            {
                bytes.Add(value);
                continue;
            }
            Flush();
            result.Add(token);
        }
        Flush();
        return result;

        void Flush()
        {
            if (bytes.Count == 0)
                return;
            byte[] utf8 = [.. bytes];
            if (System.Text.Unicode.Utf8.IsValid(utf8))
                result.Add(Encoding.UTF8.GetString(utf8));
            else
                result.AddRange(Enumerable.Repeat("\ufffd", utf8.Length));
            bytes.Clear();
        }
    }

    public override void Write(Utf8JsonWriter json) => json.WritePart("ByteFallback");

    private static byte? ValueOf(string token) => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && char.IsAsciiHexDigit(token[3]) && char.IsAsciiHexDigit(token[4]) ? Convert.FromHexString(token.AsSpan(3, 2))[0] : null;
}

/// <summary>Joins all tokens to one.</summary>
internal sealed record Fuse : Decoder
{
    public override List<string> Apply(List<string> tokens) => [string.Concat(tokens)];

    public override void Write(Utf8JsonWriter json) => json.WritePart("Fuse");
}

/// <summary>Takes up to so many of a character off the ends of each token.</summary>
internal sealed record StripDecoder(string Content, int Start, int Stop) : Decoder
{
    public override List<string> Apply(List<string> tokens) => tokens.ConvertAll(token =>
    {
        int start = 0, end = token.Length;
        for (int i = 0; i < Start && token.AsSpan(start).StartsWith(Content, StringComparison.Ordinal); i++)
            start += Content.Length;
        for (int i = 0; i < Stop && token.AsSpan(start, end - start).EndsWith(Content, StringComparison.Ordinal); i++)
            end -= Content.Length;
        return token[start..end];
    });

    public override void Write(Utf8JsonWriter json) => json.WritePart("Strip", ("content", Content), ("start", Start), ("stop", Stop));
}

/// <summary>Replaces whatever matches in each token.</summary>
internal sealed record ReplaceDecoder(TextPattern Pattern, string Content) : Decoder
{
    public override List<string> Apply(List<string> tokens) => tokens.ConvertAll(t => Pattern.Replace(t, Content));

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        Pattern.Write(json);
        json.WriteString("content", Content);
        json.WriteEndObject();
    }
}

/// <summary>Makes a blank of what marks the end of a word, but for the last.</summary>
internal sealed record SuffixDecoder(string Suffix) : Decoder
{
    public override List<string> Apply(List<string> tokens) =>
        [.. tokens.Select((token, i) => token.Replace(Suffix, i == tokens.Count - 1 ? "" : " "))];

    public override void Write(Utf8JsonWriter json) => json.WritePart("BPEDecoder", ("suffix", Suffix));
}
