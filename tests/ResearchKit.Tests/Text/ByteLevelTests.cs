using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

public class ByteLevelTests
{
    private static readonly Tokenizer Trained = TokenizerFile.Load(Fixture.PathOf("bytelevel.json"));

    [Fact]
    public void Gives_every_text_back() => Prop.ForAll(Strings(), text =>
        Trained.Decode(Trained.Encode(text)) == string.Concat(text.EnumerateRunes())).QuickCheckThrowOnFailure();

    [Fact]
    public void Words_are_those_of_the_published_pattern() => Prop.ForAll(Strings(), text =>
    {
        // .NET's expressions do not see beyond the basic plane, so neither does this comparison.
        string basic = string.Concat(text.Where(c => !char.IsSurrogate(c)));
        var words = new List<string>();
        for (string rest = basic; rest.Length > 0; rest = rest[words[^1].Length..])
            words.Add(rest[..WordPattern.Gpt2.FirstLength(rest)]);
        return words.SequenceEqual(Regex.Matches(basic, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+").Select(m => m.Value));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merges_as_the_plain_quadratic_algorithm_does()
    {
        // Few symbols and many merges, so that pairs overlap, go stale and come up again.
        (int, int, int)[] merges = [(0, 0, 3), (1, 2, 4), (3, 0, 5), (0, 1, 6), (3, 3, 7), (4, 6, 8), (2, 1, 9), (7, 5, 10)];
        var fast = new BytePairMerges(merges.Select((m, rank) => (m.Item1, m.Item2, rank, m.Item3)));
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), numbers =>
        {
            int[] symbols = [.. numbers.Select(n => Math.Abs(n % 3))];
            var plain = Plain(symbols, merges);
            Piece[] pieces = [.. symbols.Select((symbol, i) => new Piece(symbol, i, i + 1))];
            var merged = pieces[..fast.Merge(pieces)];
            return merged.Select(p => p.Id).SequenceEqual(plain)
                && merged.Select(p => p.Start).SequenceEqual(merged.Select(p => p.End).Prepend(0).Take(merged.Length));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_megabyte_without_a_space_is_merged()
    {
        string text = string.Concat(Enumerable.Repeat("abcdefgh", 1 << 17));
        Assert.Equal(text, Trained.Decode(Trained.Encode(text)));
    }

    [Fact]
    public void Broken_characters_decode_to_the_replacement_character()
    {
        int[] ids = Trained.Encode("é");
        Assert.Equal(2, ids.Length);
        Assert.Equal("\ufffd", Trained.Decode([ids[0]]));
    }

    [Fact]
    public void Ends_with_end_of_text_and_has_no_beginning()
    {
        Assert.Equal((null, null, Trained.IdOf("<|endoftext|>")), (Trained.BeginId, Trained.PaddingId, Trained.EndId));
        Assert.Equal("ab", Trained.Decode([.. Trained.Encode("a<|endoftext|>b")]));
        Assert.Equal("a<|endoftext|>b", Trained.Decode([.. Trained.Encode("a<|endoftext|>b")], skipSpecial: false));
    }

    [Fact]
    public void The_cache_changes_nothing_when_it_is_full()
    {
        var texts = Enumerable.Range(0, 70_000).Select(i => $"w{i}x").ToList();
        int[] first = Trained.Encode(texts[0]);
        texts.ForEach(t => Trained.Encode(t));
        Assert.Equal(first, Trained.Encode(texts[0]));
    }

    private static List<int> Plain(int[] symbols, (int Left, int Right, int Id)[] merges)
    {
        var list = symbols.ToList();
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(0, list.Count - 1)).Select(i => (Rank: Array.FindIndex(merges, m => m.Left == list[i] && m.Right == list[i + 1]), i))
                .Where(x => x.Rank >= 0).DefaultIfEmpty((Rank: -1, i: 0)).Min();
            if (best.Rank < 0)
                return list;
            list[best.i] = merges[best.Rank].Id;
            list.RemoveAt(best.i + 1);
        }
    }

    private static readonly string[] Bits = ["a", "b", " ", "  ", "'", "'s", "'ll", "1", "½", "é", "中", "😀", "\n", "\t", "\u00a0", "!", "?!", "ab", "the", "\u0301", "\ud800"];

    private static Arbitrary<string> Strings() => Gen.Elements(Bits).ListOf().Select(string.Concat)
        .Or(ArbMap.Default.GeneratorFor<string>().Select(s => s ?? "")).ToArbitrary();
}
