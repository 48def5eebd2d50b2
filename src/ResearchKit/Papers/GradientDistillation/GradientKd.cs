using System.ComponentModel.DataAnnotations;
using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>What both methods of the paper are told.</summary>
public record GradientSettings : SoftTargetSettings
{
    /// <summary>Which number of the models is differentiated.</summary>
    [AllowedValues("confidence", "teacher-class", "label", "margin", "loss")]
    public string Signal { get; init; } = "confidence";

    /// <summary>What L_GKD is a mean over: the authors' <c>tokens</c>, <c>rows</c>, or the printed <c>sum</c>.</summary>
    [AllowedValues("tokens", "rows", "sum")]
    public string Reduction { get; init; } = "tokens";

    /// <summary>Whether the student keeps the teacher's embedding as it is; without it the gradients are taken in two input spaces.</summary>
    public bool FreezeEmbedding { get; init; } = true;

    /// <summary>Whether the student's dropout stays active (in its layers and its head; never in the input). Off, because the
    /// gradient under dropout is biased (theorem 1); the paper's "w/ Dropout" has it on.</summary>
    public bool Dropout { get; init; }

    internal Signal SignalKind => Signal switch
    {
        "teacher-class" => Losses.Signal.TeacherClass,
        "label" => Losses.Signal.Label,
        "margin" => Losses.Signal.Margin,
        "loss" => Losses.Signal.Loss,
        _ => Losses.Signal.Confidence,
    };

    internal AlignmentReduction ReductionKind => Reduction switch
    {
        "rows" => AlignmentReduction.Rows,
        "sum" => AlignmentReduction.Sum,
        _ => AlignmentReduction.Tokens,
    };
}

/// <summary>
/// Gradient Knowledge Distillation (Wang, Li and Sun, arXiv 2211.01071), equation 5:
/// <code>
/// L = (1 − α) L_CE + α L_Soft-CE + β L_GKD
/// L_GKD = Σ_j ‖ u(∂p_S/∂E_S,j) − u(∂p_T/∂E_T,j) ‖²        p_M the largest class probability of model M, u(v) = v/‖v‖
/// </code>
/// The student learns what the teacher looks at: the directions in which its confidence grows, token by token. Its embedding is
/// the teacher's and stays, so that both gradients live in one space; its dropout is off.
/// </summary>
public sealed class GradientKd : IMethod
{
    /// <summary>The numbers of the method.</summary>
    public sealed record Settings : GradientSettings
    {
        /// <summary>β: the weight of the gradients.</summary>
        [Range(0.0, 1e6)]
        public double Beta { get; init; } = 0.2;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("gradkd", "knowledge distillation and the direction of the input gradients",
        (settings, student, teacher) => new GradientKd(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly InputAlignment _alignment;

    /// <summary>Makes the method, freezes the teacher and, unless told otherwise, the student's embedding.</summary>
    /// <exception cref="KitException">A model is no classifier, or the two do not fit.</exception>
    public GradientKd(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireClassifier(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        Fit.RequireSameWidth(Name, student, teacher);
        if (settings.FreezeEmbedding) Fit.FreezeSharedEmbedding(Name, student, teacher);
        _alignment = new InputAlignment(settings.SignalKind, settings.ReductionKind, input: true, layers: null);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public bool DifferentiatesInput => true;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Func<Step, Tensor>> Lessons => _alignment.Lessons;

    /// <inheritdoc/>
    public bool Dropout => _settings.Dropout;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) => [.. SoftTargets.Terms(Name, step, _settings), .. _alignment.Terms(step, _settings.Beta)];
}
