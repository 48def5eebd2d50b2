using System.ComponentModel.DataAnnotations;
using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>How exposure bias is measured.</summary>
public sealed record ExposureSettings
{
    /// <summary>l: generated positions; MiniLLM reports 16, and Online KD does not say.</summary>
    [Range(1, 4096)]
    public int Tokens { get; init; } = 16;

    /// <summary>Each gives one sample of either model a prompt; MiniLLM takes one.</summary>
    public int[] Seeds { get; init; } = [10];
}

/// <summary>
/// Exposure bias (Arora et al., arXiv 2204.01171; Online Knowledge Distillation, arXiv 2409.12512, equations 5–7): how much more a student q errs on
/// its own prefixes than on those of the teacher p.
/// <code>
/// R(l)   = Σ_{t≤l} E_{y_&lt;t ~ q} KL(p(·|y_&lt;t, x) ‖ q(·|y_&lt;t, x))
/// l ε(l) = Σ_{t≤l} E_{y_&lt;t ~ p} KL(p(·|y_&lt;t, x) ‖ q(·|y_&lt;t, x))
/// ExAccErr(l) = (R(l) − l ε(l)) / (l ε(l))
/// </code>
/// <c>exaccerr</c> is the last of the curve, as a share.
/// </summary>
/// <remarks>
/// <para>The expectation over y_t is exact, over the whole vocabulary; that over prefixes is a mean over samples at temperature 1, both models drawing with the
/// same numbers. A position's mean is over the rows that have not ended before it, the one where the end token comes included; ended rows count for
/// nothing, neither for 0. The curve ends where one side has no row left. The first generated position belongs to it, which MiniLLM's code leaves out.</para>
/// <para>The teacher is the base: an adapter that it carries is off. Where the two models do not differ on the teacher's prefixes, l ε(l) = 0: the excess is then 0
/// if they do not differ on the student's either, and otherwise infinite, which no metric reports.</para>
/// </remarks>
/// <param name="prompts">Token ids; with <see cref="ExposureSettings.Tokens"/> more they fit both models.</param>
/// <param name="collator">Makes targets, and puts rows where the models are.</param>
/// <param name="batchSize">Rows at once.</param>
/// <param name="teacher">p.</param>
/// <param name="endId">The token that ends a row; null for none.</param>
/// <param name="settings">The defaults when null.</param>
public sealed class ExposureBias(
    IReadOnlyList<int[]> prompts, Collator collator, int batchSize, LanguageModel teacher, int? endId, ExposureSettings? settings = null) : IEvaluation
{
    private readonly ExposureSettings _settings = settings ?? new();

    /// <summary>What the last <see cref="Measure"/> was made of, or null.</summary>
    public ExposureCurve? Last { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="KitException">As <see cref="Curve"/>.</exception>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        Last = Curve(model);
        return double.IsFinite(Last.Excess[^1]) ? new Dictionary<string, double> { ["exaccerr"] = Last.Excess[^1] } : [];
    }

    /// <summary>The curve of a student.</summary>
    /// <exception cref="KitException">A model writes no text, there are no prompts or no seeds, or a prompt leaves no room.</exception>
    public ExposureCurve Curve(LanguageModel student)
    {
        var (p, q) = (PromptSampling.Writer(teacher), PromptSampling.Writer(student));
        PromptSampling.RequireSeeds(_settings.Seeds);
        if (prompts.Count == 0) throw new KitException("Exposure bias needs at least one prompt.");
        int longest = Math.Min(p.Config.MaxLength, q.Config.MaxLength) - _settings.Tokens;
        if (prompts.FirstOrDefault(x => x.Length > longest) is { } over)
            throw new KitException($"A prompt of {over.Length} tokens leaves no room for {_settings.Tokens} more in both models. Cut the prompts to {longest}, or measure fewer positions (evaluation.exposure.tokens).");
        using var quiet = new EvaluationMode(p, q);
        using var bare = new AdapterMode(p, null);
        var (own, taught) = (Divergences(q, p, q), Divergences(p, p, q));
        return new(own, taught);
    }

    // KL(p ‖ q) by position, on prefixes from a sampler; a row for each prompt and seed, as long as what was generated.
    private double[][] Divergences(Decoder sampler, Decoder p, Decoder q)
    {
        var options = new GenerationOptions { MaxNewTokens = _settings.Tokens, EndId = endId };
        Sample[] rows = [.. _settings.Seeds.SelectMany(seed => PromptSampling.Sample(sampler, prompts, options, seed, batchSize)
            .Select((c, i) => new Sample([.. prompts[i], .. c.Tokens], ScoredFrom: prompts[i].Length)))];
        var divergences = new double[rows.Length][];
        foreach (var (indices, batch) in Batches.ByLength(rows, collator, batchSize))
        {
            using var owned = batch;
            using var scope = NewDisposeScope();
            var scored = batch.Scored.flatten().nonzero().flatten();                                // [N], row by row
            var values = TokenDivergence.ForwardKl.PerPosition(LogProbabilities(p, batch, scored), LogProbabilities(q, batch, scored))
                .to_type(ScalarType.Float64).cpu().data<double>().ToArray();
            int at = 0;
            foreach (int i in indices)
            {
                int count = rows[i].Ids.Length - rows[i].ScoredFrom;
                divergences[i] = values[at..(at += count)];
            }
        }
        return divergences;
    }

    private static Tensor LogProbabilities(Decoder model, Batch batch, Tensor scored) =>
        model.Forward(batch).Logits.flatten(0, 1).index_select(0, scored).to_type(ScalarType.Float32).log_softmax(1);
}
