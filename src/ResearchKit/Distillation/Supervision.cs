using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// What labels and teacher ask of an encoder's output, in the one place where classes and numbers part: rows with a class (int64
/// labels) are learnt by cross-entropies, rows with a number (float32 labels, one output) by squared errors.
/// </summary>
public static class Supervision
{
    /// <summary>The labels' term: <c>L_CE</c>, −log p_S(y | x), or <c>L_MSE</c>, (z_S − y)²; mean over rows.</summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="batch">Rows with labels.</param>
    /// <param name="logits">[B, C] of the student; [B, 1] where the labels are numbers.</param>
    /// <param name="weight">Factor in the total.</param>
    /// <exception cref="KitException">The batch has no labels, or the student does not answer with what they are.</exception>
    public static LossTerm Hard(string method, Batch batch, Tensor logits, double weight = 1)
    {
        var labels = batch.Labels ?? throw new KitException($"Method '{method}' needs a class or a number for every row; this task has none. Choose a classification or regression task.");
        bool numbers = labels.dtype != ScalarType.Int64;
        if (numbers != (logits.shape[^1] == 1))
            throw new KitException($"Method '{method}': this task asks for {(numbers ? "a number" : "a class")}, and the student {(numbers ? $"tells {logits.shape[^1]} classes apart"
                : "has one output")}. Choose a student and a task of the same kind.");
        return numbers
            ? new("L_MSE", SquaredError.Mean(logits.squeeze(-1), labels), weight, Unit.Example)
            : new("L_CE", CrossEntropy.Mean(logits, labels), weight, Unit.Example);
    }

    /// <summary>
    /// The teacher's term: <c>L_Soft-CE</c>, τ² KL(p_T,τ ‖ p_S,τ), or where the models have one output, a number, <c>L_Soft-MSE</c>,
    /// (z_S − z_T)²; mean over rows. The teacher is a constant in it, whether or not it has a graph.
    /// </summary>
    /// <param name="logits">[B, C] of the student.</param>
    /// <param name="teacherLogits">[B, C] of the teacher.</param>
    /// <param name="temperature">τ; numbers have none.</param>
    /// <param name="perClass">Divide by the number of classes besides, as the released code of Gradient KD and of Patient KD does.</param>
    /// <param name="weight">Factor in the total.</param>
    /// <exception cref="KitException">The classes differ in number.</exception>
    public static LossTerm Soft(Tensor logits, Tensor teacherLogits, double temperature, bool perClass = false, double weight = 1)
    {
        long classes = logits.shape[^1];
        var teacher = teacherLogits.detach();
        if (classes == 1) return new("L_Soft-MSE", SquaredError.Mean(logits, teacher), weight, Unit.Example);
        var divergence = Divergence.ForwardKl(logits, teacher, temperature: temperature);
        return new("L_Soft-CE", perClass ? divergence / classes : divergence, weight, Unit.Example);
    }
}
