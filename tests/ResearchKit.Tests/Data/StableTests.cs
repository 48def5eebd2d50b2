using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Data;
using Xunit;

namespace ResearchKit.Tests.Data;

/// <summary>Splits and orders hang on these numbers: if one changes, published results lose their data.</summary>
public class StableTests
{
    [Theory]
    [InlineData("", 0xe3b0c44298fc1c14)] // The beginnings of well-known SHA-256 digests.
    [InlineData("abc", 0xba7816bf8f01cfea)]
    [InlineData("é", 0x4a99557e4033c353)]
    public void The_hash_is_the_beginning_of_sha256(string text, ulong hash) => Assert.Equal(hash, StableHash.Of(text));

    [Fact]
    public void The_random_numbers_are_splitmix64()
    {
        var random = new StableRandom(1234567);
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            Enumerable.Range(0, 5).Select(_ => random.Next()));
    }

    [Fact]
    public void Numbers_below_a_bound_stay_below_and_all_come() => Prop.ForAll(Gen.Choose(1, 40).ToArbitrary(), bound =>
    {
        var random = new StableRandom((ulong)bound);
        var counts = new int[bound];
        for (int i = 0; i < 200 * bound; i++)
            counts[random.Below(bound)]++;
        return counts.All(c => c is > 100 and < 300);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_shuffle_is_a_permutation_and_every_place_is_reached()
    {
        var random = new StableRandom(1);
        var seen = new HashSet<(int, int)>();
        for (int i = 0; i < 400; i++)
        {
            int[] items = [0, 1, 2, 3, 4];
            random.Shuffle<int>(items);
            Assert.Equal([0, 1, 2, 3, 4], items.Order());
            for (int place = 0; place < 5; place++)
                seen.Add((place, items[place]));
        }
        Assert.Equal(25, seen.Count);
    }
}
