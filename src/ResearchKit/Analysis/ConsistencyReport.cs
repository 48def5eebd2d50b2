using ResearchKit.Evaluation;

namespace ResearchKit.Analysis;

/// <summary>What <see cref="GradientConsistency"/> found.</summary>
/// <param name="Layers">One for each place compared, in the order asked for.</param>
/// <param name="SameAnswer">Of each sample, whether both models predict the same class. Where they do not, the confidences of a task of two classes
/// pull in opposite directions, and the cosines are negative by right.</param>
public sealed record ConsistencyReport(IReadOnlyList<LayerConsistency> Layers, IReadOnlyList<bool> SameAnswer)
{
    /// <summary>The means alone, small enough to be kept for every step of a training.</summary>
    /// <param name="step">The optimizer step after which it was measured.</param>
    public ConsistencyMeans Means(long step) => new(step, [.. Layers.Select(l => new LayerMean(l.Name, l.OverTokens.Mean, l.AtFirstToken.Mean))]);
}

/// <summary>The cosines between student's and teacher's gradients at one place.</summary>
/// <param name="Pair">The place in either model.</param>
/// <param name="Cosines">Of each sample, in the samples' order, a cosine for each of its tokens (special ones included), −1 to 1; not a number where
/// one of the gradients is 0.</param>
public sealed record LayerConsistency(LayerPair Pair, IReadOnlyList<IReadOnlyList<double>> Cosines)
{
    /// <summary>The student's place, as the paper writes it: <c>E</c>, <c>h1</c>, <c>h2</c>, …</summary>
    public string Name => NameOf(Pair.Student);

    /// <summary>Every token's cosine in one list, without those that are no number: what a histogram shows.</summary>
    public IReadOnlyList<double> Tokens { get; } = [.. Cosines.SelectMany(row => row).Where(double.IsFinite)];

    /// <summary>Mean, deviation and number over all tokens; the mean is no number where there is none.</summary>
    public Spread OverTokens => Over(Tokens);

    /// <summary>The same over first tokens, [CLS], which the class is read off.</summary>
    public Spread AtFirstToken => Over([.. Cosines.Select(row => row[0]).Where(double.IsFinite)]);

    /// <summary>The name of a place, as the paper writes it: <c>E</c> of 0, <c>h</c> and the layer's number of others.</summary>
    public static string NameOf(int layer) => layer == 0 ? "E" : $"h{layer}";

    private static Spread Over(IReadOnlyCollection<double> values) => values.Count == 0 ? new(double.NaN, double.NaN, 0) : Spread.Of(values);
}

/// <summary>The means of a <see cref="ConsistencyReport"/> at one step of a training.</summary>
/// <param name="Step">The optimizer step; 0 before the first.</param>
/// <param name="Layers">The means at each place.</param>
public sealed record ConsistencyMeans(long Step, IReadOnlyList<LayerMean> Layers);

/// <summary>Means at one place.</summary>
/// <param name="Name"><c>E</c>, <c>h1</c>, …</param>
/// <param name="Tokens">Over all tokens.</param>
/// <param name="FirstToken">Over first tokens.</param>
public sealed record LayerMean(string Name, double Tokens, double FirstToken);
