using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// Knowledge distillation of a classifier (Hinton, Vinyals and Dean, arXiv 1503.02531), as equations 1 and 2 of Gradient
/// Knowledge Distillation (arXiv 2211.01071) write it:
/// <code>
/// L = (1 − α) L_CE + α L_Soft-CE        L_Soft-CE = τ² KL(p_T,τ ‖ p_S,τ),   p_M,τ = softmax(z_M / τ)
/// </code>
/// both a mean over rows. Their released code also divides L_Soft-CE by the number of classes; an α from its grids has to
/// be converted before it means the same here.
/// </summary>
public sealed class KnowledgeDistillation : IMethod
{
    /// <summary>The two numbers of the method.</summary>
    public sealed record Settings
    {
        /// <summary>τ: the softness of both distributions.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 5;

        /// <summary>α: the teacher's share; the labels have the rest.</summary>
        [Range(0.0, 1.0)]
        public double Alpha { get; init; } = 0.5;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("kd", "cross-entropy with the labels and with the teacher's softened classes",
        (settings, student, teacher) => new KnowledgeDistillation(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">A model is no classifier, or the two do not fit.</exception>
    public KnowledgeDistillation(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireClassifier(Name, student);
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
    public IReadOnlyList<LossTerm> Losses(Step step) =>
    [
        new LossTerm("L_CE", CrossEntropy.Mean(step.Student.Logits, Fit.Labels(Name, step.Batch)), 1 - _settings.Alpha, Unit.Example),
        new LossTerm("L_Soft-CE", Divergence.ForwardKl(step.Student.Logits, step.Teacher.Logits, temperature: _settings.Temperature), _settings.Alpha, Unit.Example),
    ];
}
