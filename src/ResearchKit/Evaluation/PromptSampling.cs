using ResearchKit.Data;
using ResearchKit.Models;

namespace ResearchKit.Evaluation;

/// <summary>Samples from a model for evaluation: what a prompt is continued with depends on the prompt, a seed, and how many of the rows before it ask
/// the same; not on the others, nor on the batches.</summary>
internal static class PromptSampling
{
    /// <summary>One continuation for each prompt, in their order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Token ids.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="seed">The seed of all.</param>
    /// <param name="batchSize">Prompts at once; the longest first, so that little is padded.</param>
    public static Continuation[] Sample(Decoder model, IReadOnlyList<int[]> prompts, GenerationOptions options, int seed, int batchSize)
    {
        var continuations = new Continuation[prompts.Count];
        var asked = new Dictionary<string, int>();
        ulong[] seeds = [.. prompts.Select(prompt =>
        {
            var text = string.Join(' ', prompt);
            int before = asked[text] = asked.GetValueOrDefault(text, -1) + 1;
            return StableHash.Of(before == 0 ? $"{seed}: {text}" : $"{seed}: {text} ({before})");
        })];
        foreach (var rows in Enumerable.Range(0, prompts.Count).OrderByDescending(i => prompts[i].Length).Chunk(batchSize))
        {
            var made = Generation.Generate(model, [.. rows.Select(i => prompts[i])], options, [.. rows.Select(i => seeds[i])]);
            for (int i = 0; i < rows.Length; i++) continuations[rows[i]] = made[i];
        }
        return continuations;
    }

    /// <summary>A model that writes.</summary>
    /// <exception cref="KitException">It tells classes.</exception>
    public static Decoder Writer(LanguageModel model) => model as Decoder
        ?? throw new KitException($"A '{model.Config.ModelType}' writes no text, so nothing can be sampled from it. Judge a decoder.");

    /// <summary>Refuses seeds that measure nothing.</summary>
    /// <exception cref="KitException">There are none, or one comes twice.</exception>
    public static void RequireSeeds(IReadOnlyList<int> seeds)
    {
        if (seeds.Count == 0 || seeds.Distinct().Count() < seeds.Count)
            throw new KitException($"The seeds to sample with are [{string.Join(", ", seeds)}]; give at least one, each once.");
    }
}
