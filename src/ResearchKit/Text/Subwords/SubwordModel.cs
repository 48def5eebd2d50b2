using System.Collections.Concurrent;
using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>A piece of a word.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Where it starts in the word.</param>
/// <param name="End">Where it ends. Pieces overlap where each is part of one character.</param>
internal readonly record struct Piece(int Id, int Start, int End);

/// <summary>Takes words apart into pieces of a vocabulary: the third stage of a tokenizer.</summary>
internal abstract class SubwordModel
{
    // Words are few and come often. The bound keeps the memory small on text that is none; a full cache starts afresh.
    private const int CacheEntries = 1 << 16, CachedLength = 48;

    private readonly ConcurrentDictionary<string, Piece[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Piece[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cacheCount;

    protected SubwordModel(Vocabulary vocabulary) => (Vocabulary, _cached) = (vocabulary, _cache.GetAlternateLookup<ReadOnlySpan<char>>());

    /// <summary>Tokens and their ids.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The pieces of a word that is not empty.</summary>
    public ReadOnlySpan<Piece> Pieces(ReadOnlySpan<char> word)
    {
        if (word.Length > CachedLength)
            return Split(word);
        if (_cached.TryGetValue(word, out var known))
            return known;
        var pieces = Split(word);
        if (_cache.TryAdd(word.ToString(), pieces) && Interlocked.Increment(ref _cacheCount) >= CacheEntries)
        {
            _cache.Clear();
            Interlocked.Exchange(ref _cacheCount, 0);
        }
        return pieces;
    }

    /// <summary>Takes a word apart.</summary>
    protected abstract Piece[] Split(ReadOnlySpan<char> word);

    /// <summary>What <c>tokenizer.json</c> calls such a model.</summary>
    public abstract string Type { get; }

    /// <summary>Writes the model as <c>tokenizer.json</c> has it.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>How a byte is written that stands for itself because its character is not in the vocabulary.</summary>
    public static string ByteToken(int value) => $"<0x{value:X2}>";

    /// <summary>The ids of all such byte tokens, or null where one is missing: then none is used.</summary>
    protected static int[]? ByteTokens(Vocabulary vocabulary)
    {
        int?[] ids = [.. Enumerable.Range(0, 256).Select(b => vocabulary.IdOf(ByteToken(b)))];
        return ids.All(id => id is not null) ? [.. ids.Select(id => id!.Value)] : null;
    }
}
