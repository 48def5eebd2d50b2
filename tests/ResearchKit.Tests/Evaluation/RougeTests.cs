using System.Text.Json.Nodes;
using ResearchKit.Evaluation;
using Xunit;

namespace ResearchKit.Tests.Evaluation;

/// <summary>ROUGE-L by hand, and beside NLTK's stems and scores computed anew in Python (Fixtures/rouge/make.py).</summary>
public class RougeTests
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "Fixtures", "rouge");

    [Theory]
    [InlineData("the cat sat", 1.0, "the cat sat")]
    [InlineData("The CAT sat!", 1.0, "the cat, sat")]
    [InlineData("", 0.0, "the cat")]
    [InlineData("the cat", 0.0, "")]
    [InlineData("", 0.0, "")]                                                          // as rouge_score: nothing in common
    [InlineData("...", 0.0, "...")]
    [InlineData("the the the the", 0.4, "the")]                                        // 2·1/(4 + 1): a word is used once
    [InlineData("a b a b", 0.75, "b a b a")]                                           // common: b a b, 2·3/8
    [InlineData("police kill the gunman", 1.0, "police killed the gunman")]            // stems
    [InlineData("the gunman kill police", 0.5, "police killed the gunman")]            // order: 2·2/8
    [InlineData("relational databases", 1.0, "relate database")]
    [InlineData("its", 0.0, "it")]                                                     // three letters are not stemmed
    [InlineData("cats", 1.0, "cat")]                                                   // four are, and meet a word of three
    [InlineData("3.14", 1.0, "3 14")]
    [InlineData("1,000", 0.0, "1000")]
    [InlineData("don't", 1.0, "don t")]
    [InlineData("naïve café", 0.0, "naive cafe")]                                      // na ve caf
    [InlineData("naïve café", 1.0, "NA VE CAF")]
    [InlineData("日本語", 0.0, "日本語")]
    [InlineData("\u212Aelvin", 1.0, "kelvin")]                                         // the Kelvin sign's small letter is k
    [InlineData("\u0130zmir", 1.0, "i zmir")]                                          // İ's is i and a dot
    [InlineData("a b", 0.8, "c d", "a b c", "b")]                                      // the best reference: 2·2/5
    public void By_hand(string prediction, double expected, params string[] references) => Assert.Equal(expected, Rouge.L(prediction, references), 1e-12);

    [Fact]
    public void The_stems_are_nltks()
    {
        var pairs = File.ReadLines(Path.Combine(Fixtures, "stems.txt")).Select(l => l.Split(' ')).ToList();
        Assert.True(pairs.Count > 3000);
        Assert.True(pairs.Count(p => p[0] != p[1]) > 1500);
        Assert.All(pairs, p => Assert.Equal((p[0], p[1]), (p[0], PorterStemmer.Stem(p[0]))));
    }

    [Fact]
    public void Scores_are_those_of_the_definition_in_Python()
    {
        var rows = JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures, "pairs.json")))!.AsArray();
        Assert.True(rows.Count > 100);
        foreach (var row in rows)
        {
            string prediction = row!["prediction"]!.GetValue<string>(), reference = row["reference"]!.GetValue<string>();
            Assert.Equal(row["rougeL"]!.GetValue<double>(), Rouge.L(prediction, reference), 1e-12);
            Assert.Equal(row["exact"]!.GetValue<bool>(), ExactMatch.Of(prediction, [reference]));
        }
    }

    [Theory]
    [InlineData("The cat.", "the  cat", true)]
    [InlineData("The cat", "cat", false)]                 // articles stay
    [InlineData("it's", "its", true)]
    [InlineData("a\u00A0b\u2003c", "A b, c!", true)]      // any white space
    [InlineData("", "?!", true)]
    [InlineData("ÉTÉ", "été", true)]
    public void Exact_match_by_hand(string prediction, string reference, bool expected) => Assert.Equal(expected, ExactMatch.Of(prediction, ["other", reference]));

    [Fact]
    public void A_score_needs_a_reference() => Assert.Throws<ArgumentException>(() => Rouge.L("a", []));
}
