namespace ResearchKit.Models;

/// <summary>What one dimension of a parameter counts.</summary>
internal enum Axis
{
    /// <summary>The vocabulary or the segments: as many in every model that reads the same tokens.</summary>
    Tokens,

    /// <summary>Positions: a shorter model has the first of them.</summary>
    Positions,

    /// <summary>What a head says: its weights are new where it says something else.</summary>
    Classes,

    /// <summary>Units of the residual stream, D.</summary>
    Width,

    /// <summary>Units of word vectors that are mapped to the stream, E.</summary>
    Words,

    /// <summary>Units of the feed-forward block, F.</summary>
    Inner,

    /// <summary>Units of all heads of queries, H·d.</summary>
    Heads,

    /// <summary>Units of all heads of keys and values, K·d.</summary>
    SharedHeads,

    /// <summary>Queries, keys and values behind one another, 3·H·d.</summary>
    ThreeHeads,
}

/// <summary>A part of a model: <c>weight</c> [Rows, Columns] and <c>bias</c> [Rows]; of a map stored [inputs, outputs] the bias has
/// the columns.</summary>
/// <param name="Name">The end of its name in the checkpoint, whole words between dots.</param>
/// <param name="Rows">What the first dimension counts.</param>
/// <param name="Columns">What the second counts.</param>
/// <param name="Transposed">Stored [inputs, outputs].</param>
internal sealed record Part(string Name, Axis Rows, Axis Columns, bool Transposed = false);

/// <summary>What the parameters of a model are, dimension by dimension: enough to cut a smaller model out of it.</summary>
/// <param name="LayerPrefix">What stands before a layer's index in names, e.g. <c>bert.encoder.layer.</c>.</param>
/// <param name="Parts">Every part but the norms, whose parameters are all [D].</param>
/// <param name="HeadParts">Beginnings of the names of what another model of this kind may lack, because it ends otherwise.</param>
internal sealed record ParameterLayout(string LayerPrefix, IReadOnlyList<Part> Parts, IReadOnlyList<string> HeadParts)
{
    /// <summary>The dimensions of a parameter.</summary>
    public Axis[] Of(string name)
    {
        int dot = name.LastIndexOf('.');
        string owner = name[..dot];
        // "output.dense" ends "attention.output.dense" too: the longest that fits is meant.
        var part = Parts.Where(p => owner == p.Name || owner.EndsWith("." + p.Name, StringComparison.Ordinal)).MaxBy(p => p.Name.Length);
        if (part is null) return [Axis.Width];
        return name[(dot + 1)..] == "weight" ? [part.Rows, part.Columns] : [part.Transposed ? part.Columns : part.Rows];
    }

    /// <summary>The layer a parameter belongs to, and its name below it; null for what belongs to none.</summary>
    public (int Index, string Below)? LayerOf(string name)
    {
        if (!name.StartsWith(LayerPrefix, StringComparison.Ordinal)) return null;
        int dot = name.IndexOf('.', LayerPrefix.Length);
        return (int.Parse(name.AsSpan(LayerPrefix.Length, dot - LayerPrefix.Length)), name[(dot + 1)..]);
    }

    /// <summary>Whether a parameter belongs to the head.</summary>
    public bool IsHead(string name) => HeadParts.Any(p => name.StartsWith(p, StringComparison.Ordinal));
}
