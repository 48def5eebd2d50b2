using System.Runtime.InteropServices;

namespace ResearchKit.Text;

/// <summary>How often each word comes; a word seen before costs no memory.</summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public WordCounts() => _lookup = Words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The words and their counts.</summary>
    public Dictionary<string, long> Words { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts a word once more.</summary>
    public void Add(ReadOnlySpan<char> word) => CollectionsMarshal.GetValueRefOrAddDefault(_lookup, word, out _)++;
}
