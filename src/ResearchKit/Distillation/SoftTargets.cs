using System.ComponentModel.DataAnnotations;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>What every method says that learns from the right answers and from a teacher.</summary>
public record SoftTargetSettings
{
    /// <summary>τ: the softness of both distributions; without effect where the task asks for a number.</summary>
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
/// The part that distillations have in common, equations 1 and 2 of Gradient Knowledge Distillation (arXiv 2211.01071):
/// (1 − α) L_CE + α L_Soft-CE, or what stands for them where the task asks for no class (<see cref="Supervision"/>).
/// </summary>
public static class SoftTargets
{
    /// <summary>The two terms of a step.</summary>
    /// <exception cref="KitException">The batch has no answers, or other ones than the student's.</exception>
    public static IEnumerable<LossTerm> Terms(string method, Step step, SoftTargetSettings settings) =>
    [
        Supervision.Hard(method, step.Batch, step.Student.Logits, 1 - settings.Alpha),
        Supervision.Soft(method, step.Batch, step.Student.Logits, step.Teacher.Logits, settings.Temperature, settings.PerClass, settings.Alpha),
    ];
}
