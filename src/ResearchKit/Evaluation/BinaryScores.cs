namespace ResearchKit.Evaluation;

/// <summary>How right predictions of two classes are where the classes are not equally common; class 1 is the positive one.</summary>
/// <param name="TruePositives">Rows of class 1 that are predicted so.</param>
/// <param name="FalsePositives">Rows of class 0 that are predicted as 1.</param>
/// <param name="FalseNegatives">Rows of class 1 that are predicted as 0.</param>
/// <param name="TrueNegatives">Rows of class 0 that are predicted so.</param>
public sealed record BinaryScores(int TruePositives, int FalsePositives, int FalseNegatives, int TrueNegatives)
{
    /// <summary>Counts predictions.</summary>
    /// <param name="classes">What is predicted, 0 or 1.</param>
    /// <param name="labels">What is right, 0 or 1.</param>
    /// <exception cref="ArgumentException">Lengths differ, there are no rows, or a class is neither 0 nor 1.</exception>
    public static BinaryScores Of(IReadOnlyList<int> classes, IReadOnlyList<int> labels)
    {
        if (classes.Count != labels.Count || labels.Count == 0)
            throw new ArgumentException($"As many classes as labels are needed, and at least one: got {classes.Count} and {labels.Count}.");
        if (classes.Concat(labels).FirstOrDefault(c => c is not (0 or 1)) is not 0 and not 1 and var other)
            throw new ArgumentException($"This is a measure of two classes, 0 and 1; got class {other}.");
        int Count(int said, int right) => classes.Zip(labels).Count(p => p == (said, right));
        return new(Count(1, 1), Count(1, 0), Count(0, 1), Count(0, 0));
    }

    /// <summary>2TP / (2TP + FP + FN): the harmonic mean of precision and recall of class 1; 0 where there is no such row and none is predicted.</summary>
    public double F1 => TruePositives + FalsePositives + FalseNegatives == 0 ? 0 : 2.0 * TruePositives / (2.0 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Matthews' coefficient, (TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)), −1 to 1; 0 where a factor below the root is 0, as with
    /// constant predictions.</summary>
    public double Matthews
    {
        get
        {
            double tp = TruePositives, fp = FalsePositives, fn = FalseNegatives, tn = TrueNegatives;
            double root = Math.Sqrt(tp + fp) * Math.Sqrt(tp + fn) * Math.Sqrt(tn + fp) * Math.Sqrt(tn + fn);
            return root == 0 ? 0 : (tp * tn - fp * fn) / root;
        }
    }
}
