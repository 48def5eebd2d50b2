using ResearchKit.Data;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>What is measured of a classifier or a regression.</summary>
public sealed record ClassMeasures
{
    /// <summary>What the task reports (<see cref="Data.Tasks.ITask.Metrics"/>): <c>accuracy</c>, <c>f1</c>, <c>matthews</c>, or of a regression
    /// <c>pearson</c>, <c>spearman</c>.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = ["accuracy"];

    /// <summary>Saliency loyalty to the reference as well, for which rows have to say their words; it takes a backward pass of both models.</summary>
    public bool Saliency { get; init; }
}

/// <summary>
/// Judges classifiers and regressions: the task's metrics and <c>loss</c> (mean cross entropy in nats) or <c>squared error</c> (its mean); with a reference
/// model <c>label loyalty</c>, <c>probability loyalty</c> (natural logarithm) and <c>probability loyalty base 2</c> to it, which a regression has not, and
/// <c>saliency loyalty</c> with <c>saliency undefined</c>, the share of rows it leaves out. Of rows whose labels nobody has, the loyalties alone.
/// </summary>
/// <remarks>A correlation that is undefined because a model says the same of every row is reported as 0, as Matthews' is: such a model tells nothing.</remarks>
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
    /// <exception cref="KitException">The task names a metric that its labels do not allow, or there are neither labels nor a reference.</exception>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        bool scores = samples.All(s => s.Score is not null), classes = _labels.All(l => l >= 0);
        if (!scores && !classes && reference is null) throw new KitException("The rows have no labels, and without them only loyalty to a reference can be measured. Give one.");
        var predictions = Predict(model);
        Dictionary<string, double> metrics = [];
        if (scores) MeasureScores(predictions, metrics);
        else if (classes) MeasureClasses(predictions, metrics);
        if (reference is not null) MeasureLoyalty(model, predictions, metrics);
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

    private void MeasureClasses(Predictions predictions, Dictionary<string, double> metrics)
    {
        foreach (var name in _measures.Metrics)
            metrics[name] = name switch
            {
                "accuracy" => Agreement.Accuracy(predictions.Classes, _labels),
                "f1" => BinaryScores.Of(predictions.Classes, _labels).F1,
                "matthews" => BinaryScores.Of(predictions.Classes, _labels).Matthews,
                _ => throw new KitException($"There is no metric '{name}' of classes: choose accuracy, f1 or matthews."),
            };
        metrics["loss"] = predictions.Logits.Zip(_labels, CrossEntropy).Average();
    }

    private void MeasureScores(Predictions predictions, Dictionary<string, double> metrics)
    {
        double[] told = [.. predictions.Logits.Select(row => (double)row[0])], right = [.. samples.Select(s => (double)s.Score!.Value)];
        foreach (var name in _measures.Metrics)
            metrics[name] = Defined(name switch
            {
                "pearson" => Correlation.Pearson(told, right),
                "spearman" => Correlation.Spearman(told, right),
                _ => throw new KitException($"There is no metric '{name}' of a regression: choose pearson or spearman."),
            });
        metrics["squared error"] = told.Zip(right, (a, b) => (a - b) * (a - b)).Average();
    }

    private void MeasureLoyalty(LanguageModel model, Predictions predictions, Dictionary<string, double> metrics)
    {
        // What a teacher says that adapts while it teaches changes; loyalty is to what it was.
        using var bare = new AdapterMode(reference!, null);
        _reference ??= Predict(reference!);
        if (model.Config.Classes > 1)
        {
            metrics["label loyalty"] = Agreement.LabelLoyalty(predictions, _reference);
            metrics["probability loyalty"] = Agreement.ProbabilityLoyalty(predictions, _reference);
            metrics["probability loyalty base 2"] = Agreement.ProbabilityLoyalty(predictions, _reference, logarithm: 2);
        }
        if (!_measures.Saliency) return;
        _saliencies ??= Saliency.OfWords(reference!, samples, collator, batchSize);
        var (loyalty, undefined) = Saliency.Loyalty(Saliency.OfWords(model, samples, collator, batchSize), _saliencies);
        metrics["saliency loyalty"] = Defined(loyalty);
        metrics["saliency undefined"] = undefined / (double)samples.Count;
    }

    private static double Defined(double correlation) => double.IsNaN(correlation) ? 0 : correlation;

    private static double CrossEntropy(float[] logits, int label)
    {
        double max = logits.Max();
        return max + Math.Log(logits.Sum(z => Math.Exp(z - max))) - logits[label];
    }
}
