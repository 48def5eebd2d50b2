using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// Patient knowledge distillation of an encoder (Sun et al., arXiv 1908.09355), as equation 7 and section 4.1 of Gradient Knowledge
/// Distillation (arXiv 2211.01071) take it for their baseline:
/// <code>
/// L = (1 − α) L_CE + α L_Soft-CE + β L_PKD        L_PKD = Σ_j ‖ u(h_S,j) − u(h_T,j) ‖²,   u(v) = v/‖v‖
/// </code>
/// of the first token's states at the layers of <see cref="SkipLayers"/>, reduced as <see cref="PatientStates"/> says.
/// </summary>
public sealed class PatientDistillation : IMethod
{
    /// <summary>The numbers of the method.</summary>
    public sealed record Settings : SoftTargetSettings
    {
        /// <summary>β: the weight of the states.</summary>
        [Range(0.0, 1e6)]
        public double Beta { get; init; } = 100;

        /// <summary>The teacher's layers, counted from 1, for the student's layers 1, 2, …; null for <see cref="SkipLayers"/>' rule.</summary>
        public int[]? Layers { get; init; }
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("pkd", "knowledge distillation and the first token's hidden states",
        (settings, student, teacher) => new PatientDistillation(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly SkipLayers _layers;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">A model answers with neither classes nor spans, or the two do not fit.</exception>
    public PatientDistillation(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireEncoder(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        _layers = SkipLayers.Of(Name, student.Config, teacher.Config, settings.Layers);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => SkipLayers.Needs(_layers.Student, Student.Config);

    /// <inheritdoc/>
    public Observe TeacherObserves => SkipLayers.Needs(_layers.Teacher, _teacher.Config);

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) =>
    [
        .. SoftTargets.Terms(Name, step, _settings),
        new LossTerm("L_PKD", PatientStates.Loss(SkipLayers.FirstTokens(step.Student.Hidden, _layers.Student), SkipLayers.FirstTokens(step.Teacher.Hidden, _layers.Teacher)),
            _settings.Beta, Unit.Example),
    ];
}
