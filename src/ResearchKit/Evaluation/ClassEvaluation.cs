using ResearchKit.Data;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>What is measured of a classifier or a regression.</summary>
public sealed record ClassMeasures
{
    /// <summary>What the task reports: <c>accuracy</c>, <c>f1</c>, <c>matthews</c>, or of a regression <c>pearson</c>, <c>spearman</c>.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = ["accuracy"];

    /// <summary>Saliency loyalty to the reference as well, for which rows have to say their words; it takes a backward pass of both models.</summary>
    public bool Saliency { get; init; }
}

/// <summary>
/// Judges classifiers: the task's metrics, <c>loss</c> (mean cross entropy in nats, or the mean squared error of a regression) and, with a
/// reference model, <c>label loyalty</c>, <c>probability loyalty</c> (and its <c>base 2</c> form) and <c>saliency loyalty</c> to it. Of rows whose labels
/// nobody has, the loyalties alone.
/// </summary>
/// <param name="samples">The rows, with their classes or scores.</param>
/// <param name="collator">Pads them and puts them where the models are.</param>
/// <param name="batchSize">Rows a batch.</param>
/// <param name="reference">The model that loyalty is measured against, usually the teacher; it runs over the rows once.</param>
/// <param name="measures">What to measure; accuracy when null.</param>
public sealed class ClassEvaluation(IReadOnlyList<Sample> samples, Collator collator, int batchSize, LanguageModel? reference = null, ClassMeasures? measures = null) : IEvaluation
{
    private readonly ClassMeasures _measures = measures ?? new();
    private readonly int[] _labels = [.. samples.Select(s => s.Label)];
    private Predictions? _reference;
    private double[][]? _saliencies;

    /// <inheritdoc/>
    /// <exception cref="KitException">The task names a metric that its labels do not allow.</exception>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        var predictions = Predict(model);
        Dictionary<string, double> metrics = [];
        bool regression = samples[0].Score is not null || model.Config.Classes == 1;
        if (samples[0].Score is not null) Tell(predictions, metrics);
        else if (_labels.All(l => l >= 0)) Classify(predictions, metrics);
        if (reference is null) return metrics;

        _reference ??= Predict(reference);
        if (!regression)
        {
            metrics["label loyalty"] = Agreement.LabelLoyalty(predictions, _reference);
            metrics["probability loyalty"] = Agreement.ProbabilityLoyalty(predictions, _reference);
            metrics["probability loyalty base 2"] = Agreement.ProbabilityLoyalty(predictions, _reference, logarithm: 2);
        }
        if (_measures.Saliency)
        {
            _saliencies ??= Saliency.OfWords(reference, samples, collator, batchSize);
            metrics["saliency loyalty"] = Saliency.Loyalty(Saliency.OfWords(model, samples, collator, batchSize), _saliencies).Loyalty;
        }
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

    private void Classify(Predictions predictions, Dictionary<string, double> metrics)
    {
        foreach (var name in _measures.Metrics)
            metrics[name] = name switch
            {
                "accuracy" => Agreement.Accuracy(predictions.Classes, _labels),
                "f1" => Correlation.F1(predictions.Classes, _labels),
                "matthews" => Correlation.Matthews(predictions.Classes, _labels),
                _ => throw new KitException($"There is no metric '{name}' of classes: choose accuracy, f1 or matthews."),
            };
        metrics["loss"] = predictions.Logits.Zip(_labels, CrossEntropy).Average();
    }

    private void Tell(Predictions predictions, Dictionary<string, double> metrics)
    {
        double[] told = [.. predictions.Logits.Select(row => (double)row[0])], right = [.. samples.Select(s => (double)s.Score!.Value)];
        foreach (var name in _measures.Metrics)
            metrics[name] = name switch
            {
                "pearson" => Correlation.Pearson(told, right),
                "spearman" => Correlation.Spearman(told, right),
                _ => throw new KitException($"There is no metric '{name}' of a regression: choose pearson or spearman."),
            };
        metrics["loss"] = told.Zip(right, (a, b) => (a - b) * (a - b)).Average();
    }

    private static double CrossEntropy(float[] logits, int label)
    {
        double max = logits.Max();
        return max + Math.Log(logits.Sum(z => Math.Exp(z - max))) - logits[label];
    }
}
