using ResearchKit.Evaluation;
using Xunit;

namespace ResearchKit.Tests.Evaluation;

public sealed class AgreementTests
{
    private static readonly Predictions One = new([[2, 1], [0, 3], [5, -5]]);
    private static readonly Predictions Other = new([[2, 1], [4, 3], [5, -5]]);

    [Fact]
    public void Accuracy_counts_the_right_rows() => Assert.Equal(2 / 3.0, Agreement.Accuracy(One.Classes, [0, 1, 1]), 12);

    [Fact]
    public void A_model_is_wholly_loyal_to_itself()
    {
        Assert.Equal(1, Agreement.LabelLoyalty(One, One));
        Assert.Equal(1, Agreement.ProbabilityLoyalty(One, One), 12);
    }

    [Fact]
    public void Label_loyalty_is_the_share_of_equal_classes() => Assert.Equal(2 / 3.0, Agreement.LabelLoyalty(One, Other), 12);

    [Fact]
    public void Probability_loyalty_has_its_floor_at_one_minus_the_root_of_ln_2()
    {
        var opposite = Agreement.ProbabilityLoyalty(new([[1000, -1000]]), new([[-1000, 1000]]));
        Assert.Equal(1 - Math.Sqrt(Math.Log(2)), opposite, 12);
    }

    [Fact]
    public void A_shift_of_all_logits_changes_nothing()
    {
        var shifted = new Predictions([.. One.Logits.Select(row => row.Select(z => z + 7).ToArray())]);
        Assert.Equal(Agreement.ProbabilityLoyalty(One, Other), Agreement.ProbabilityLoyalty(shifted, Other), 6);
    }

    [Fact]
    public void Different_row_counts_are_refused() =>
        Assert.Throws<ArgumentException>(() => Agreement.LabelLoyalty(One, new Predictions([[1, 2]])));
}
