namespace ResearchKit.Data.Tasks;

/// <summary>What a task asks for, and so which kind of <see cref="Example"/> it has.</summary>
public enum TaskKind
{
    /// <summary>The class of a text: <see cref="TextExample"/>.</summary>
    Classification,

    /// <summary>The class of a pair of texts: <see cref="TextExample"/> with a second text.</summary>
    Pair,

    /// <summary>An answer to an instruction: <see cref="InstructionExample"/>.</summary>
    Instruction,

    /// <summary>The place in a text that answers a question: <see cref="SpanExample"/>.</summary>
    Span,
}

/// <summary>A part of a data set.</summary>
public enum Split
{
    /// <summary>What models learn from.</summary>
    Train,

    /// <summary>What settings and checkpoints are chosen by.</summary>
    Validation,

    /// <summary>What results are reported on.</summary>
    Test,
}

/// <summary>How the answers of a task of spans are sought.</summary>
/// <param name="MayBeMissing">Some texts do not answer their question, and a model has to tell (SQuAD 2.0).</param>
/// <param name="MostTokens">Tokens of the longest answer: what BERT's code seeks among, 30, unless answers run longer.</param>
public sealed record SpanRules(bool MayBeMissing = false, int MostTokens = 30);

/// <summary>A data set with a question. Its examples never change: same files, same examples, in the same order.</summary>
public interface ITask
{
    /// <summary>The task's id in recipes.</summary>
    string Name { get; }

    /// <summary>What it asks for.</summary>
    TaskKind Kind { get; }

    /// <summary>Names of the classes, in the order of their numbers; one for the number that a regression tells; empty where there are none.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>What is reported of a classification, a regression or spans, by the names that results give them.</summary>
    IReadOnlyList<string> Metrics => ["accuracy"];

    /// <summary>How an answer is sought, where spans are asked for.</summary>
    SpanRules Spans => new();

    /// <summary>The examples of a split.</summary>
    /// <exception cref="KitException">The split is empty or missing.</exception>
    IReadOnlyList<Example> Examples(Split which);
}

/// <summary>What every task can do.</summary>
public static class TaskExtensions
{
    /// <summary>
    /// At most so many examples of a split, the same for ever and a fair sample: those whose texts have the lowest
    /// <see cref="StableHash"/>. A larger limit takes all that a smaller one takes, and more.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="which">The split.</param>
    /// <param name="limit">How many, at least 1; null for all, in the task's own order.</param>
    /// <exception cref="KitException">The split is empty or missing, or the limit is below 1.</exception>
    public static IReadOnlyList<Example> Examples(this ITask task, Split which, int? limit)
    {
        if (limit < 1)
            throw new KitException(
                $"The limit on the {which.ToString().ToLowerInvariant()} examples is {limit}; it must be 1 or more, or null for all.");
        var all = task.Examples(which);
        return limit is null || limit >= all.Count ? all
            : [.. all.OrderBy(e => StableHash.Of(string.Join('\n', e.Texts()))).Take(limit.Value)];
    }

    /// <summary>The texts of the training split: what a tokenizer may be trained on.</summary>
    /// <exception cref="KitException">The split is empty or missing.</exception>
    public static IEnumerable<string> TrainingTexts(this ITask task) => task.Examples(Split.Train).SelectMany(e => e.Texts());
}
