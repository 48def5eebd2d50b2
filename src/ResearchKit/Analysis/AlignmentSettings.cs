using System.ComponentModel.DataAnnotations;

namespace ResearchKit.Analysis;

/// <summary>What <see cref="LayerAlignment"/> compares.</summary>
public sealed record AlignmentSettings
{
    /// <summary>The pairs of places whose hidden states, heads and maps are compared; null for <see cref="LayerAlignment.Layers"/>.</summary>
    public IReadOnlyList<LayerPair>? Layers { get; init; }

    /// <summary>Whether to compute CKA, which costs most: D·D' multiplications for each token and pair of places.</summary>
    public bool Cka { get; init; } = true;

    /// <summary>The teacher's places that CKA is computed of; null for all, 0 to L_T.</summary>
    public IReadOnlyList<int>? TeacherPlaces { get; init; }

    /// <summary>The student's; null for all, 0 to L_S.</summary>
    public IReadOnlyList<int>? StudentPlaces { get; init; }

    /// <summary>The most that the sums of CKA may take, in gigabytes: 8 bytes for each of D·D' numbers and each pair of places (0.9 GB between
    /// two of BERT-base's size). They lie where the models are.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double CkaGigabytes { get; init; } = 8;
}
