using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using ResearchKit.Text;

namespace ResearchKit.Evaluation;

/// <summary>
/// Judges what a decoder writes: it answers the rows' prompts once for each seed, and the answers are held against the rows' references
/// (<see cref="GenerationReport.Metrics"/>). An answer depends on its prompt and the seed alone, not on the rows beside it.
/// </summary>
/// <param name="examples">The rows, at least one.</param>
/// <param name="encoder">Makes the prompts' ids, and says how long a row may be.</param>
/// <param name="tokenizer">Makes text of the answers' ids; its end token ends an answer.</param>
/// <param name="batchSize">Rows at once.</param>
/// <param name="settings">How they are sampled; the defaults when null.</param>
public sealed class GenerationEvaluation(
    IReadOnlyList<InstructionExample> examples, SampleEncoder encoder, Tokenizer tokenizer, int batchSize, GenerationSettings? settings = null) : IEvaluation
{
    private readonly GenerationSettings _settings = settings ?? new();

    /// <summary>What the last <see cref="Measure"/> was made of, or null.</summary>
    public GenerationReport? Last { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="KitException">As <see cref="Report"/>.</exception>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model) => (Last = Report(model)).Metrics;

    /// <summary>The answers, and how good they are.</summary>
    /// <exception cref="KitException">The model writes no text, there are no seeds or no rows, or a response leaves no room for a prompt.</exception>
    public GenerationReport Report(LanguageModel model)
    {
        var decoder = PromptSampling.Writer(model);
        PromptSampling.RequireSeeds(_settings.Seeds);
        if (examples.Count == 0) throw new KitException("There are no rows to answer; the split is empty, or all prompts are too long.");
        int longest = Math.Min(encoder.MaxLength, model.Config.MaxLength), tokens = _settings.MaxNewTokens ?? longest / 2;
        if (tokens >= longest)
            throw new KitException($"A response of {tokens} tokens leaves no room for a prompt within {longest}. Allow longer rows (data.maxLength) or shorter responses (evaluation.generate.maxNewTokens).");
        var options = new GenerationOptions
        {
            MaxNewTokens = tokens,
            Temperature = _settings.Temperature,
            TopP = _settings.TopP,
            TopK = _settings.TopK,
            EndId = tokenizer.EndId,
        };
        int[][] prompts = [.. examples.Select(e => encoder.EncodePrompt(e.Prompt, longest - tokens))];
        return new(examples, [.. _settings.Seeds.Select(seed => Judge(seed, PromptSampling.Sample(decoder, prompts, options, seed, batchSize)))]);
    }

    private SeedResponses Judge(int seed, Continuation[] continuations)
    {
        int[][] said = [.. continuations.Select(c => c.Ended ? c.Tokens[..^1] : c.Tokens)];
        string[] texts = [.. said.Select(ids => tokenizer.Decode(ids))];
        return new(seed, texts, [.. said.Select(ids => ids.Length)],
            [.. texts.Select((text, i) => Rouge.L(text, examples[i].References))], [.. texts.Select((text, i) => ExactMatch.Of(text, examples[i].References))]);
    }
}
