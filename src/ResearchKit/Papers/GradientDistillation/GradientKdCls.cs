using System.ComponentModel.DataAnnotations;
using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>
/// GKD-CLS (Wang, Li and Sun, arXiv 2211.01071), equation 8: the gradients at the first token's hidden states as well, and the
/// states themselves, because gradients at different states are hard to align.
/// <code>
/// L = (1 − α) L_CE + α L_Soft-CE + β L_PKD + γ (L_GKD + L_GKD-CLS)
/// L_GKD-CLS = Σ_j ‖ u(∂p_S/∂h_S,j) − u(∂p_T/∂h_T,j) ‖²,   h_j the first token's state at the layers of <see cref="SkipLayers"/>
/// </code>
/// β weighs the states here, γ the gradients; in <see cref="GradientKd"/> β weighs the gradients.
/// </summary>
public sealed class GradientKdCls : IMethod
{
    /// <summary>The numbers of the method.</summary>
    public sealed record Settings : GradientSettings
    {
        /// <summary>β: the weight of the states, L_PKD.</summary>
        [Range(0.0, 1e6)]
        public double Beta { get; init; } = 500;

        /// <summary>γ: the weight of the gradients.</summary>
        [Range(0.0, 1e6)]
        public double Gamma { get; init; } = 0.05;

        /// <summary>Where gradients are aligned: at the <c>embedding</c>, at the <c>cls</c> states, or at <c>both</c>. A student with an embedding of
        /// its own, as DistilBERT in the paper's table 2, takes <c>cls</c>.</summary>
        [AllowedValues("embedding", "cls", "both")]
        public string Target { get; init; } = "both";

        /// <summary>The teacher's layers, counted from 1, for the student's layers 1, 2, …; null for <see cref="SkipLayers"/>' rule.</summary>
        public int[]? Layers { get; init; }
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("gradkd-cls", "gradkd, with the first token's hidden states and the gradients at them",
        (settings, student, teacher) => new GradientKdCls(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly SkipLayers _layers;
    private readonly InputAlignment _alignment;

    /// <summary>Makes the method, freezes the teacher and, unless told otherwise, the student's embedding.</summary>
    /// <exception cref="KitException">A model is no classifier, or the two do not fit.</exception>
    public GradientKdCls(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireClassifier(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        _layers = SkipLayers.Of(Name, student.Config, teacher.Config, settings.Layers);
        if (settings.FreezeEmbedding) Fit.FreezeSharedEmbedding(Name, student, teacher);
        _alignment = new InputAlignment(settings.SignalKind, settings.ReductionKind, input: settings.Target != "cls", layers: settings.Target == "embedding" ? null : _layers);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => Observe.Embedding | SkipLayers.Needs(_layers.Student, Student.Config);

    /// <inheritdoc/>
    public Observe TeacherObserves => Observe.Embedding | SkipLayers.Needs(_layers.Teacher, _teacher.Config);

    /// <inheritdoc/>
    public bool DifferentiatesInput => true;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Func<Step, Tensor>> Lessons => _alignment.Lessons;

    /// <inheritdoc/>
    public bool Dropout => _settings.Dropout;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) =>
    [
        .. SoftTargets.Terms(Name, step, _settings),
        new LossTerm("L_PKD", PatientStates.Loss(SkipLayers.FirstTokens(step.Student.Hidden, _layers.Student),
            [.. SkipLayers.FirstTokens(step.Teacher.Hidden, _layers.Teacher).Select(h => h.detach())]), _settings.Beta, Unit.Example),
        .. _alignment.Terms(step, _settings.Gamma),
    ];
}
