using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>The largest logits at one position, from the largest down, and how they spread: figures 10 to 12 of arXiv 2409.12512.</summary>
/// <param name="Values">The k largest.</param>
/// <param name="Deviation">Their standard deviation (over all k; our reading, the paper does not say over which tokens).</param>
public sealed record TopLogits(IReadOnlyList<double> Values, double Deviation)
{
    /// <summary>The k largest of a position's logits.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="k">How many; where the vocabulary is smaller, all.</param>
    /// <exception cref="ArgumentException">The logits are not of one position, or k is below 1.</exception>
    public static TopLogits Of(Tensor logits, int k = 50)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (logits.dim() != 1) throw new ArgumentException($"The logits must be [V], of one position; got [{string.Join(", ", logits.shape)}].", nameof(logits));
        using var scope = NewDisposeScope();
        var values = logits.detach().to(ScalarType.Float64).topk((int)Math.Min(k, logits.shape[0]), 0).values.cpu().contiguous().data<double>().ToArray();
        double mean = values.Average();
        return new(values, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))));
    }

    /// <summary>Those of the token that follows a text.</summary>
    /// <param name="model">What predicts it, in evaluation mode meanwhile.</param>
    /// <param name="ids">The text's tokens.</param>
    /// <param name="k">How many.</param>
    /// <exception cref="KitException">The text is too long for the model, or empty.</exception>
    public static TopLogits After(LanguageModel model, int[] ids, int k = 50)
    {
        using var scope = NewDisposeScope();
        using var quiet = new EvaluationMode(model);
        using var batch = Batch.LeftPadded([ids]).To(model.parameters().First().device);
        return Of(model.Forward(batch).Logits.select(0, 0).select(0, ids.Length - 1), k);
    }
}
