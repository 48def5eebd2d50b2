using ResearchKit.Data.Glue;
using ResearchKit.Data.Grammars;
using ResearchKit.Data.Instructions;
using ResearchKit.Data.Squad;
using ResearchKit.Data.WordNet;

namespace ResearchKit.Data.Tasks;

/// <summary>The tasks that the kit knows by name, and those that a user brings in a folder.</summary>
public static class TaskCatalog
{
    private static readonly Dictionary<string, Func<Lexicon, SynsetSplits, ITask>> FromWordNet = new(StringComparer.Ordinal)
    {
        [TopicTask.Name] = TopicTask.Build,
        [PairTask.Name] = PairTask.Build,
        [DefineTask.Name] = DefineTask.Build,
        [SpanTask.Name] = SpanTask.Build,
    };

    /// <summary>The names of the tasks that the kit brings.</summary>
    public static IReadOnlyList<string> Names => [.. FromWordNet.Keys, GrammarTask.Name, .. GlueTask.Names, .. SquadTask.Names, .. InstructionTasks.Names];

    /// <summary>Opens a task.</summary>
    /// <param name="name">One of <see cref="Names"/>, or a folder with files <c>train</c>, <c>validation</c>, <c>test</c>
    /// (<see cref="FolderTask"/>).</param>
    /// <param name="wordNet">Where WordNet's files lie; null to find them (<see cref="Lexicon.Open"/>).</param>
    /// <exception cref="KitException">There is no such task, or its data are missing or damaged.</exception>
    public static ITask Open(string name, string? wordNet = null) =>
        FromWordNet.TryGetValue(name, out var build) ? Open(build, Lexicon.Open(wordNet))
        : name == GrammarTask.Name ? GrammarTask.Make()
        : GlueTask.Names.Contains(name) ? GlueTask.Open(name)
        : SquadTask.Names.Contains(name) ? SquadTask.Open(name)
        : InstructionTasks.Names.Contains(name) ? InstructionTasks.Open(name)
        : Directory.Exists(name) ? FolderTask.Open(name) : throw Unknown(name);

    /// <summary>Opens one of the tasks that are made from WordNet, where WordNet has been read already.</summary>
    /// <exception cref="KitException">There is no such task.</exception>
    public static ITask Open(string name, Lexicon lexicon) =>
        FromWordNet.TryGetValue(name, out var build) ? Open(build, lexicon) : throw Unknown(name);

    private static ITask Open(Func<Lexicon, SynsetSplits, ITask> build, Lexicon lexicon) => build(lexicon, new SynsetSplits(lexicon));

    private static KitException Unknown(string name) => new($"There is no task '{name}'{(Nearest.To(name, Names) is { } near
        ? $" (did you mean {near}?)" : "")}; choose {string.Join(", ", Names)}, or give the "
        + "path of a folder with the files train, validation and test as .jsonl or .tsv.");
}
