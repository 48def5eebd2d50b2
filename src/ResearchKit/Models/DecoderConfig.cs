using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The shape of a decoder, with the tokens between which it writes.</summary>
public abstract record DecoderConfig : ModelConfig
{
    /// <summary><c>bos_token_id</c>, or null.</summary>
    public int? BeginId { get; init; }

    /// <summary><c>eos_token_id</c>, or null: the token that ends a generated text.</summary>
    public int? EndId { get; init; }

    /// <summary>Further tokens that end a text, where <c>eos_token_id</c> is a list.</summary>
    public IReadOnlyList<int> OtherEndIds { get; init; } = [];

    /// <summary><c>tie_word_embeddings</c>: the head is the word table, one parameter for both.</summary>
    public bool Tied { get; init; } = true;

    /// <summary>Every token that ends a text.</summary>
    public IReadOnlyList<int> EndIds => EndId is { } end ? [end, .. OtherEndIds] : [];

    /// <summary><c>eos_token_id</c>: a number, or a list of them.</summary>
    private protected JsonNode? EndIdsJson() =>
        OtherEndIds.Count > 0 ? new JsonArray([.. EndIds.Select(id => JsonValue.Create(id))]) : EndId is { } end ? JsonValue.Create(end) : null;
}
