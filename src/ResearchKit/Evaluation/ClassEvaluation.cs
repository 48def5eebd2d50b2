using ResearchKit.Data;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>
/// Judges classifiers: <c>accuracy</c>, <c>loss</c> (mean cross entropy, nats) and, with a reference model, <c>label loyalty</c>
/// and <c>probability loyalty</c> to it.
/// </summary>
/// <param name="samples">The rows, with their classes.</param>
/// <param name="collator">Pads them and puts them where the models are.</param>
/// <param name="batchSize">Rows a batch.</param>
/// <param name="reference">The model that loyalty is measured against, usually the teacher; it runs over the rows once.</param>
public sealed class ClassEvaluation(IReadOnlyList<Sample> samples, Collator collator, int batchSize, LanguageModel? reference = null) : IEvaluation
{
    private readonly int[] _labels = [.. samples.Select(s => s.Label)];
    private Predictions? _reference;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        var predictions = Predict(model);
        var metrics = new Dictionary<string, double>
        {
            ["accuracy"] = Agreement.Accuracy(predictions.Classes, _labels),
            ["loss"] = predictions.Logits.Zip(_labels, CrossEntropy).Average(),
        };
        if (reference is null) return metrics;
        _reference ??= Predict(reference);
        metrics["label loyalty"] = Agreement.LabelLoyalty(predictions, _reference);
        metrics["probability loyalty"] = Agreement.ProbabilityLoyalty(predictions, _reference);
        return metrics;
    }

    /// <summary>The model's logits on every row, in the split's order.</summary>
    public Predictions Predict(LanguageModel model)
    {
        using var quiet = new EvaluationMode(model);
        var logits = new float[samples.Count][];
        foreach (var (rows, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            var values = model.Forward(batch).Logits.to_type(ScalarType.Float32).cpu().contiguous();   // [B, C]
            int classes = (int)values.shape[1];
            var flat = values.data<float>().ToArray();
            for (int i = 0; i < rows.Count; i++) logits[rows[i]] = flat[(i * classes)..((i + 1) * classes)];
        }
        return new Predictions(logits);
    }

    private static double CrossEntropy(float[] logits, int label)
    {
        double max = logits.Max();
        return max + Math.Log(logits.Sum(z => Math.Exp(z - max))) - logits[label];
    }
}
