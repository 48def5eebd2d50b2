using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// Knowledge distillation of a classifier (Hinton, Vinyals and Dean, arXiv 1503.02531), as equations 1 and 2 of Gradient
/// Knowledge Distillation (arXiv 2211.01071) write it:
/// <code>
/// L = (1 − α) L_CE + α L_Soft-CE        L_Soft-CE = τ² KL(p_T,τ ‖ p_S,τ),   p_M,τ = softmax(z_M / τ)
/// </code>
/// both a mean over rows. Their released code also divides L_Soft-CE by the number of classes (<see cref="SoftTargetSettings.PerClass"/>).
/// </summary>
public sealed class KnowledgeDistillation : IMethod
{
    /// <summary>The numbers of the method.</summary>
    public sealed record Settings : SoftTargetSettings;

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("kd", "cross-entropy with the labels and with the teacher's softened classes",
        (settings, student, teacher) => new KnowledgeDistillation(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">A model answers with neither classes nor spans, or the two do not fit.</exception>
    public KnowledgeDistillation(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireEncoder(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) => [.. SoftTargets.Terms(Name, step, _settings)];
}
