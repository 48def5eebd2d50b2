using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>The second moments E[x xᵀ] of what a model's linear maps read, over the real tokens of some rows.</summary>
public sealed class ActivationMoments : IDisposable
{
    private readonly Dictionary<(int Layer, string Matrix), Tensor> _moments = [];
    private readonly List<Tensor> _owned = [];

    private ActivationMoments() { }

    /// <summary>Runs a model over batches.</summary>
    /// <param name="model">In evaluation mode for the time; no gradient is taken.</param>
    /// <param name="batches">At least one; they stay the caller's.</param>
    /// <exception cref="KitException">There is no batch.</exception>
    public static ActivationMoments Collect(LanguageModel model, IEnumerable<Batch> batches)
    {
        using var quiet = new EvaluationMode(model);
        var result = new ActivationMoments();
        long tokens = 0;
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var inputs = model.Forward(batch, Observe.Inputs).Inputs;
            var rows = batch.IsFull ? null : batch.Mask.reshape(-1).nonzero().squeeze(1);
            tokens += batch.Lengths.Sum();
            for (int layer = 0; layer < inputs.Count; layer++)
                foreach (var same in inputs[layer].GroupBy(p => p.Value, ReferenceEqualityComparer.Instance))
                {
                    var x = same.First().Value;
                    x = x.reshape(-1, x.shape[^1]);                                            // [N, inputs]
                    if (rows is not null) x = x.index_select(0, rows);
                    result.Add(layer, [.. same.Select(p => p.Key)], x.to(ScalarType.Float64));
                }
        }
        if (tokens == 0) throw new KitException("There is no text to learn from what the maps read. Give at least one row.");
        using (no_grad())
            foreach (var moment in result._owned) moment.div_(tokens);
        return result;
    }

    /// <summary>[inputs, inputs] float64: of a map's inputs. It stays this object's.</summary>
    /// <exception cref="KeyNotFoundException">There is no such map.</exception>
    public Tensor Of(int layer, string matrix) => _moments[(layer, matrix)];

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(m => m.Dispose());

    private void Add(int layer, string[] matrices, Tensor x)
    {
        var sum = x.t().matmul(x);
        if (_moments.TryGetValue((layer, matrices[0]), out var moment)) moment.add_(sum);
        else
        {
            _owned.Add(sum.DetachFromDisposeScope());
            foreach (var matrix in matrices) _moments[(layer, matrix)] = sum;
        }
    }
}
