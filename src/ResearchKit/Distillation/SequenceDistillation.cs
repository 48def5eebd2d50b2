using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// Sequence-level distillation (Kim and Rush, arXiv 1606.07947): the teacher's own responses are the targets.
/// <code>L = (1 − κ) L_MLE(ŷ) + κ KL(p_T ‖ p_S)(ŷ),   ŷ ~ p_T(·|x)</code>
/// The teacher writes one response for each row of the data, when the row is first met, and never again: which one hangs on the row and the seed alone.
/// κ = 0 is the paper's, with sampling in place of its beam search; MiniLLM's script keeps κ = 0.5.
/// </summary>
public sealed class SequenceDistillation : IMethod
{
    /// <summary>What the method is told.</summary>
    public sealed record Settings : SampledSettings
    {
        /// <summary>κ: the share of the teacher's distributions on its responses; their likelihood has the rest.</summary>
        [Range(0.0, 1.0)]
        public double Kappa { get; init; }

        /// <summary>τ of that share's two distributions.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 1;

        /// <summary>The teacher takes the likeliest token each time.</summary>
        public bool Greedy { get; init; }

        /// <summary>Seed of the teacher's sampling.</summary>
        [Range(0, int.MaxValue)]
        public int Seed { get; init; } = 1;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("seqkd", "likelihood of responses that the teacher writes, one for each row",
        (settings, student, teacher) => new SequenceDistillation(student, teacher, settings));

    private readonly Decoder _teacher;
    private readonly Settings _settings;
    private readonly Dictionary<string, int[]> _written = [];

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">A model is a classifier, or the two do not fit.</exception>
    public SequenceDistillation(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireDecoder(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        (Student, _teacher, _settings) = (student, (Decoder)teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <summary>Responses written so far. They are not part of a checkpoint: a resumed run writes the same again.</summary>
    public int Written => _written.Count;

    /// <inheritdoc/>
    public Batch Prepare(Batch batch, Generator sampling, double progress)
    {
        var prompts = Rollouts.Prompts(Name, batch);
        // Rows that ask the same and are answered differently are different rows.
        var keys = Array.ConvertAll(Rollouts.Rows(batch), row => Convert.ToBase64String(MemoryMarshal.AsBytes(row.AsSpan())));
        int[] missing = [.. Enumerable.Range(0, keys.Length).Where(i => !_written.ContainsKey(keys[i])).DistinctBy(i => keys[i])];
        if (missing.Length > 0)
        {
            ulong[] seeds = [.. missing.Select(i => StableHash.Of($"{_settings.Seed} {keys[i]}"))];
            var responses = Generation.Generate(_teacher, [.. missing.Select(i => prompts[i])], _settings.Options(_teacher) with { Greedy = _settings.Greedy }, seeds);
            foreach (var (i, response) in missing.Zip(responses)) _written[keys[i]] = response.Tokens;
        }
        return Rollouts.Make([.. prompts.Zip(keys, (prompt, key) => new Rollout(prompt, _written[key]))], batch.Ids.device, Student.Config.MaxLength);
    }

    /// <inheritdoc/>
    public Observe StudentObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public Observe TeacherObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        List<LossTerm> terms = [];
        if (_settings.Kappa < 1) terms.Add(TokenDistillation.Likelihood(Name, step, 1 - _settings.Kappa));
        if (_settings.Kappa > 0) terms.Add(TokenDistillation.Term(Name, "L_KL", step, TokenDivergence.ForwardKl, _settings.Temperature, _settings.Kappa));
        return terms;
    }
}
