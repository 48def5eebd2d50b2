using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.WordNet;

/// <summary>
/// <c>wordnet-define</c>: say what a word means. Each synset is asked for by its headword, so each word of a part of speech is asked
/// for once, in its most frequent meaning; a word that is asked for in one split is asked for in no other.
/// </summary>
internal static class DefineTask
{
    public const string Name = "wordnet-define";

    public static ITask Build(Lexicon lexicon, SynsetSplits splits) => new InMemoryTask(Name, TaskKind.Instruction, [],
        lexicon.Synsets.Where(s => SynsetSplits.Headword(s) is not null)
            .BySplit(splits, s => new InstructionExample(Prompt(s), " " + s.Definition)));

    /// <summary>The instruction. The response begins with a blank, so that the words join as in running text.</summary>
    private static string Prompt(Synset synset) =>
        $"Define the {synset.Id.Part.ToString().ToLowerInvariant()} {SynsetSplits.Headword(synset)}:";
}
