using System.Security.Cryptography;
using System.Text;
using ResearchKit.Text;

namespace ResearchKit.Tests.Text;

/// <summary>10,000 random strings from a seed, the same in Fixtures/tokenizers/torture.js, and what tokenizers make of strings in short.</summary>
internal static class Torture
{
    private static readonly int[] Gaps = [9, 10, 11, 12, 13, 32, 32, 32, 0x85, 0xa0, 0x1680, 0x2003, 0x2028, 0x202f, 0x3000, 0, 1, 7, 0x1b, 0x7f, 0x9f, 0xad, 0x200b,
        0x200c, 0x200d, 0x2060, 0xfeff, 0xfffd, 0x180e, 0x202e];
    private static readonly string[] Emoji = ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨🏿‍🚀", "☝", "\U0001f3fb", "\ufe0f", "\u200d"];
    private static readonly string[] Words = ["the", "The", " of", "don't", "'s", "'LL", "running", "unbelievable", " 1234", "3.14", "[SEP]", "[MASK]", "<|endoftext|>", "<s>",
        "</s>", "▁", "##ing", "naïve", "İstanbul", " small", "tree", " birds", "...", "?!", "--", "http://", "\n\n", "  "];

    private static readonly Func<Func<int, int>, string>[] Kinds =
    [
        next => One(Valid(next(17) * 0x10000 + next(0x10000))),
        next => One(Valid(next(0x10000))),
        next => One(0x20 + next(95)),
        next => One(0xc0 + next(0x460)),
        next => One(0x300 + next(0x70)),
        next => One(Gaps[next(Gaps.Length)]),
        next => One(new[] { 0x4e00 + next(0x5200), 0xac00 + next(11172), 0x1100 + next(0x100), 0x3040 + next(0xc0) }[next(4)]),
        next => Emoji[next(Emoji.Length)],
        next => Words[next(Words.Length)],
        next => One(0x590 + next(0xa00)),
        next => One(new[] { 0xf900 + next(0x700), 0x2000 + next(0xc00), 0x1d400 + next(0x400) }[next(3)]),
        next => " " + Words[next(Words.Length)],
    ];

    /// <summary>The strings.</summary>
    public static string[] Random { get; } = Make(10_000, 20261122);

    /// <summary>A digest of what a tokenizer makes of each block of strings: ids and places in code points.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">The strings.</param>
    /// <param name="block">Strings a digest.</param>
    /// <param name="places">Whether places count, or ids alone.</param>
    public static List<string> Digests(Tokenizer tokenizer, IEnumerable<string> texts, int block, bool places = true) =>
        [.. texts.Chunk(block).Select(some => Digest(some.Select(t => Line(tokenizer, t, places))))];

    /// <summary>Ids and places of a string as a line.</summary>
    public static string Line(Tokenizer tokenizer, string text, bool places = true)
    {
        if (!places)
            return string.Join(',', tokenizer.Encode(text));
        var (encoded, points) = (tokenizer.EncodeText(text, options: new(AddSpecial: false)), new CodePoints(text));
        var spans = encoded.Spans.Select(points.FromChars);
        return $"{string.Join(',', encoded.Ids)};{string.Join(',', spans.Select(s => $"{s.Start}-{s.End}"))}";
    }

    private static string Digest(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")))))[..12];

    private static string[] Make(int count, uint seed)
    {
        uint s = seed;
        int Next(int n)
        {
            s ^= s << 13;
            s ^= s >> 17;
            s ^= s << 5;
            return (int)(s % (uint)n);
        }
        return [.. Enumerable.Range(0, count).Select(_ => Text(Next))];
    }

    private static string Text(Func<int, int> next)
    {
        int mode = next(4), a = next(Kinds.Length), b = next(Kinds.Length), length = next(30);
        var result = new StringBuilder();
        for (int i = 0; i < length; i++)
        {
            int pick = next(Kinds.Length);
            result.Append(Kinds[mode == 0 ? pick : mode == 1 ? new[] { 2, 8, 11 }[pick % 3] : mode == 2 ? a : pick % 2 == 1 ? a : b](next));
        }
        return result.ToString();
    }

    private static string One(int point) => char.ConvertFromUtf32(point);

    private static int Valid(int point) => point is >= 0xd800 and <= 0xdfff ? 0xfffd : point;
}
