using ResearchKit.Runs;
using Xunit;

namespace ResearchKit.Tests.Runs;

public sealed class RecipeTests
{
    [Theory]
    [InlineData("topic-teacher")]
    [InlineData("topic-student")]
    [InlineData("topic-kd")]
    [InlineData("define-teacher")]
    [InlineData("define-student")]
    [InlineData("define-fkl")]
    public void Every_recipe_of_the_kit_is_valid_and_bears_its_files_name(string name) =>
        Assert.Equal(name, Recipe.From(Demo.Recipe(name), name).Name);

    [Theory]
    [InlineData("train.epoch=3", "Did you mean 'train.epochs'?")]
    [InlineData("data.maxLength=2", "'data.maxLength' is 2, expected a whole number from 8 to 8192")]
    [InlineData("evaluation.split=train", "expected one of validation, test")]
    [InlineData("student.dropout=1", "'student.dropout' is 1")]
    public void A_typo_or_a_wrong_range_is_refused_before_any_work(string assignment, string message) =>
        Assert.Contains(message, Assert.Throws<KitException>(() => Recipe.From(Demo.Recipe("topic-kd"), "r.json", [assignment])).Message);

    [Fact]
    public void A_recipe_that_is_not_there_is_named() =>
        Assert.Contains("no/such.json", Assert.Throws<KitException>(() => Recipe.Load("no/such.json")).Message);
}
