using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>The nouns of one split as a graph: who shares a parent, a grandparent, a category with whom.</summary>
internal sealed class Nouns
{
    private readonly Lexicon _lexicon;
    private readonly Dictionary<SynsetId, List<Synset>> _byParent = [], _byGrandparent = [];
    private readonly Dictionary<string, List<Synset>> _byCategory = [];
    private readonly Dictionary<SynsetId, SynsetId[]> _grandparents = [];

    public Nouns(Lexicon lexicon, SynsetSplits splits, Split split)
    {
        _lexicon = lexicon;
        All = [.. lexicon.Synsets.Where(s => s.Id.Part == PartOfSpeech.Noun && splits[s.Id] == split)];
        foreach (var noun in All)
        {
            _grandparents[noun.Id] = [.. noun.Parents.SelectMany(p => lexicon[p].Parents).Distinct()];
            AddTo(_byCategory, noun.LexicographerFile, noun);
            foreach (var parent in noun.Parents)
                AddTo(_byParent, parent, noun);
            foreach (var grandparent in _grandparents[noun.Id])
                AddTo(_byGrandparent, grandparent, noun);
        }
    }

    /// <summary>The nouns of the split, in the order of the file.</summary>
    public List<Synset> All { get; }

    /// <summary>Where chance begins for an example about that synset: the same for ever.</summary>
    public static StableRandom RandomFor(string task, Synset synset) =>
        new(StableHash.Of($"{task}|{synset.Definition}|{synset.Senses[0].Lemma}"));

    /// <summary>A synset of the split with a parent in common, or null.</summary>
    public Synset? Sibling(Synset of, ref StableRandom random) => Draw(Families(_byParent, of.Parents), ref random, s => Differ(s, of));

    /// <summary>A synset of the split with a grandparent in common but no parent, or null.</summary>
    public Synset? Cousin(Synset of, ref StableRandom random) =>
        Draw(Families(_byGrandparent, _grandparents[of.Id]), ref random, s => Differ(s, of) && !Share(s.Parents, of.Parents));

    /// <summary>A synset of the split in the same category, with neither a parent nor a grandparent in common, or null.</summary>
    public Synset? Stranger(Synset of, ref StableRandom random) => Draw([_byCategory[of.LexicographerFile]], ref random,
        s => Differ(s, of) && !Share(s.Parents, of.Parents) && !Share(_grandparents[s.Id], _grandparents[of.Id]));

    /// <summary>A synset of the split, in the given category or any, that fits; null where none was found.</summary>
    public Synset? Other(string? category, ref StableRandom random, Func<Synset, bool> fits) =>
        Draw([category is null ? All : _byCategory[category]], ref random, fits);

    /// <summary>Whether a synset lies below another, or is it.</summary>
    public bool IsUnder(Synset synset, SynsetId above)
    {
        if (synset.Id == above)
            return true;
        foreach (var parent in synset.Parents)
            if (IsUnder(_lexicon[parent], above))
                return true;
        return false;
    }

    private static bool Share(IReadOnlyList<SynsetId> a, IReadOnlyList<SynsetId> b)
    {
        foreach (var id in a)
            if (b.Contains(id))
                return true;
        return false;
    }

    private static bool Differ(Synset a, Synset b) => a.Id != b.Id && a.Definition != b.Definition;

    private static void AddTo<TKey>(Dictionary<TKey, List<Synset>> groups, TKey key, Synset noun) where TKey : notnull
    {
        if (!groups.TryGetValue(key, out var group))
            groups[key] = group = [];
        group.Add(noun);
    }

    private static List<Synset>[] Families(Dictionary<SynsetId, List<Synset>> groups, IReadOnlyList<SynsetId> keys) =>
        [.. keys.Where(groups.ContainsKey).Select(k => groups[k])];

    /// <summary>Draws from the pools together until one fits, but not for ever: a family may have no one who does.</summary>
    private static Synset? Draw(List<Synset>[] pools, ref StableRandom random, Func<Synset, bool> fits)
    {
        int count = pools.Sum(p => p.Count);
        for (int tries = 0; count > 0 && tries < 32; tries++)
        {
            int index = random.Below(count), pool = 0;
            for (; index >= pools[pool].Count; pool++)
                index -= pools[pool].Count;
            if (fits(pools[pool][index]))
                return pools[pool][index];
        }
        return null;
    }
}
