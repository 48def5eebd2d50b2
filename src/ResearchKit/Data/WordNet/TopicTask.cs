using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>
/// <c>wordnet-topic</c>: which of the 26 lexicographers' files of nouns (animal, artifact, ... time; <c>Tops</c> holds the 51 most
/// general) does a definition come from?
/// </summary>
internal static class TopicTask
{
    public const string Name = "wordnet-topic";

    private const string Noun = "noun.";

    public static ITask Build(Lexicon lexicon, SynsetSplits splits)
    {
        string[] labels = [.. Files.Lexicographers.Where(f => f.StartsWith(Noun, StringComparison.Ordinal)).Select(f => f[Noun.Length..])];
        var numbers = labels.Select((label, i) => (label, i)).ToDictionary(l => Noun + l.label, l => l.i);
        return new InMemoryTask(Name, TaskKind.Classification, labels, lexicon.Synsets.Where(s => s.Id.Part == PartOfSpeech.Noun)
            .BySplit(splits, s => new TextExample(s.Definition, null, numbers[s.LexicographerFile])));
    }
}
