using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Writes <c>tokenizer.json</c> in the layout of Hugging Face's <c>tokenizers</c> 0.21 and later, two blanks a level.</summary>
internal static class TokenizerWriter
{
    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = PlainJsonEncoder.Instance,
    };

    public static void Save(Tokenizer tokenizer, string path) => AtomicFile.Write(path, stream => Write(tokenizer.Parts, tokenizer.AddedTokens, stream));

    private static void Write(TokenizerParts parts, IReadOnlyList<AddedToken> added, Stream into)
    {
        using var json = new Utf8JsonWriter(into, Layout);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var token in added)
            json.WriteMembers(("id", token.Id), ("content", token.Content), ("single_word", token.SingleWord), ("lstrip", token.LeftStrip),
                ("rstrip", token.RightStrip), ("normalized", token.Normalized), ("special", token.Special));
        json.WriteEndArray();
        Stage("normalizer", parts.Normalizer is { } normalizer ? normalizer.Write : null);
        Stage("pre_tokenizer", parts.PreTokenizer is { } preTokenizer ? preTokenizer.Write : null);
        Stage("post_processor", parts.PostProcessor is { } postProcessor ? postProcessor.Write : null);
        Stage("decoder", parts.Decoder is { } decoder ? decoder.Write : null);
        Stage("model", parts.Model.Write);
        json.WriteEndObject();

        void Stage(string name, Action<Utf8JsonWriter>? write)
        {
            json.WritePropertyName(name);
            if (write is null)
                json.WriteNullValue();
            else
                write(json);
        }
    }
}
