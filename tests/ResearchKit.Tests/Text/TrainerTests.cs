using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

public class TrainerTests
{
    public static TheoryData<string> Kinds => ["wordpiece.json", "bytelevel.json"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Makes_the_committed_file_to_the_byte_whatever_the_order_of_the_texts(string name)
    {
        string[] texts = [.. Fixture.Corpus];
        new Random(7).Shuffle(texts);
        Assert.Equal(File.ReadAllText(Fixture.PathOf(name)), Saved(Train(name, texts, 700)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_smaller_vocabulary_is_the_beginning_of_a_larger_one(string name)
    {
        var (small, large) = (Train(name, Fixture.Corpus, 400), Train(name, Fixture.Corpus, 500));
        Assert.Equal(400, small.VocabularySize);
        Assert.Equal(500, large.VocabularySize);
        Assert.All(Enumerable.Range(0, 400), id => Assert.Equal(large.TokenOf(id), small.TokenOf(id)));
    }

    [Fact]
    public void Joins_the_most_frequent_pair_first_and_of_equals_the_one_of_the_lower_ids()
    {
        // yx comes three times, ab and cd twice each; "dc" is rarer than asked for.
        var tokenizer = ByteLevelBpeTrainer.Train(["yx", "cd", "ab", "ab", "cd", "yx", "yx", "dc"], 300);
        Assert.Equal(["yx", "ab", "cd"], Enumerable.Range(257, tokenizer.VocabularySize - 257).Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Counts_overlapping_pairs_as_they_are_joined()
    {
        // aaaa joins to aa aa, then to aaaa: three occurrences of one word give two merges.
        var tokenizer = ByteLevelBpeTrainer.Train(["aaaa", "aaaa"], 300);
        Assert.Equal(["aa", "aaaa"], Enumerable.Range(257, tokenizer.VocabularySize - 257).Select(tokenizer.TokenOf));
        Assert.Equal([258, 257, tokenizer.IdOf("a")!.Value], tokenizer.Encode("aaaaaaa"));
    }

    [Fact]
    public void Word_pieces_are_special_tokens_then_the_alphabet_twice_then_what_was_learned()
    {
        var tokenizer = WordPieceTrainer.Train(["Hut hut HUT, tuh"], 100);
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ",", "h", "t", "u", "##,", "##h", "##t", "##u", "hu", "hut"],
            Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.TokenOf));
        Assert.Equal((0, 2, 3), (tokenizer.PaddingId, tokenizer.BeginId, tokenizer.EndId));
        Assert.Equal([tokenizer.IdOf("hut")!.Value, tokenizer.IdOf("##u")!.Value, 1], tokenizer.Encode("hutu hot"));
    }

    [Fact]
    public void A_rare_character_beyond_the_limit_makes_its_word_unknown()
    {
        var tokenizer = WordPieceTrainer.Train(["aa aa bb bb cz"], 100, alphabetLimit: 2);
        Assert.Null(tokenizer.IdOf("c"));
        Assert.Equal([1, tokenizer.IdOf("aa")!.Value], tokenizer.Encode("cz aa"));
    }

    [Theory]
    [InlineData("wordpiece.json", 12)]
    [InlineData("bytelevel.json", 256)]
    public void Refuses_a_size_that_the_alphabet_alone_exceeds(string name, int size)
    {
        var e = Assert.Throws<KitException>(() => Train(name, Fixture.Corpus, size));
        Assert.Contains($"vocabulary of {size}", e.Message);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Refuses_texts_without_a_word(string name) =>
        Assert.Contains("no word", Assert.Throws<KitException>(() => Train(name, [], 700)).Message);

    private static Tokenizer Train(string name, IEnumerable<string> texts, int size) =>
        name == "wordpiece.json" ? WordPieceTrainer.Train(texts, size) : ByteLevelBpeTrainer.Train(texts, size);

    private static string Saved(Tokenizer tokenizer)
    {
        string path = Path.GetTempFileName();
        tokenizer.Save(path);
        string text = File.ReadAllText(path);
        File.Delete(path);
        return text;
    }
}
