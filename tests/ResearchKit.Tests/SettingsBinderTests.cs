using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Xunit;

namespace ResearchKit.Tests;

public sealed class SettingsBinderTests
{
    public sealed record Outer
    {
        public required string Name { get; init; }
        public Inner Group { get; init; } = new();
        public int? Limit { get; init; }
    }

    public sealed record Inner
    {
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Rate { get; init; } = 0.5;

        [AllowedValues("linear", "cosine")]
        public string Schedule { get; init; } = "linear";

        [Range(1, int.MaxValue)]
        public int Rows { get; init; } = 8;
    }

    private static Outer Bind(string json) => SettingsBinder.Bind<Outer>(SettingsBinder.Parse(json, "recipe.json"), "recipe.json");

    [Fact]
    public void What_is_given_is_bound_and_the_rest_keeps_its_default()
    {
        var bound = Bind("""{ "name": "a", /* why */ "group": { "rate": 0.25, }, "limit": null }""");
        Assert.Equal("a", bound.Name);
        Assert.Equal(0.25, bound.Group.Rate);
        Assert.Equal(8, bound.Group.Rows);
        Assert.Null(bound.Limit);
    }

    [Theory]
    [InlineData("""{ "name": "a", "group": { "rat": 0.1 } }""", "recipe.json: unknown key 'group.rat'. Did you mean 'group.rate'? Allowed here: rate, rows, schedule.")]
    [InlineData("""{ "name": "a", "zzzzzzzz": 1 }""", "unknown key 'zzzzzzzz'. Allowed here: group, limit, name.")]
    [InlineData("""{ "group": {} }""", "key 'name' is missing, expected a text in quotes.")]
    [InlineData("""{ "name": null }""", "'name' is null, expected a text in quotes.")]
    [InlineData("""{ "name": "a", "group": { "rate": 1 } }""", "'group.rate' is 1, expected a number from 0 to below 1.")]
    [InlineData("""{ "name": "a", "group": { "rate": "fast" } }""", "'group.rate' is \"fast\", expected a number from 0 to below 1.")]
    [InlineData("""{ "name": "a", "group": { "rows": 0 } }""", "'group.rows' is 0, expected a whole number from 1 up.")]
    [InlineData("""{ "name": "a", "group": { "rows": 1.5 } }""", "'group.rows' is 1.5, expected a whole number from 1 up.")]
    [InlineData("""{ "name": "a", "group": { "schedule": "cosin" } }""", "'group.schedule' is \"cosin\", expected one of linear, cosine.")]
    [InlineData("""{ "name": "a", "group": 3 }""", "'group' must be a group of settings { … }, found 3.")]
    [InlineData("""{ "name": "a", """, "recipe.json: not valid JSON at line 1")]
    [InlineData("""[1]""", "expected a JSON object")]
    [InlineData("""{ "name": "a", "name": "b" }""", "Duplicate property")]
    public void What_does_not_fit_is_named_with_what_is_allowed(string json, string message) =>
        Assert.Contains(message, Assert.Throws<KitException>(() => Bind(json)).Message);

    [Fact]
    public void An_override_reaches_into_groups_and_takes_a_bare_word_as_text()
    {
        var node = JsonNode.Parse("""{ "name": "a" }""")!.AsObject();
        SettingsBinder.Override(node, "group.rows=3");
        SettingsBinder.Override(node, "group.schedule=cosine");
        SettingsBinder.Override(node, "name=x=y");
        var bound = SettingsBinder.Bind<Outer>(node, "--set");
        Assert.Equal((3, "cosine", "x=y"), (bound.Group.Rows, bound.Group.Schedule, bound.Name));
    }

    [Theory]
    [InlineData("rows")]
    [InlineData("=3")]
    [InlineData("name.inner=3")]
    public void An_override_that_is_no_assignment_is_refused(string assignment) =>
        Assert.Throws<KitException>(() => SettingsBinder.Override(JsonNode.Parse("""{ "name": "a" }""")!.AsObject(), assignment));
}
