using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Text;

namespace ResearchKit.Runs;

/// <summary>How a split of a task is judged: by what its kind is always judged by, and by what the settings ask for beside it.</summary>
public sealed class Judgement : IEvaluation
{
    /// <summary>What an instruction task can be judged by beside the likelihood of its responses: <see cref="GenerationEvaluation"/>,
    /// <see cref="TransferEvaluation"/>, <see cref="ExposureBias"/>.</summary>
    public static IReadOnlyList<string> Measures { get; } = [Rouge, Transfer, Exposure];

    internal const string Rouge = "rouge";

    private const string Transfer = "transfer", Exposure = "exposure";

    private readonly List<IEvaluation> _parts = [];

    private Judgement(int rows, int leftOut) => (Rows, LeftOut) = (rows, leftOut);

    /// <summary>Rows that are judged on.</summary>
    public int Rows { get; }

    /// <summary>Rows that are not, because their prompts are too long (<see cref="DataSettings.PromptLimit"/>).</summary>
    public int LeftOut { get; }

    /// <summary>The questions of a span task and what a model answered when it was last measured; null where no spans are asked for.</summary>
    public SpanReport? Spans => _parts.OfType<SpanEvaluation>().SingleOrDefault()?.Last;

    /// <summary>What a model answered when it was last measured; null where that is not measured.</summary>
    public GenerationReport? Responses => _parts.OfType<GenerationEvaluation>().SingleOrDefault()?.Last;

    /// <summary>Keeps in the run what its measures were made of: answers, and the curve of exposure bias.</summary>
    /// <exception cref="KitException">A file cannot be written.</exception>
    public void Save(RunFolder folder)
    {
        Responses?.Save(folder.ResponsesFile());
        foreach (var elsewhere in _parts.OfType<Elsewhere>()) elsewhere.Answers.Last?.Save(folder.ResponsesFile(elsewhere.Task));
        _parts.OfType<ExposureBias>().SingleOrDefault()?.Last?.Save(folder.ExposureFile);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        Dictionary<string, double> metrics = [];
        foreach (var part in _parts)
            foreach (var (name, value) in part.Measure(model)) metrics[name] = value;
        return metrics;
    }

    /// <summary>Makes everything ready; what cannot be measured is said before a training, not after it.</summary>
    /// <param name="settings">How.</param>
    /// <param name="measures">Of <see cref="Measures"/>.</param>
    /// <param name="promptLimit">Most tokens of a prompt; null for any.</param>
    /// <param name="task">On what.</param>
    /// <param name="split">On which rows.</param>
    /// <param name="encoder">Makes samples of them.</param>
    /// <param name="tokenizer">Makes text of what a model answers.</param>
    /// <param name="collator">Makes batches.</param>
    /// <param name="reference">The model to compare with, or null.</param>
    /// <param name="stride">Tokens that a window of a text repeats, where spans are asked for (<see cref="DataSettings.Stride"/>).</param>
    /// <param name="also">Other tasks whose test prompts the model answers, too; their metrics have the task's name before their own.</param>
    /// <exception cref="KitException">A measure is unknown, or lacks what it needs.</exception>
    internal static Judgement Of(EvaluationSettings settings, IReadOnlyList<string> measures, int? promptLimit, ITask task, Split split, SampleEncoder encoder,
        Tokenizer tokenizer, Collator collator, LanguageModel? reference, int stride, IReadOnlyList<ITask>? also = null)
    {
        Check(settings, measures, task, reference);
        var all = task.Examples(split, settings.Limit);
        if (task.Kind is TaskKind.Span)
        {
            SpanExample[] questions = [.. all.Cast<SpanExample>()];
            var spans = new SpanEvaluation(questions, Windows(tokenizer, encoder.MaxLength, stride), collator, settings.BatchSize, task.Spans, settings.Span, reference);
            return new Judgement(questions.Length, 0) { _parts = { spans } };
        }
        var examples = encoder.WithPromptsUpTo(promptLimit, all);
        if (examples.Count == 0) throw new KitException($"Of the {all.Count} {split.ToString().ToLowerInvariant()} rows of '{task.Name}' none has a prompt of at most {promptLimit} tokens. Raise data.promptLimit.");
        var samples = encoder.Encode(examples);
        // Said before a training, not after it.
        if (reference is null && task.Kind is not TaskKind.Instruction && samples.Any(s => s.Label < 0 && s.Score is null))
            throw new KitException($"The {split.ToString().ToLowerInvariant()} split of '{task.Name}' has no labels, and without them only loyalty to another model can be measured. "
                + "Judge on validation (evaluation.split, --split), give a reference (evaluation.reference, --reference), or take a task whose labels are known, for example sst2-local for sst2.");
        var judgement = new Judgement(samples.Length, all.Count - examples.Count);
        judgement._parts.Add(task.Kind is TaskKind.Instruction
            ? new TokenEvaluation(samples, collator, settings.BatchSize, reference)
            : new ClassEvaluation(samples, collator, settings.BatchSize, reference, new() { Metrics = task.Metrics, Saliency = settings.Saliency && reference is not null }));
        if (measures.Contains(Transfer)) judgement._parts.Add(new TransferEvaluation(samples, collator, settings.BatchSize, reference!));
        InstructionExample[] asked = [.. examples.OfType<InstructionExample>()];
        GenerationEvaluation Answers(InstructionExample[] to) => new(to, encoder, tokenizer, settings.BatchSize, settings.Generate);
        if (measures.Contains(Rouge)) judgement._parts.Add(Answers(asked));
        foreach (var other in also ?? [])
        {
            if (other.Kind is not TaskKind.Instruction) throw new KitException($"'{other.Name}' asks for no text, so nothing can be answered to it (evaluation.also). Name instruction tasks.");
            judgement._parts.Add(new Elsewhere(other.Name, Answers([.. encoder.WithPromptsUpTo(promptLimit, other.Examples(Split.Test, settings.Limit)).Cast<InstructionExample>()])));
        }
        if (measures.Contains(Exposure))
        {
            int room = Math.Min(encoder.MaxLength, reference!.Config.MaxLength) - settings.Exposure.Tokens;
            if (room < 1) throw new KitException($"{settings.Exposure.Tokens} generated positions leave no room for a prompt within rows of {encoder.MaxLength} tokens. Allow longer rows (data.maxLength), or measure fewer (evaluation.exposure.tokens).");
            judgement._parts.Add(new ExposureBias([.. asked.Select(e => encoder.EncodePrompt(e.Prompt, room))], collator, settings.BatchSize, reference, tokenizer.EndId, settings.Exposure));
        }
        return judgement;
    }

