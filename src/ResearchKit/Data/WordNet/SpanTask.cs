using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>
/// <c>wordnet-span</c>: five nouns, each followed by its definition; what is one of them? The answer is its definition.
/// </summary>
/// <remarks>
/// Each noun gives one example. The four others come from the same split, and no two have a word or a definition in common; two of them, where there are
/// such, are of the same category as the answer. A question and its answer's place share words, as SQuAD's do, and the words come again nowhere else:
/// it asks to find, not to know.
/// </remarks>
internal static class SpanTask
{
    public const string Name = "wordnet-span";

    private const int Definitions = 5;

    public static ITask Build(Lexicon lexicon, SynsetSplits splits) => new InMemoryTask(Name, TaskKind.Span, [],
        Enum.GetValues<Split>().ToDictionary(s => s, s => (IReadOnlyList<Example>)Questions(new Nouns(lexicon, splits, s))))
    {
        Metrics = ["exact match", "f1"],
        Spans = new(MostTokens: 128),   // the longest definitions
    };

    private static List<Example> Questions(Nouns nouns)
    {
        var questions = new List<Example>();
        foreach (var noun in nouns.All)
        {
            var random = Nouns.RandomFor(Name, noun);
            if (Choices(nouns, noun, ref random) is { } choices) questions.Add(Ask(choices, noun));
        }
        return questions;
    }

    /// <summary>The answer among others, in a random order; null where not enough others are to be had.</summary>
    private static List<Synset>? Choices(Nouns nouns, Synset answer, ref StableRandom random)
    {
        var choices = new List<Synset> { answer };
        bool Fits(Synset s) => choices.All(c => c.Definition != s.Definition && !Word(c).Equals(Word(s), StringComparison.OrdinalIgnoreCase));
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

    private static SpanExample Ask(List<Synset> choices, Synset answer)
    {
        string[] entries = [.. choices.Select(s => $"{Word(s)}: {s.Definition}.")];
        int before = choices.TakeWhile(s => s != answer).Select((_, i) => entries[i].Length + 1).Sum();
        return new($"What is {Word(answer)}?", string.Join(' ', entries), before + Word(answer).Length + 2, answer.Definition);
    }

    private static string Word(Synset synset) => synset.Senses[0].Lemma;
}
