using System.Text;
using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>
/// Which split a synset belongs to: the same in every task, on every machine, and in Debian's WordNet 3.0 as in Princeton's, whose
/// offsets differ.
/// </summary>
/// <remarks>
/// Synsets that must not be torn apart form a group: those with the same definition (letters and digits compared, lower-case), and
/// those that answer for the same word (<see cref="Headword"/>, lower-case), whatever the part of speech. So no test definition
/// was a training definition, and no word that is asked for in a test was ever defined in training. The group's key is the
/// ordinally smallest of its definitions so compared; <see cref="StableHash"/> of the key modulo 20 is 0 for the test split, 1
/// for validation, and everything else is for training: 5, 5 and 90 in a hundred.
/// </remarks>
internal sealed class SynsetSplits
{
    private readonly Dictionary<SynsetId, Split> _splits;

    public SynsetSplits(Lexicon lexicon)
    {
        Synset[] synsets = [.. lexicon.Synsets];
        string[] keys = Array.ConvertAll(synsets, s => Comparable(s.Definition));
        var groups = new Groups(synsets.Length);
        var byDefinition = new Dictionary<string, int>(StringComparer.Ordinal);
        var byWord = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < synsets.Length; i++)
        {
            if (!byDefinition.TryAdd(keys[i], i))
                groups.Unite(i, byDefinition[keys[i]]);
            if (Headword(synsets[i])?.ToLowerInvariant() is { } word && !byWord.TryAdd(word, i))
                groups.Unite(i, byWord[word]);
        }

        var smallest = new Dictionary<int, string>();
        for (int i = 0; i < synsets.Length; i++)
            if (!smallest.TryGetValue(groups.Of(i), out string? key) || string.CompareOrdinal(keys[i], key) < 0)
                smallest[groups.Of(i)] = keys[i];
        var splits = smallest.ToDictionary(g => g.Key, g => Of(g.Value));
        _splits = new Dictionary<SynsetId, Split>(synsets.Length);
        for (int i = 0; i < synsets.Length; i++)
            _splits[synsets[i].Id] = splits[groups.Of(i)];
    }

    /// <summary>The split of a synset.</summary>
    public Split this[SynsetId id] => _splits[id];

    /// <summary>The word that a synset answers for when someone asks what a word means: the first whose first meaning this is,
    /// or null where there is none. No two synsets of a part of speech answer for the same word.</summary>
    public static string? Headword(Synset synset)
    {
        foreach (var sense in synset.Senses)
            if (sense.Number == 1)
                return sense.Lemma;
        return null;
    }

    /// <summary>The split of a group by its key.</summary>
    internal static Split Of(string key) => (StableHash.Of(key) % 20) switch { 0 => Split.Test, 1 => Split.Validation, _ => Split.Train };

    /// <summary>Letters and digits, lower-case, with one blank for whatever stands between.</summary>
    internal static string Comparable(string definition)
    {
        var text = new StringBuilder(definition.Length);
        foreach (char c in definition)
        {
            if (char.IsLetterOrDigit(c))
                text.Append(char.ToLowerInvariant(c));
            else if (text.Length > 0 && text[^1] != ' ')
                text.Append(' ');
        }
        return text.ToString().TrimEnd();
    }

    /// <summary>Disjoint sets, each named by one of its members.</summary>
    private sealed class Groups(int count)
    {
        private readonly int[] _parent = [.. Enumerable.Range(0, count)];

        public int Of(int item)
        {
            while (_parent[item] != item)
                item = _parent[item] = _parent[_parent[item]];
            return item;
        }

        public void Unite(int a, int b) => _parent[Of(a)] = Of(b);
    }
}
