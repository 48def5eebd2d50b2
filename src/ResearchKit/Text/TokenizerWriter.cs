using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Writes <c>tokenizer.json</c> in the layout of Hugging Face's <c>tokenizers</c>, two blanks a level.</summary>
internal static class TokenizerWriter
{
    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = PlainJsonEncoder.Instance,
    };

    public static void Write(WordPieceTokenizer tokenizer, Stream into)
    {
        var settings = tokenizer.Settings;
        using var json = new Utf8JsonWriter(into, Layout);
        Begin(json, tokenizer.AddedTokens);
        WriteNormalizer(json, settings.Normalizer);
        Object(json, "pre_tokenizer", ("type", "BertPreTokenizer"));
        WriteTemplate(json, tokenizer, settings.Begin, settings.End);
        Object(json, "decoder", ("type", "WordPiece"), ("prefix", settings.Prefix), ("cleanup", settings.CleanUp));
        json.WriteStartObject("model");
        json.WriteString("type", "WordPiece");
        json.WriteString("unk_token", settings.UnknownToken);
        json.WriteString("continuing_subword_prefix", settings.Prefix);
        json.WriteNumber("max_input_chars_per_word", settings.LongestWord);
        WriteVocabulary(json, tokenizer.Tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void Write(ByteLevelBpeTokenizer tokenizer, Stream into)
    {
        var settings = tokenizer.Settings;
        using var json = new Utf8JsonWriter(into, Layout);
        Begin(json, tokenizer.AddedTokens);
        json.WriteNull("normalizer");
        Object(json, "pre_tokenizer", ("type", "ByteLevel"), ("add_prefix_space", settings.AddPrefixSpace), ("trim_offsets", true),
            ("use_regex", settings.SplitWords));
        if (settings.Begin is null && settings.End is null)
            Object(json, "post_processor", ("type", "ByteLevel"), ("add_prefix_space", true), ("trim_offsets", false), ("use_regex", true));
        else
            WriteTemplate(json, tokenizer, settings.Begin, settings.End);
        Object(json, "decoder", ("type", "ByteLevel"), ("add_prefix_space", true), ("trim_offsets", true), ("use_regex", true));
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (string option in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
            json.WriteNull(option);
        foreach (string option in new[] { "fuse_unk", "byte_fallback", "ignore_merges" })
            json.WriteBoolean(option, false);
        WriteVocabulary(json, tokenizer.Tokens);
        json.WriteStartArray("merges");
        foreach (var (left, right) in tokenizer.Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, IReadOnlyList<AddedToken> added)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var token in added)
            Object(json, null, ("id", token.Id), ("content", token.Content), ("single_word", token.SingleWord), ("lstrip", token.LeftStrip),
                ("rstrip", token.RightStrip), ("normalized", token.Normalized), ("special", token.Special));
        json.WriteEndArray();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, BertNormalizer? normalizer)
    {
        if (normalizer is null)
            json.WriteNull("normalizer");
        else
            Object(json, "normalizer", ("type", "BertNormalizer"), ("clean_text", normalizer.CleanText),
                ("handle_chinese_chars", normalizer.HandleChineseChars), ("strip_accents", normalizer.StripAccents),
                ("lowercase", normalizer.Lowercase));
    }

    /// <summary>The template of one text and of a pair; in its map the tokens come in the order of their spelling.</summary>
    private static void WriteTemplate(Utf8JsonWriter json, Tokenizer tokenizer, string? begin, string? end)
    {
        if (begin is null && end is null)
        {
            json.WriteNull("post_processor");
            return;
        }
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        WritePieces(json, [(begin, 0), ("A", 0), (end, 0)]);
        json.WriteEndArray();
        json.WriteStartArray("pair");
        WritePieces(json, [(begin, 0), ("A", 0), (end, 0), ("B", 1), (end, 1)]);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        foreach (string token in new[] { begin, end }.OfType<string>().Distinct().Order(StringComparer.Ordinal))
        {
            json.WriteStartObject(token);
            json.WriteString("id", token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(tokenizer.IdOf(token)!.Value);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePieces(Utf8JsonWriter json, (string? Id, int Type)[] pieces)
    {
        foreach (var (id, type) in pieces.Where(p => p.Id is not null))
        {
            json.WriteStartObject();
            Object(json, id is "A" or "B" ? "Sequence" : "SpecialToken", ("id", id), ("type_id", type));
            json.WriteEndObject();
        }
    }

    private static void WriteVocabulary(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("vocab");
        foreach (var (token, id) in vocabulary.Entries)
            json.WriteNumber(token, id);
        json.WriteEndObject();
    }

    private static void Object(Utf8JsonWriter json, string? name, params (string Name, object? Value)[] members)
    {
        if (name is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(name);
        foreach (var (key, value) in members)
        {
            switch (value)
            {
                case null: json.WriteNull(key); break;
                case int number: json.WriteNumber(key, number); break;
                case bool flag: json.WriteBoolean(key, flag); break;
                default: json.WriteString(key, (string)value); break;
            }
        }
        json.WriteEndObject();
    }
}
