using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>Derivatives by what a model reads: text is discrete, so they are taken at the output of the embedding block.</summary>
public static class InputGradient
{
    /// <summary>
    /// [B, T, D] embedding output that a gradient can be taken at, to be handed to <see cref="LanguageModel.Forward"/>: a leaf
    /// where the embedding is frozen or no gradient is recorded, else a part of the model's graph. Without dropout, whatever the
    /// model's mode: noise in the input would be noise in the gradient's place.
    /// </summary>
    /// <exception cref="KitException">As <see cref="LanguageModel.Embed"/>.</exception>
    public static Tensor Leaf(LanguageModel model, Batch batch)
    {
        bool training = model.training;
        if (training) model.eval();
        try
        {
            var embedding = model.Embed(batch);
            return embedding.requires_grad ? embedding : embedding.requires_grad_();
        }
        finally
        {
            if (training) model.train();
        }
    }

    /// <summary>The derivatives of a scalar of every row by tensors of the rows' own pass, from one backward pass.</summary>
    /// <param name="signal">[B] one number a row. Rows do not see one another in a model, so the gradient of their sum holds that of each.</param>
    /// <param name="at">The tensors to differentiate by, [B, …]; each in the signal's graph.</param>
    /// <param name="createGraph">Keep the graph of the derivatives, so that a loss of them can be differentiated again.</param>
    /// <param name="retainGraph">Keep the graph of the pass besides, for another who goes back through it.</param>
    /// <returns>One tensor for each of <paramref name="at"/>, of its shape, in the current dispose scope.</returns>
    /// <exception cref="InvalidOperationException">The signal has no graph.</exception>
    public static Tensor[] Of(Tensor signal, IReadOnlyList<Tensor> at, bool createGraph, bool retainGraph = false)
    {
        // In the real library an error inside autograd.grad ends the process: what can be seen beforehand is refused here.
        if (!signal.requires_grad || at.Any(t => !t.requires_grad))
            throw new InvalidOperationException("There is no graph between the signal and what it shall be differentiated by: run the model with gradients, from an embedding of InputGradient.Leaf.");
        using var sum = signal.sum();
        return [.. autograd.grad([sum], [.. at], retain_graph: createGraph || retainGraph, create_graph: createGraph)];
    }
}
