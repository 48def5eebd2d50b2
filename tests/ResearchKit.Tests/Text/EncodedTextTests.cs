using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

public class EncodedTextTests
{
    public static TheoryData<string> Files => ["wordpiece.json", "bytelevel.json", "sp-bpe.json", "sp-unigram.json", "sp-unigram-bytes.json", "bpe.model", "unigram.model", "bpe.bin"];

    private static readonly string[] Bits = ["a", "The", " tree", " ", "  ", "'s", "1", "½", "é", "e\u0301", "中", "한", "😀", "\n", "\t", "\u00a0", "!", "ﬁ", "\u200b", "\u0000",
        "\ud800", "\udc00", "[SEP]", "<|endoftext|>", "<s>", "▁", "\u0345\u0334", "\uff21"];

    private static readonly Arbitrary<string> Strings = Gen.Elements(Bits).ListOf().Select(string.Concat)
        .Or(ArbMap.Default.GeneratorFor<string>().Select(s => s ?? "")).ToArbitrary();

    [Theory]
    [MemberData(nameof(Files))]
    public void Any_string_at_all_becomes_ids_with_places_inside_the_text_in_its_order(string file)
    {
        var tokenizer = TokenizerFile.Load(Fixture.PathOf(file));
        Prop.ForAll(Strings, text =>
        {
            var encoded = tokenizer.EncodeText(text, options: new(AddSpecial: false));
            Assert.Equal(tokenizer.Encode(text), encoded.Ids);
            tokenizer.Decode(encoded.Ids);
            int before = 0;
            foreach (var span in encoded.Spans)
            {
                Assert.InRange(span.Start, before, text.Length);
                Assert.InRange(span.End, span.Start, text.Length);
                before = span.Start;
            }
            Assert.Equal(encoded.Words.Order(), encoded.Words);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Places_of_a_byte_level_vocabulary_are_the_text()
    {
        var tokenizer = TokenizerFile.Load(Fixture.PathOf("bytelevel.json"));
        Prop.ForAll(Strings, text =>
        {
            var encoded = tokenizer.EncodeText(text, options: new(AddSpecial: false));
            int covered = 0;
            foreach (var span in encoded.Spans)
            {
                Assert.True(span.Start <= covered && span.End >= covered); // none is left out; parts of one character share it
                covered = span.End;
            }
            Assert.Equal(text.Length, covered);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Words_are_what_their_places_say_whatever_the_normalizer_did()
    {
        const string text = "  Ångström\u200b's 中文—ＴＲＥＥ";
        var encoded = TokenizerFile.Load(Fixture.PathOf("wordpiece.json")).EncodeText(text);
        var words = encoded.Words.Zip(encoded.Spans).Where(t => t.First >= 0).GroupBy(t => t.First)
            .Select(g => text[g.First().Second.Start..g.Last().Second.End]);
        Assert.Equal(["Ångström", "'", "s", "中", "文", "—", "ＴＲＥＥ"], words);
    }

    [Fact]
    public void An_answer_is_found_among_the_tokens_and_among_the_chars()
    {
        const string question = "Which bird? 😀", context = "😀 A small heron of dry grasslands, noted for its loud singing.";
        var tokenizer = TokenizerFile.Load(Fixture.PathOf("wordpiece.json"));
        int start = context.IndexOf("dry", StringComparison.Ordinal), end = context.IndexOf(',') - 1;
        bool found = false;
        foreach (var window in tokenizer.EncodeText(question, context, new(MaxLength: 24, Truncate: Truncation.OnlySecond, Stride: 6)).Windows)
        {
            Assert.InRange(window.Ids.Length, 1, 24);
            if ((window.TokenAt(start, 1), window.TokenAt(end, 1)) is not ( >= 0 and var first, >= 0 and var last))
                continue;
            Assert.Equal("dry grasslands", window.SpanOf(first, last).Of(context));
            found = true;
        }
        Assert.True(found);
        Assert.Equal(-1, tokenizer.EncodeText(question, context).TokenAt(2, 1)); // a blank belongs to no token
    }

    [Fact]
    public void Code_points_are_counted_as_Python_counts_them()
    {
        var points = new CodePoints("a😀b\ud800");
        Assert.Equal(4, points.Count);
        Assert.Equal([0, 1, 3, 4, 5], Enumerable.Range(0, 5).Select(points.ToChar));
        Assert.Equal([0, 1, 1, 2, 3, 4], Enumerable.Range(0, 6).Select(points.FromChar));
        Assert.Equal(new TextSpan(1, 2), points.FromChars(new(1, 3)));
        Assert.Equal(new TextSpan(1, 3), points.ToChars(new(1, 2)));
        Assert.Contains("no place 5", Assert.Throws<KitException>(() => points.ToChar(5)).Message);
    }

    [Fact]
    public void Cuts_that_cannot_be_made_are_refused()
    {
        var tokenizer = TokenizerFile.Load(Fixture.PathOf("wordpiece.json"));
        string Refused(string? second, EncodeOptions options) => Assert.Throws<KitException>(() => tokenizer.EncodeText("a b c d", second, options)).Message;
        Assert.Contains("no room for text beside the 2 special", Refused(null, new(MaxLength: 2)));
        Assert.Contains("no second text", Refused(null, new(MaxLength: 4, Truncate: Truncation.OnlySecond)));
        Assert.Contains("second text has 1 tokens, but 3", Refused("a", new(MaxLength: 5, Truncate: Truncation.OnlySecond)));
        Assert.Contains("first text has 4 tokens, but 4", Refused("a b c", new(MaxLength: 6, Truncate: Truncation.OnlyFirst)));
        Assert.Contains("from 0 to 1", Refused(null, new(MaxLength: 4, Stride: 2)));
    }

    [Fact]
    public void A_megabyte_without_a_space_is_no_trap()
    {
        string text = string.Concat(Enumerable.Repeat("abcdefgh", 1 << 17));
        foreach (string file in Files)
        {
            var tokenizer = TokenizerFile.Load(Fixture.PathOf(file));
            Assert.NotEmpty(tokenizer.Encode(text));
        }
    }
}
