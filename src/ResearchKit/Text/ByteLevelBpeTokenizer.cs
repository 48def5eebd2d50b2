using System.Collections.Concurrent;
using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// GPT-2's tokenizer: words by <see cref="Gpt2Words"/>, each the bytes of its UTF-8, merged by byte pairs (Radford et al. 2019).
/// Every text can be spelled, and decoding gives it back exactly.
/// </summary>
public sealed class ByteLevelBpeTokenizer : VocabularyTokenizer
{
    // Words are few and come often. The bound keeps the memory small on text that is none; a full cache starts afresh.
    private const int CacheEntries = 1 << 16, CachedLength = 48;

    private readonly int[] _byteIds = new int[256];
    private readonly BytePairMerges _merges;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cacheCount;

    internal ByteLevelBpeTokenizer(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges,
        IReadOnlyList<AddedToken> added, ByteLevelSettings settings, string source)
        : base(vocabulary, added, source)
    {
        Settings = settings;
        Merges = merges;
        _merges = new BytePairMerges(Resolve(vocabulary, merges, source));
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int b = 0; b < 256; b++)
            _byteIds[b] = vocabulary.IdOf(ByteAlphabet.CharOf((byte)b).ToString())
                ?? throw new KitException($"{source}: the vocabulary lacks the symbol '{ByteAlphabet.CharOf((byte)b)}' of byte {b}, so text "
                    + "would be lost; a byte-level vocabulary holds all 256 (train it with the full byte alphabet).");
        BeginId = settings.Begin is { } begin ? IdOf(begin) ?? throw Unframed(begin, source) : null;
        EndId = settings.End is { } end ? IdOf(end) ?? throw Unframed(end, source) : FirstOf("<|endoftext|>", "</s>", "<|end_of_text|>");
        PaddingId = FirstOf("<|padding|>", "<pad>", "[PAD]", "<|pad|>");
    }

    /// <summary>How text is cut and framed.</summary>
    public ByteLevelSettings Settings { get; }

    /// <inheritdoc/>
    public override int? PaddingId { get; }

    /// <inheritdoc/>
    public override int? BeginId { get; }

    /// <inheritdoc/>
    public override int? EndId { get; }

    /// <inheritdoc/>
    public override void Save(string path) => TokenizerFile.Save(this, path);

    internal Vocabulary Tokens => Vocabulary;

    internal IReadOnlyList<(string Left, string Right)> Merges { get; }

    private protected override void EncodeNormalized(ReadOnlySpan<char> text, List<int> into)
    {
        if (Settings.AddPrefixSpace && text[0] != ' ')
            text = string.Concat(" ", text);
        while (text.Length > 0)
        {
            int length = Settings.SplitWords ? Gpt2Words.FirstLength(text) : text.Length;
            EncodeWord(text[..length], into);
            text = text[length..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> into)
    {
        bool cacheable = word.Length <= CachedLength;
        if (cacheable && _cached.TryGetValue(word, out int[]? known))
        {
            into.AddRange(known);
            return;
        }
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        int[] symbols = Array.ConvertAll(bytes, b => _byteIds[b]);
        int count = _merges.Merge(symbols);
        into.AddRange(symbols.AsSpan(0, count));
        if (cacheable)
            Remember(word.ToString(), symbols[..count]);
    }

    private void Remember(string word, int[] ids)
    {
        if (!_cache.TryAdd(word, ids) || Interlocked.Increment(ref _cacheCount) < CacheEntries)
            return;
        _cache.Clear();
        Interlocked.Exchange(ref _cacheCount, 0);
    }

    private protected override string Join(IReadOnlyList<string> tokens) => ByteAlphabet.Decode(tokens);

    private static IEnumerable<(int, int, int)> Resolve(Vocabulary vocabulary,
        IReadOnlyList<(string Left, string Right)> merges, string source)
    {
        var seen = new HashSet<(string, string)>();
        for (int i = 0; i < merges.Count; i++)
        {
            var (left, right) = merges[i];
            int Id(string token) => vocabulary.IdOf(token) ?? throw new KitException(
                $"{source}: merge {i} ('{left}' with '{right}') needs the token '{token}', which the vocabulary does not have.");
            if (!seen.Add(merges[i]))
                throw new KitException($"{source}: merge {i} ('{left}' with '{right}') is listed twice.");
            yield return (Id(left), Id(right), Id(left + right));
        }
    }

    private static KitException Unframed(string token, string source) =>
        new($"{source}: the post-processor puts '{token}' around a text, but the vocabulary has no such token.");
}

/// <summary>How a <see cref="ByteLevelBpeTokenizer"/> cuts and frames text.</summary>
/// <param name="AddPrefixSpace">Put a blank before a text that does not begin with one.</param>
/// <param name="SplitWords">Cut by GPT-2's pattern; false merges across the whole text.</param>
/// <param name="Begin">Token that the file's template puts before a text, or null.</param>
/// <param name="End">Token that the file's template puts after a text; null where it has none, and the vocabulary's
/// <c>&lt;|endoftext|&gt;</c> is what ends a sequence.</param>
public sealed record ByteLevelSettings(bool AddPrefixSpace = false, bool SplitWords = true, string? Begin = null, string? End = null);
