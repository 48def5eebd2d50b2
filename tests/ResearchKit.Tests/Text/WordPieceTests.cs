using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

public class WordPieceTests
{
    private static readonly Tokenizer Trained = TokenizerFile.Load(Fixture.PathOf("wordpiece.json"));

    [Theory]
    [InlineData("Ça va, Ÿ? İstanbul", "ca va, y? istanbul")]
    [InlineData("a\u0301\u200b\u0000b\tc", "ab c")]
    [InlineData("a中b", "a 中 b")]
    [InlineData("각힣", "\u1100\u1161\u11a8\u1112\u1175\u11c2")]
    [InlineData("ﬁ ½ Å", "ﬁ ½ a")]
    public void Cleans_as_bert_does(string text, string clean) => Assert.Equal(clean, new BertNormalizer().Normalize(text));

    [Theory]
    [InlineData(true, true, null, false, "É\u0301\u00a0İ", "É\u0301 İ")]
    [InlineData(true, true, false, true, "É\u0301İ", "é\u0301i\u0307")]
    [InlineData(true, true, true, false, "É\u0301İ", "EI")]
    [InlineData(false, false, null, true, "É\u00a0中\u0007", "e\u00a0中\u0007")]
    public void Each_part_of_the_cleaning_can_be_switched(bool clean, bool chinese, bool? strip, bool lower, string text, string expected) =>
        Assert.Equal(expected, new BertNormalizer(clean, chinese, strip, lower).Normalize(text));

    [Fact]
    public void Lengths_and_ids_stay_in_bounds_for_any_text() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        Trained.Encode(text ?? "").All(id => id >= 0 && id < Trained.VocabularySize)).QuickCheckThrowOnFailure();

    [Fact]
    public void Special_tokens_in_the_text_are_found_as_they_are_written()
    {
        Assert.Equal([2, 3, 4], Trained.Encode("[CLS][SEP] [MASK]"));
        Assert.DoesNotContain(4, Trained.Encode("[mask]"));
        Assert.Equal("", Trained.Decode([2, 3]));
    }

    [Fact]
    public void An_id_beyond_the_vocabulary_is_refused() =>
        Assert.Contains("0 to 699", Assert.Throws<KitException>(() => Trained.Decode([700])).Message);
}
