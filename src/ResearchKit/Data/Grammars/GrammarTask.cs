using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Grammars;

/// <summary>
/// <c>grammar</c>: continue <c>Sentence:</c> with a sentence of <see cref="ProbabilisticGrammar.Agreement"/>. The sentences are drawn
/// independently from a seed of the split, so that likely ones come in several splits as often as they should: what there is to learn is their
/// distribution, and that is known exactly.
/// </summary>
/// <remarks>Each word is a token of its own where the tokenizer's vocabulary has room for it (512 entries do). A limit on the rows keeps or
/// leaves all copies of a sentence, so it changes the distribution; limit the steps instead.</remarks>
public static class GrammarTask
{
    /// <summary>The task's id in recipes.</summary>
    public const string Name = "grammar";

    /// <summary>What stands before each sentence.</summary>
    public const string Prompt = "Sentence:";

    /// <summary>Draws the task.</summary>
    /// <param name="grammar">Where the sentences are from; null for <see cref="ProbabilisticGrammar.Agreement"/>.</param>
    /// <param name="rows">Sentences of the training split; validation and test have an eighth of that each, one at least.</param>
    public static ITask Make(ProbabilisticGrammar? grammar = null, int rows = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        grammar ??= ProbabilisticGrammar.Agreement;
        return new InMemoryTask(Name, TaskKind.Instruction, [], Enum.GetValues<Split>().ToDictionary(split => split, split =>
        {
            var random = new StableRandom(StableHash.Of($"{Name} {split}"));
            int count = split == Split.Train ? rows : Math.Max(1, rows / 8);
            var examples = new Example[count];
            for (int i = 0; i < count; i++)
            {
                // Each word brings its blank; an empty sentence has none, and its end alone is scored.
                examples[i] = new InstructionExample(Prompt, string.Concat(grammar.Sample(ref random).Select(word => " " + grammar.Symbols[word])));
            }
            return (IReadOnlyList<Example>)examples;
        }));
    }
}
