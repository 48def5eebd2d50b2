using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>
/// <c>wordnet-span</c>: five definitions joined, and one of them is of a kind of X; which? The answer is that definition.
/// </summary>
/// <remarks>
/// Each noun with a parent gives one example. X is the first word of its first parent. The four others come from the same split
/// and have X nowhere above them; two of them, where there are such, are of the same category as the answer.
/// </remarks>
internal static class SpanTask
{
    public const string Name = "wordnet-span";

    private const int Definitions = 5;

    public static ITask Build(Lexicon lexicon, SynsetSplits splits) => new InMemoryTask(Name, TaskKind.Span, [],
        Enum.GetValues<Split>().ToDictionary(s => s, s => (IReadOnlyList<Example>)Questions(lexicon, new Nouns(lexicon, splits, s))))
    {
        Metrics = ["exact match", "f1"],
        Spans = new(MostTokens: 128),   // the longest definitions
    };

    private static List<Example> Questions(Lexicon lexicon, Nouns nouns)
    {
        var questions = new List<Example>();
        foreach (var noun in nouns.All)
        {
            var random = Nouns.RandomFor(Name, noun);
            if (noun.Pointers.FirstOrDefault(p => p.Symbol is "@" or "@i") is { Symbol: not null } up
                && Choices(nouns, noun, up.Target, ref random) is { } choices)
            {
                string relation = up.Symbol == "@" ? "a kind" : "an instance";
                questions.Add(Ask($"Which is {relation} of {lexicon[up.Target].Senses[0].Lemma}?", choices, noun));
            }
        }
        return questions;
    }

    /// <summary>The answer among others, in a random order; null where not enough others are to be had.</summary>
    private static List<Synset>? Choices(Nouns nouns, Synset answer, SynsetId parent, ref StableRandom random)
    {
        var choices = new List<Synset> { answer };
        bool Fits(Synset s) => !nouns.IsUnder(s, parent) && choices.All(c => c.Definition != s.Definition);
        while (choices.Count < Definitions)
        {
            string? category = choices.Count <= 2 ? answer.LexicographerFile : null;
            if ((nouns.Other(category, ref random, Fits) ?? nouns.Other(null, ref random, Fits)) is not { } other)
                return null;
            choices.Add(other);
        }
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(choices));
        return choices;
    }

    private static SpanExample Ask(string question, List<Synset> choices, Synset answer)
    {
        var before = choices.TakeWhile(s => s != answer).Sum(s => s.Definition.Length + Between.Length);
        return new(question, string.Join(Between, choices.Select(s => s.Definition)) + ".", before, answer.Definition);
    }

    private const string Between = ". ";
}
