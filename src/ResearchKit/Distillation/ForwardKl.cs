using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// Word-level distillation of a decoder by the forward divergence (Kim and Rush, arXiv 1606.07947; "Forward KD" of arXiv
/// 2409.12512, equation 2 with its sign corrected), teacher-forced on the targets:
/// <code>
/// L = κ L_KL + (1 − κ) L_MLE        L_KL = τ² Σ_v p_T,τ(v) log( p_T,τ(v) / p_S,τ(v) )
/// </code>
/// both a mean over the scored targets. κ = 1 is pure distillation; the labels' cross-entropy is then not computed.
/// </summary>
public sealed class ForwardKl : IMethod
{
    /// <summary>The two numbers of the method.</summary>
    public sealed record Settings
    {
        /// <summary>τ: the softness of both distributions.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 1;

        /// <summary>κ: the teacher's share; the targets themselves have the rest.</summary>
        [Range(0.0, 1.0)]
        public double Kappa { get; init; } = 1;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("fkl", "forward KL to the teacher's next-token distribution on the targets",
        (settings, student, teacher) => new ForwardKl(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">A model is a classifier, or the two do not fit.</exception>
    public ForwardKl(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireDecoder(Name, student);
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
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        var targets = Fit.Targets(Name, step.Batch);
        var scored = targets.ne(Batch.Ignored);
        var divergence = new LossTerm("L_KL", Divergence.ForwardKl(step.Student.Logits, step.Teacher.Logits, scored, _settings.Temperature), _settings.Kappa, Unit.Target);
        if (_settings.Kappa == 1) return [divergence];
        return [divergence, new LossTerm("L_MLE", CrossEntropy.Mean(step.Student.Logits, targets), 1 - _settings.Kappa, Unit.Target)];
    }
}
