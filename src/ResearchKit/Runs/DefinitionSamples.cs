using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;

namespace ResearchKit.Runs;

/// <summary>Asks every definer for the same words, such as none of them saw defined.</summary>
public static class DefinitionSamples
{
    /// <summary>Greedy answers to instructions of the test split whose prompt stands nowhere in the training split.</summary>
    /// <param name="runs">Complete runs of one instruction task.</param>
    /// <param name="count">Words at most.</param>
    /// <exception cref="KitException">A run is not complete, or its model is no decoder.</exception>
    public static IReadOnlyList<DefinitionSample> Of(IReadOnlyList<RunFolder> runs, int count)
    {
        var recipe = runs[0].Recipe();
        var task = TaskCatalog.Open(recipe.Data.Task);
        var seen = task.Examples(Split.Train).Cast<InstructionExample>().Select(e => e.Prompt).ToHashSet();
        var asked = task.Examples(Split.Test, limit: 50 * count).Cast<InstructionExample>().Where(e => !seen.Contains(e.Prompt)).Take(count).ToList();
        var answers = runs.ToDictionary(run => run.Results().Name, run => Answers(run, recipe.Data.MaxLength, [.. asked.Select(e => e.Prompt)]));
        return [.. asked.Select((example, i) => new DefinitionSample(example.Prompt.Trim().TrimEnd(':'), example.Response.Trim(), answers.ToDictionary(a => a.Key, a => a.Value[i])))];
    }

    private static string[] Answers(RunFolder run, int maxLength, string[] prompts)
    {
        using var saved = SavedModel.Load(run.Path);
        if (saved.Model is not Decoder decoder) throw new KitException($"{run.Path}: its model is a {saved.Model.Config.ModelType}, which writes no text. Give a run of a decoder.");
        var ids = prompts.Select(p => new SampleEncoder(saved.Tokenizer, maxLength).EncodePrompt(p, maxLength / 2)).ToArray();
        var options = new GenerationOptions { MaxNewTokens = maxLength - ids.Max(p => p.Length), Greedy = true, EndId = saved.Tokenizer.EndId };
        return [.. Generation.Generate(decoder, ids, options).Select(c => saved.Tokenizer.Decode(c.Tokens).Trim())];
    }
}
