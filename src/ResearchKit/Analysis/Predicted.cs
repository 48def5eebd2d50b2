using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>The distributions that a model predicts for a batch, one below the other, and the right answers where the batch has them.</summary>
/// <param name="LogProbabilities">[N, V] float64: of each row's classes; of each end of each row's span, over positions; of each scored token, or where
/// none is scored of each real one.</param>
/// <param name="Answers">[N] int64, or null.</param>
internal sealed record Predicted(Tensor LogProbabilities, Tensor? Answers)
{
    /// <summary>Runs the model; in the current dispose scope.</summary>
    public static Predicted Of(LanguageModel model, Batch batch)
    {
        using var scope = NewDisposeScope();
        var logits = model.Forward(batch).Logits;
        var (flat, answers) = logits.dim() == 2 ? (logits, batch.Labels)
            : model.Config is BertConfig { Head: EncoderHead.Span } ? (Ends(batch, logits), batch.Spans?.flatten())
            : Tokens(batch, logits);
        return new(flat.to(ScalarType.Float64).log_softmax(-1).MoveToOuterDisposeScope(), answers?.alias().MoveToOuterDisposeScope());
    }

    // [B, T, 2] to [2·B, T], first and last of a row after one another; padding has no probability.
    private static Tensor Ends(Batch batch, Tensor logits)
    {
        var ends = logits.to(ScalarType.Float64).transpose(1, 2);
        return (batch.IsFull ? ends : ends.masked_fill(batch.Mask.logical_not().unsqueeze(1), -1e30)).flatten(0, 1);
    }

    private static (Tensor Logits, Tensor? Answers) Tokens(Batch batch, Tensor logits)
    {
        var rows = (batch.Targets is null ? batch.Mask : batch.Scored).flatten().nonzero().flatten();
        return (logits.flatten(0, 1).index_select(0, rows), batch.Targets?.flatten().index_select(0, rows));
    }
}
