using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// What the right answers and the teacher ask of a model's output, in the one place where kinds of answers part: rows with a class (int64 labels), with an
/// answer's first and last token (<see cref="Batch.Spans"/>) and with next tokens (<see cref="Batch.Targets"/>) are learnt by cross-entropies, rows with a
/// number (float32 labels, one output) by squared errors.
/// </summary>
/// <remarks>What is said of next tokens is computed a few positions at a time and has first derivatives alone, as <see cref="Divergence.Chunked"/> has.</remarks>
public static class Supervision
{
    /// <summary>What stands at a position that no answer can have: its probability is 0 exactly.</summary>
    private const double Nowhere = -1e30;

    /// <summary>The symbols that <see cref="Hard"/> gives its term.</summary>
    internal static IReadOnlyList<string> HardSymbols { get; } = ["L_CE", "L_MSE", "L_MLE"];

    /// <summary>The symbols that <see cref="Soft"/> gives its term.</summary>
    internal static IReadOnlyList<string> SoftSymbols { get; } = ["L_Soft-CE", "L_Soft-MSE", "L_KL"];

    /// <summary>
    /// The answers' term: <c>L_CE</c>, −log p_S(y | x), of a span the mean of both ends; <c>L_MSE</c>, (z_S − y)², of a number; mean over rows.
    /// <c>L_MLE</c>, −log p_S(y_t | y_&lt;t, x), mean over targets, of next tokens.
    /// </summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="batch">Rows with answers.</param>
    /// <param name="logits">[B, C] of the student; [B, 1] where the labels are numbers, [B, T, 2] where spans are asked for, [B, T, V] or [N, V] where tokens are (<see cref="Observe.ScoredLogits"/>).</param>
    /// <param name="weight">Factor in the total.</param>
    /// <exception cref="KitException">The batch has no answers, or the student does not answer with what they are.</exception>
    public static LossTerm Hard(string method, Batch batch, Tensor logits, double weight = 1)
    {
        if (batch.Spans is { } spans) return new("L_CE", CrossEntropy.Mean(Ends(method, batch, logits), spans), weight, Unit.Example);
        if (OfTokens(batch, logits)) return new("L_MLE", CrossEntropy.ChunkedScored(Scored(batch, logits), batch.AtScored(batch.Targets!)), weight, Unit.Target);
        var labels = batch.Labels ?? throw new KitException($"Method '{method}' needs a class, a number, a span or a text for every row; this task has none. Choose another task.");
        bool numbers = labels.dtype != ScalarType.Int64;
        if (numbers != (logits.shape[^1] == 1) || logits.dim() != 2)
            throw new KitException($"Method '{method}': this task asks for {(numbers ? "a number" : "a class")}, and the student {(logits.dim() != 2 ? "says something of every token"
                : numbers ? $"tells {logits.shape[^1]} classes apart" : "has one output")}. Choose a student and a task of the same kind.");
        return numbers
            ? new("L_MSE", SquaredError.Mean(logits.squeeze(-1), labels), weight, Unit.Example)
            : new("L_CE", CrossEntropy.Mean(logits, labels), weight, Unit.Example);
    }

    /// <summary>
    /// The teacher's term: <c>L_Soft-CE</c>, τ² KL(p_T,τ ‖ p_S,τ), over classes, or over the row's positions for both ends of a span (their mean); or where the
    /// models have one output, a number, <c>L_Soft-MSE</c>, (z_S − z_T)²; mean over rows. <c>L_KL</c>, the same divergence over the vocabulary, mean over
    /// targets, where tokens are asked for. The teacher is a constant in it, whether or not it has a graph.
    /// </summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="logits">Of the student, as in <see cref="Hard"/>.</param>
    /// <param name="teacherLogits">Of the teacher, alike.</param>
    /// <param name="temperature">τ; numbers have none.</param>
    /// <param name="perClass">Divide by the number of classes besides, as the released code of Gradient KD and of Patient KD does; spans and tokens have none.</param>
    /// <param name="weight">Factor in the total.</param>
    /// <exception cref="KitException">The classes differ in number, or a model does not answer with spans where they are asked for.</exception>
    public static LossTerm Soft(string method, Batch batch, Tensor logits, Tensor teacherLogits, double temperature, bool perClass = false, double weight = 1)
    {
        var term = Between(method, batch, logits, teacherLogits.detach(), TokenDivergence.ForwardKl, temperature) with { Weight = weight };
        return perClass && term.Symbol == "L_Soft-CE" && batch.Spans is null ? term with { Value = term.Value / logits.shape[^1] } : term;
    }

    /// <summary>
    /// As <see cref="Soft"/>, by any divergence and holding neither side constant; of numbers it is the squared error whatever the divergence.
    /// </summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="logits">Of the student, as in <see cref="Hard"/>.</param>
    /// <param name="teacherLogits">Of the teacher, alike.</param>
    /// <param name="divergence">Which.</param>
    /// <param name="temperature">τ; numbers have none.</param>
    /// <exception cref="KitException">The classes differ in number, or a model does not answer with spans where they are asked for.</exception>
    public static LossTerm Between(string method, Batch batch, Tensor logits, Tensor teacherLogits, TokenDivergence divergence, double temperature)
    {
        if (batch.Spans is not null)
            return new("L_Soft-CE", Divergence.Mean(divergence, Ends(method, batch, logits), Ends(method, batch, teacherLogits), temperature: temperature), 1, Unit.Example);
        if (OfTokens(batch, logits))
            return new("L_KL", Divergence.Chunked(divergence, Scored(batch, logits), Scored(batch, teacherLogits), temperature: temperature), 1, Unit.Target);
        if (logits.shape[^1] == 1) return new("L_Soft-MSE", SquaredError.Mean(logits, teacherLogits), 1, Unit.Example);
        return new("L_Soft-CE", Divergence.Mean(divergence, logits, teacherLogits, temperature: temperature), 1, Unit.Example);
    }

    // A model that predicts tokens says something of every position, or of every scored one.
    private static bool OfTokens(Batch batch, Tensor logits) =>
        batch.Targets is not null && (logits.dim() == 3 || (batch.Labels is null && logits.dim() == 2 && logits.shape[0] == batch.TargetCount));

    // [N, V] of [B, T, V]; or as it is, where the model computed no others.
    private static Tensor Scored(Batch batch, Tensor logits) => logits.dim() == 3 ? batch.AtScored(logits) : logits;

    /// <summary>A span head's logits as two distributions over a row's real positions.</summary>
    /// <param name="method">For messages.</param>
    /// <param name="batch">The rows; their padding gets no probability.</param>
    /// <param name="logits">[B, T, 2].</param>
    /// <returns>[B, 2, T], in at least single precision: for both ends the positions' logits.</returns>
    /// <exception cref="KitException">The model has no span head.</exception>
    public static Tensor Ends(string method, Batch batch, Tensor logits)
    {
        if (logits.dim() != 3 || logits.shape[^1] != 2)
            throw new KitException($"Method '{method}': this task asks for spans, and the model answers with [{string.Join(", ", logits.shape)}] numbers instead of two for every token. Choose a model with a span head.");
        using var scope = NewDisposeScope();
        var ends = (logits.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? logits.to(ScalarType.Float32) : logits).transpose(1, 2);
        return (batch.IsFull ? ends : ends.masked_fill(batch.Mask.logical_not().unsqueeze(1), Nowhere)).MoveToOuterDisposeScope();
    }
}
