using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>
/// What each word contributes to what a model predicts: the gradient of its confidence by the embedding, times the embedding, summed
/// over the units and over a word's pieces, with its sign (the "Grad" method of Ding et al. 2019, which Gradient Knowledge Distillation,
/// arXiv 2211.01071, section 4.3 uses).
/// </summary>
/// <remarks>
/// The embedding is the output of the whole embedding block (words, positions, segments, normalisation), what the first layer reads. Differentiated are the log-odds
/// of the predicted class: ∂p = p(1 − p) ∂ log-odds, and p(1 − p) is one positive number for a whole row. Neither signs nor
/// correlations within a row feel it, and it would be 0 where the softmax is saturated. A regression's number is differentiated itself.
/// </remarks>
public static class Saliency
{
    /// <summary>The saliency of every word of every row.</summary>
    /// <param name="model">A classifier; its mode is as before afterwards, and no gradient is left in its parameters.</param>
    /// <param name="samples">Rows with their words (<see cref="Sample.Words"/>).</param>
    /// <param name="collator">Pads them and puts them where the model is.</param>
    /// <param name="batchSize">Rows a batch.</param>
    /// <returns>For each row a number for each of its words; special tokens belong to none.</returns>
    /// <exception cref="ArgumentException">A row does not say its words.</exception>
    public static double[][] OfWords(LanguageModel model, IReadOnlyList<Sample> samples, Collator collator, int batchSize)
    {
        if (samples.Any(s => s.Words is null)) throw new ArgumentException("The samples do not say which words their tokens are pieces of; encode them with words.", nameof(samples));
        var saliencies = new double[samples.Count][];
        foreach (var (rows, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var owned = batch;
            var tokens = OfTokens(model, batch);
            for (int i = 0; i < rows.Count; i++) saliencies[rows[i]] = Gather(tokens[i], samples[rows[i]].Words!);
        }
        return saliencies;
    }

    /// <summary>The saliency of every token of a batch: B rows of T numbers.</summary>
    public static float[][] OfTokens(LanguageModel model, Batch batch)
    {
        using var scope = NewDisposeScope();
        using var quiet = new EvaluationMode(model);
        using var graph = enable_grad();
        Tensor embedding;
        using (no_grad()) embedding = model.Embed(batch);   // without a graph of its own parameters
        embedding.requires_grad_();
        var signal = Signals.Of(Signal.Confidence, model.Forward(batch, embedding: embedding).Logits);
        var gradient = InputGradient.Of(signal, [embedding], createGraph: false)[0];
        var values = (gradient.to_type(ScalarType.Float32) * embedding.detach().to_type(ScalarType.Float32)).sum(-1).cpu().contiguous();   // [B, T]
        var flat = values.data<float>().ToArray();
        int width = batch.Width;
        return [.. Enumerable.Range(0, batch.Rows).Select(i => flat[(i * width)..((i + 1) * width)])];
    }

    /// <summary>
    /// Saliency loyalty: Pearson's correlation of two models' word saliencies in each row, mean over the rows where it is defined.
    /// Two models that are one have 1.
    /// </summary>
    /// <returns>The mean, NaN where it is defined in no row, and in how many rows it is not: those of fewer than two words, or where a model
    /// finds all words alike.</returns>
    /// <exception cref="ArgumentException">The two are of other rows or other words.</exception>
    public static (double Loyalty, int Undefined) Loyalty(IReadOnlyList<double[]> student, IReadOnlyList<double[]> teacher)
    {
        if (student.Count != teacher.Count || student.Zip(teacher).Any(p => p.First.Length != p.Second.Length))
            throw new ArgumentException($"Loyalty compares the same words of the same rows: got {student.Count} rows of the student and {teacher.Count} of the teacher.");
        double[] defined = [.. student.Zip(teacher).Where(p => p.First.Length > 1).Select(p => Correlation.Pearson(p.First, p.Second)).Where(double.IsFinite)];
        return (defined.Length == 0 ? double.NaN : defined.Average(), student.Count - defined.Length);
    }

    private static double[] Gather(float[] tokens, int[] words)
    {
        var sums = new double[words.DefaultIfEmpty(-1).Max() + 1];
        for (int i = 0; i < words.Length; i++)
            if (words[i] >= 0) sums[words[i]] += tokens[i];
        return sums;
    }
}
