using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>
/// <c>wordnet-pair</c>: do two nouns, given by their definitions, share a direct parent (hypernym, or class of an instance)?
/// </summary>
/// <remarks>
/// Each noun that has a sibling in its split gives one pair with a sibling and one with a noun that shares no parent: by turns of
/// chance a cousin (a grandparent in common) or another noun of the same category, so that the topic alone does not tell. Yes and
/// no are equally many. Which of the two stands first is chance; no two definitions come as a pair twice; both are always of one split.
/// </remarks>
internal static class PairTask
{
    public const string Name = "wordnet-pair";

    public static ITask Build(Lexicon lexicon, SynsetSplits splits)
    {
        var pairs = Enum.GetValues<Split>().ToDictionary(s => s, s => (IReadOnlyList<Example>)Pairs(new Nouns(lexicon, splits, s)));
        return new InMemoryTask(Name, TaskKind.Pair, ["different parents", "same parent"], pairs);
    }

    private static List<Example> Pairs(Nouns nouns)
    {
        var pairs = new List<Example>();
        var seen = new HashSet<(string, string)>();
        foreach (var noun in nouns.All)
        {
            var random = Nouns.RandomFor(Name, noun);
            if (nouns.Sibling(noun, ref random) is not { } sibling)
                continue;
            bool near = random.Below(2) == 0;
            var other = (near ? nouns.Cousin(noun, ref random) : null) ?? nouns.Stranger(noun, ref random) ?? nouns.Cousin(noun, ref random);
            if (other is null || seen.Contains(Key(noun, sibling)) || seen.Contains(Key(noun, other)))
                continue;
            seen.Add(Key(noun, sibling));
            seen.Add(Key(noun, other));
            pairs.Add(Pair(noun, sibling, 1, ref random));
            pairs.Add(Pair(noun, other, 0, ref random));
        }
        return pairs;
    }

    private static TextExample Pair(Synset a, Synset b, int label, ref StableRandom random) =>
        random.Below(2) == 0 ? new(a.Definition, b.Definition, label) : new(b.Definition, a.Definition, label);

    private static (string, string) Key(Synset a, Synset b) => string.CompareOrdinal(a.Definition, b.Definition) < 0
        ? (a.Definition, b.Definition) : (b.Definition, a.Definition);
}
