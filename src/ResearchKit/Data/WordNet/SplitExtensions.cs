using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>From synsets to the splits of a task.</summary>
internal static class SplitExtensions
{
    /// <summary>An example of each synset, in the split of the synset.</summary>
    public static IReadOnlyDictionary<Split, IReadOnlyList<Example>> BySplit(this IEnumerable<Synset> synsets, SynsetSplits splits,
        Func<Synset, Example> example)
    {
        var lists = Enum.GetValues<Split>().ToDictionary(s => s, _ => new List<Example>());
        foreach (var synset in synsets)
            lists[splits[synset.Id]].Add(example(synset));
        return lists.ToDictionary(l => l.Key, l => (IReadOnlyList<Example>)l.Value);
    }
}