    /// <summary>What makes the rows of a task of spans: they repeat a third at most, as 128 tokens are of SQuAD's usual 384, so that each goes on by more than it repeats.</summary>
    internal static SpanEncoder Windows(Tokenizer tokenizer, int maxLength, int stride) => new(tokenizer, maxLength, Math.Min(stride, maxLength / 3));

    private static void Check(EvaluationSettings settings, IReadOnlyList<string> measures, ITask task, LanguageModel? reference)
    {
        if (measures.FirstOrDefault(m => !Measures.Contains(m)) is { } unknown)
            throw new KitException($"There is no measure '{unknown}'{(Nearest.To(unknown, Measures) is { } near ? $" (did you mean {near}?)" : "")}; choose of {string.Join(", ", Measures)}.");
        if (measures.Count > 0 && task.Kind is not TaskKind.Instruction)
            throw new KitException($"'{measures[0]}' measures what a model writes, and '{task.Name}' asks for none. Leave it out (evaluation.measures, --measure), or take an instruction task.");
        if (settings.Saliency && task.Kind is TaskKind.Span)
            throw new KitException($"Saliency loyalty is of classes, and '{task.Name}' asks for spans. Leave it out (evaluation.saliency, --saliency).");
        if (settings.Also.Length > 0 && task.Kind is TaskKind.Span)
            throw new KitException($"'{settings.Also[0]}' asks for text, which a model that answers '{task.Name}' with spans does not write. Leave it out (evaluation.also).");
        if (reference is null && measures.FirstOrDefault(m => m is Transfer or Exposure) is { } comparing)
            throw new KitException($"'{comparing}' compares with a teacher, and there is none. Give one (teacher, evaluation.reference, --reference), or leave the measure out.");
        PromptSampling.RequireSeeds(settings.Generate.Seeds);
        PromptSampling.RequireSeeds(settings.Exposure.Seeds);
    }

    /// <summary>The answers to another task.</summary>
    private sealed record Elsewhere(string Task, GenerationEvaluation Answers) : IEvaluation
    {
        public IReadOnlyDictionary<string, double> Measure(LanguageModel model) => Answers.Measure(model).ToDictionary(m => $"{Task} {m.Key}", m => m.Value);
    }
}
