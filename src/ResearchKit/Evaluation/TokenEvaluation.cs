using ResearchKit.Data;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>
/// Judges decoders on the scored tokens of the rows, teacher-forced: <c>loss</c> (mean negative log-likelihood, nats a token),
/// <c>perplexity</c>, <c>next token</c> (share of tokens that are the likeliest) and, with a reference model, <c>teacher agreement</c>
/// (share of positions with the same likeliest token: TOP-1 of Online Knowledge Distillation, eq. 3) and <c>teacher kl</c>
/// (KL(p_T ‖ p_S) summed over the vocabulary, mean over tokens, nats), both to the reference without an adapter that it may carry.
/// </summary>
/// <param name="samples">The rows.</param>
/// <param name="collator">Pads them, makes their targets, and puts them where the models are.</param>
/// <param name="batchSize">Rows a batch.</param>
/// <param name="reference">The model to compare with, usually the teacher.</param>
public sealed class TokenEvaluation(IReadOnlyList<Sample> samples, Collator collator, int batchSize, LanguageModel? reference = null) : IEvaluation
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        using var quiet = new EvaluationMode(model);
        using var quietReference = reference is null ? null : new EvaluationMode(reference);
        using var outer = NewDisposeScope();
        // Loss, right, agreeing, divergence: summed where the model is, so that only the end of the split waits for the device.
        var sums = zeros([4], dtype: ScalarType.Float64, device: model.parameters().First().device);
        long count = 0;
        foreach (var (_, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            sums.add_(Sums(model, batch));
            count += batch.TargetCount;
        }
        var totals = sums.cpu().data<double>().ToArray();
        if (count == 0) throw new KitException("No token of the evaluation split is scored: every response is empty or was cut off. Allow longer rows (data.maxLength).");
        double loss = totals[0] / count;
        var metrics = new Dictionary<string, double> { ["loss"] = loss, ["perplexity"] = Math.Exp(loss), ["next token"] = totals[1] / count };
        if (reference is not null)
        {
            metrics["teacher agreement"] = totals[2] / count;
            metrics["teacher kl"] = totals[3] / count;
        }
        return metrics;
    }

    /// <summary>[4] float64: negative log-likelihood, right tokens, agreeing tokens and divergence, summed over the batch's targets.</summary>
    private Tensor Sums(LanguageModel model, Batch batch)
    {
        var scored = batch.Targets!.flatten().ne(Batch.Ignored).nonzero().flatten();             // [N]
        var targets = batch.Targets!.flatten().index_select(0, scored).unsqueeze(1);              // [N, 1]
        var mine = LogProbabilities(model, batch, scored);                                        // [N, V]
        var loss = mine.gather(1, targets).sum().neg();
        var choice = mine.argmax(1);
        var right = choice.eq(targets.squeeze(1)).sum();
        if (reference is null) return Stack(loss, right, zeros_like(right), zeros_like(loss));
        Tensor theirs;
        using (new AdapterMode(reference, null)) theirs = LogProbabilities(reference, batch, scored);
        return Stack(loss, right, choice.eq(theirs.argmax(1)).sum(), (theirs.exp() * (theirs - mine)).sum());
    }

    private static Tensor LogProbabilities(LanguageModel model, Batch batch, Tensor scored)
    {
        var logits = model.Forward(batch).Logits;                                                 // [B, T, V]
        return nn.functional.log_softmax(logits.flatten(0, 1).index_select(0, scored).to_type(ScalarType.Float32), 1);
    }

    private static Tensor Stack(params Tensor[] values) => stack([.. values.Select(v => v.to_type(ScalarType.Float64))]);
}
