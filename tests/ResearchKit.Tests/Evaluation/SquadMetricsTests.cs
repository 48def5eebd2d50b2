using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Evaluation;
using Xunit;

namespace ResearchKit.Tests.Evaluation;

/// <summary>SQuAD's measures beside Python's own strings (Fixtures/squad/make.py), and by hand.</summary>
public class SquadMetricsTests
{
    private static readonly JsonNode s_reference = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "squad", "answers.json")))!;

    [Fact]
    public void Words_are_those_that_Python_finds()
    {
        var cases = s_reference["words"]!.AsArray();
        Assert.True(cases.Count > 50);
        foreach (var node in cases)
            Assert.Equal((node!["text"]!.GetValue<string>(), string.Join('|', node["words"].Deserialize<string[]>()!)), (node["text"]!.GetValue<string>(), string.Join('|', SquadMetrics.Words(node["text"]!.GetValue<string>()))));
    }

    [Fact]
    public void Answers_count_what_they_count_in_Python()
    {
        var cases = s_reference["pairs"]!.AsArray();
        Assert.Contains(cases, c => c!["f1"]!.GetValue<double>() is > 0.2 and < 0.9);
        foreach (var node in cases)
        {
            string answer = node!["answer"]!.GetValue<string>();
            string[] references = node["references"].Deserialize<string[]>()!;
            var said = $"'{answer}' to {string.Join(" | ", references)}";
            Assert.Equal((said, node["exact"]!.GetValue<double>()), (said, SquadMetrics.ExactMatch(answer, references)));
            Assert.Equal(node["f1"]!.GetValue<double>(), SquadMetrics.F1(answer, references), 1e-12);
        }
    }

    [Theory]
    [InlineData("The  Beatles!", "beatles", 1, 1)]
    [InlineData("the", "The.", 1, 1)]                                 // nothing is left of either
    [InlineData("the", "end", 0, 0)]
    [InlineData("", "", 1, 1)]
    [InlineData("anything", "", 0, 0)]
    [InlineData("a small bird", "the bird", 0, 2.0 / 3)]              // one word in common: 1/2 and 1
    [InlineData("be be be", "to be or not to be", 0, 4.0 / 9)]        // two of three, two of six
    [InlineData("1,000", "1000", 1, 1)]
    [InlineData("theatre", "re", 0, 0)]
    public void By_hand(string answer, string reference, double exact, double f1)
    {
        Assert.Equal(exact, SquadMetrics.ExactMatch(answer, [reference]));
        Assert.Equal(f1, SquadMetrics.F1(answer, [reference]), 1e-12);
    }

    [Fact]
    public void The_nearest_of_several_counts_and_none_means_none()
    {
        Assert.Equal(1, SquadMetrics.ExactMatch("dog", ["cat", "A dog."]));
        Assert.Equal(1, SquadMetrics.F1("big dog", ["dog", "big dog", "cat"]));
        Assert.Equal(1, SquadMetrics.ExactMatch("", []));
        Assert.Equal(0, SquadMetrics.F1("dog", []));
        Assert.Equal(0, SquadMetrics.ExactMatch("the", ["the", "end"]));   // of the first nothing is left, so it is none
    }

    [Fact]
    public void The_best_threshold_is_the_best_of_all()
    {
        foreach (var node in s_reference["searches"]!.AsArray())
        {
            double[] leads = node!["leads"].Deserialize<double[]>()!, answered = node["answered"].Deserialize<double[]>()!, blank = node["blank"].Deserialize<double[]>()!;
            var (score, threshold) = NoAnswerThreshold.Best(leads, answered, blank);
            Assert.Equal(node["best"]!.GetValue<double>(), score, 1e-12);
            if (node["all_blank"]!.GetValue<bool>()) Assert.True(threshold < leads.Min());
            else Assert.Equal(node["cut"]!.GetValue<double>(), threshold);
            Assert.Equal(score, leads.Select((lead, i) => lead <= threshold ? answered[i] : blank[i]).Average(), 1e-12);
        }
    }
}
