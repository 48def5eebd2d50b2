namespace ResearchKit.Analysis;

/// <summary>What <see cref="LayerAlignment"/> found. Places are counted as hidden states are: 0 is the embedding output, k the state after layer k.</summary>
/// <param name="Tokens">Real tokens that all of it is a mean over.</param>
/// <param name="TeacherPlaces">The teacher's places, the rows of the two matrices that follow.</param>
/// <param name="StudentPlaces">The student's, their columns.</param>
/// <param name="Cka">Linear CKA between hidden states, 0 to 1; empty where it was not asked for.</param>
/// <param name="DebiasedCka">The same, estimated without bias.</param>
/// <param name="Hidden">Each pair of places, with the distance of its hidden states.</param>
/// <param name="Attention">Each pair of layers (places above the embedding), with the distances of its heads.</param>
/// <param name="Matrices">Of each linear map that gives as many numbers in both models the error of its output, a number for each entry of
/// <paramref name="Attention"/>: ‖Y_S − Y_T‖²_F / ‖Y_T‖²_F over all tokens.</param>
public sealed record AlignmentReport(long Tokens, IReadOnlyList<int> TeacherPlaces, IReadOnlyList<int> StudentPlaces,
    IReadOnlyList<IReadOnlyList<double>> Cka, IReadOnlyList<IReadOnlyList<double>> DebiasedCka,
    IReadOnlyList<HiddenDistance> Hidden, IReadOnlyList<HeadDistances> Attention, IReadOnlyList<MatrixError> Matrices);

/// <summary>How far a student's hidden states are from the teacher's at one pair of places.</summary>
/// <param name="Pair">The places.</param>
/// <param name="Error">‖H_S − H_T‖²_F / ‖H_T‖²_F over all tokens: 0 for equals, 1 where the student says nothing; null where the widths differ.</param>
/// <param name="Cosine">Between both states of a token, mean over tokens, −1 to 1; null where the widths differ.</param>
public sealed record HiddenDistance(LayerPair Pair, double? Error, double? Cosine);

/// <summary>How far a student's heads look from where the teacher's do, in one pair of layers.</summary>
/// <param name="Pair">The layers, counted from 1.</param>
/// <param name="Divergence">KL(A_T ‖ A_S) in nats, mean over real queries: a row for each of the student's heads, a column for each of the teacher's.
/// A probability that the student's precision cannot hold counts as the least that it can.</param>
public sealed record HeadDistances(LayerPair Pair, IReadOnlyList<IReadOnlyList<double>> Divergence)
{
    /// <summary>Of each head the divergence from the teacher's head of the same number; null where one model has more heads than the other.</summary>
    public IReadOnlyList<double>? OfSameHead() => Divergence.Any(row => row.Count != Divergence.Count) ? null : [.. Divergence.Select((row, h) => row[h])];

    /// <summary>Of each of the student's heads the teacher's that looks most alike, counted from 0, and its divergence: for students whose heads stand in another
    /// order, or are not as many.</summary>
    public IReadOnlyList<(int Head, double Divergence)> OfNearestHead() =>
        [.. Divergence.Select(row => row.Index().MinBy(d => d.Item)).Select(nearest => (nearest.Index, nearest.Item))];
}

/// <summary>The error of one kind of linear map.</summary>
/// <param name="Matrix"><c>query</c>, <c>key</c>, <c>value</c>, <c>output</c>, <c>up</c>, <c>down</c> or <c>gate</c>.</param>
/// <param name="Layers">A number for each layer, from the lowest.</param>
public sealed record MatrixError(string Matrix, IReadOnlyList<double> Layers);
