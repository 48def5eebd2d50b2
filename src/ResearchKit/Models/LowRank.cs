using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>Which of a model's linear maps are products of two factors, and of what rank: <c>low_rank</c> in its <c>config.json</c>, a key of the kit.</summary>
public sealed record LowRank
{
    private const string Key = "low_rank";

    /// <summary>k: numbers that are stored of each word, where the vocabulary's table (and an output map of its own) is factorised; null where it is whole.</summary>
    public int? Embedding { get; init; }

    /// <summary>For each layer the ranks by the maps' names (<see cref="LanguageModel.MapNames"/>); a map that is not named is whole.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, int>> Layers { get; init; } = [];

    /// <summary>The rank of a map; null where it is whole.</summary>
    public int? Of(int layer, string matrix) => layer < Layers.Count && Layers[layer].TryGetValue(matrix, out int rank) ? rank : null;

    /// <summary>The ranks of some of the layers, in the order given.</summary>
    public LowRank Keep(IEnumerable<int> layers) => this with { Layers = [.. layers.Select(l => Layers[l])] };

    /// <inheritdoc/>
    public bool Equals(LowRank? other) => other is not null && JsonNode.DeepEquals(ToJson(), other.ToJson());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Embedding, Layers.Count);

    internal static void Write(LowRank? ranks, JsonObject config)
    {
        if (ranks is not null) config[Key] = ranks.ToJson();
    }

    internal static LowRank? Read(ConfigKeys keys)
    {
        if (keys.Group(Key) is not { } group) return null;
        var layers = keys.Object(Key)!["layers"] as JsonArray ?? throw Wrong("has no list 'layers'");
        return new()
        {
            Embedding = group.OptionalInt("embedding"),
            Layers = [.. layers.Select((layer, i) => (IReadOnlyDictionary<string, int>)(layer as JsonObject ?? throw Wrong($"has no object for layer {i}"))
                .Select(p => (p.Key, Value: p.Value is JsonValue v && v.TryGetValue(out int rank) ? rank : throw Wrong($"has no whole number as the rank of '{p.Key}' in layer {i}")))
                .ToDictionary(p => p.Key, p => p.Value))],
        };

        KitException Wrong(string what) => new($"'{keys.Source}': '{Key}' {what}. It holds 'layers', for each layer the ranks of its maps by their names, and 'embedding'.");
    }

    /// <summary>Refuses ranks that no model of this shape has.</summary>
    internal void Validate(ModelConfig config, IReadOnlyList<string> maps)
    {
        if (Layers.Count != config.Layers)
            throw new KitException($"The model's 'low_rank' names the ranks of {Layers.Count} layers, and it has {config.Layers}.");
        if (Embedding < 1) throw new KitException($"The model's 'low_rank.embedding' is {Embedding}; a rank is 1 or more.");
        for (int layer = 0; layer < Layers.Count; layer++)
            foreach (var (matrix, rank) in Layers[layer])
            {
                if (!maps.Contains(matrix))
                    throw new KitException($"The model's 'low_rank' names a map '{matrix}' in layer {layer}; a {config.ModelType} has {string.Join(", ", maps)}.");
                if (rank is < 1 or > ModelConfig.MostWidth)
                    throw new KitException($"The model's 'low_rank' gives '{matrix}' in layer {layer} the rank {rank}; it must be in 1..{ModelConfig.MostWidth}.");
            }
    }

    private JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Embedding is { } k) json["embedding"] = k;
        json["layers"] = new JsonArray([.. Layers.Select(l => new JsonObject(l.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))))]);
        return json;
    }
}
