namespace ResearchKit.Models;

/// <summary>The shape of a model, with the numbers that a method needs whatever the architecture.</summary>
public abstract record ModelConfig
{
    /// <summary>The architecture's id in <c>config.json</c>: <c>bert</c>, <c>gpt2</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Entries of the vocabulary, V.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Width of the residual stream, D.</summary>
    public abstract int Width { get; }

    /// <summary>Layers, L.</summary>
    public abstract int Layers { get; }

    /// <summary>Attention heads, H.</summary>
    public abstract int Heads { get; }

    /// <summary>The longest row the positions allow.</summary>
    public abstract int MaxLength { get; }
}
