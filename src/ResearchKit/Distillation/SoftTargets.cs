using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>What every method says that learns classes from labels and from a teacher.</summary>
public record SoftTargetSettings
{
    /// <summary>τ: the softness of both distributions.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 5;

    /// <summary>α: the teacher's share; the labels have the rest.</summary>
    [Range(0.0, 1.0)]
    public double Alpha { get; init; } = 0.5;

    /// <summary>Divide the teacher's term by the number of classes, as the released code of Gradient KD and of Patient KD does (PyTorch's
    /// <c>reduction='mean'</c>): a published α, β or γ means what it meant there.</summary>
    public bool PerClass { get; init; }
}

/// <summary>
/// The part that distillations of a classifier have in common, equations 1 and 2 of Gradient Knowledge Distillation (arXiv 2211.01071):
/// (1 − α) L_CE + α L_Soft-CE.
/// </summary>
public static class SoftTargets
{
    /// <summary>The two terms of a step. The teacher is a constant in them, whether or not it has a graph. A regression has squared
    /// errors in their place: with the label, and with what the teacher tells.</summary>
    /// <exception cref="KitException">The batch has no labels.</exception>
    public static IEnumerable<LossTerm> Terms(string method, Step step, SoftTargetSettings settings)
    {
        var (student, teacher) = (step.Student.Logits, step.Teacher.Logits.detach());
        yield return Hard(method, step, 1 - settings.Alpha);
        if (student.shape[1] == 1)
        {
            yield return new("L_Soft-MSE", SquaredError.Mean(student, teacher), settings.Alpha, Unit.Example);
            yield break;
        }
        var soft = Divergence.ForwardKl(student, teacher, temperature: settings.Temperature);
        yield return new("L_Soft-CE", settings.PerClass ? soft / student.shape[1] : soft, settings.Alpha, Unit.Example);
    }

    /// <summary>The labels' part: cross entropy with the class, or of a regression the squared error with the number.</summary>
    /// <exception cref="KitException">The batch has no labels.</exception>
    public static LossTerm Hard(string method, Step step, double weight)
    {
        var output = step.Student.Logits;
        return output.shape[1] == 1 && step.Batch.Labels is { dtype: not ScalarType.Int64 } numbers
            ? new("L_MSE", SquaredError.Mean(output, numbers), weight, Unit.Example)
            : new("L_CE", CrossEntropy.Mean(output, Fit.Labels(method, step.Batch)), weight, Unit.Example);
    }
}
