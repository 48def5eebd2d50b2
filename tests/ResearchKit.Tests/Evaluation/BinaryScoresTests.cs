using ResearchKit.Evaluation;
using Xunit;

namespace ResearchKit.Tests.Evaluation;

public class BinaryScoresTests
{
    // 3 right of class 1, 1 wrong alarm, 2 missed, 4 right of class 0.
    private static readonly int[] Predicted = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0], Labels = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];

    [Fact]
    public void By_hand()
    {
        var scores = BinaryScores.Of(Predicted, Labels);
        Assert.Equal(new BinaryScores(3, 1, 2, 4), scores);
        Assert.Equal(2 / (1 / 0.75 + 1 / 0.6), scores.F1, 12);                                    // precision 3/4, recall 3/5
        Assert.Equal((3 * 4 - 1 * 2) / Math.Sqrt(4.0 * 5 * 5 * 6), scores.Matthews, 12);
    }

    [Fact]
    public void F1_is_of_class_1_and_Matthews_of_both()
    {
        var (scores, swapped) = (BinaryScores.Of(Predicted, Labels), BinaryScores.Of([.. Predicted.Select(c => 1 - c)], [.. Labels.Select(c => 1 - c)]));
        Assert.Equal(scores.Matthews, swapped.Matthews, 12);
        Assert.Equal(8 / 11.0, swapped.F1, 12);
        Assert.Equal(-scores.Matthews, BinaryScores.Of([.. Predicted.Select(c => 1 - c)], Labels).Matthews, 12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Constant_predictions_have_no_correlation(int always)
    {
        var scores = BinaryScores.Of([always, always, always], [0, 1, 1]);
        Assert.Equal(0, scores.Matthews);
        Assert.Equal(always == 1 ? 0.8 : 0, scores.F1, 12);
        Assert.Equal(0, BinaryScores.Of([0, 0], [0, 0]).F1);
    }

    [Fact]
    public void A_whole_test_set_of_Quora_overflows_nothing()
    {
        int[] labels = [.. Enumerable.Range(0, 390_965).Select(i => i % 3 == 0 ? 1 : 0)];
        Assert.Equal(1, BinaryScores.Of(labels, labels).Matthews, 12);
    }

    [Fact]
    public void Other_classes_and_other_lengths_are_refused()
    {
        Assert.Contains("got class 2", Assert.Throws<ArgumentException>(() => BinaryScores.Of([0, 2], [0, 1])).Message);
        Assert.Contains("got class -1", Assert.Throws<ArgumentException>(() => BinaryScores.Of([0, 1], [0, -1])).Message);
        Assert.Throws<ArgumentException>(() => BinaryScores.Of([0], [0, 1]));
        Assert.Throws<ArgumentException>(() => BinaryScores.Of([], []));
    }
}
