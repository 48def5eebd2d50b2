using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// Word-level distillation of a decoder, teacher-forced on the targets (Kim and Rush, arXiv 1606.07947):
/// <code>
/// L = κ L_D + (1 − κ) L_MLE        L_D = τ² D(p_T,τ, p_S,τ)
/// fkl: KL(p_T ‖ p_S)     rkl: KL(p_S ‖ p_T)     jsd: β KL(p_T ‖ m) + (1 − β) KL(p_S ‖ m),  m = β p_T + (1 − β) p_S
/// </code>
/// all a mean over the scored targets. "Forward KD" (equation 2 with its sign corrected), "Reverse KD" and "JSD" of arXiv 2409.12512.
/// κ = 1 is pure distillation; the targets' cross-entropy is then not computed.
/// </summary>
public sealed class TokenDistillation : IMethod
{
    /// <summary>The two numbers of every divergence.</summary>
    public record Settings
    {
        /// <summary>τ: the softness of both distributions.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 1;

        /// <summary>κ: the teacher's share; the targets themselves have the rest.</summary>
        [Range(0.0, 1.0)]
        public double Kappa { get; init; } = 1;
    }

    /// <summary>Those of jsd.</summary>
    public sealed record JsdSettings : Settings
    {
        /// <summary>β: the teacher's share in the mixture; 0 is forward, 1 reverse KL.</summary>
        [Range(0.0, 1.0)]
        public double Beta { get; init; } = 0.5;
    }

    /// <summary>Their places in the catalog: <c>fkl</c>, <c>rkl</c>, <c>jsd</c>.</summary>
    public static IReadOnlyList<MethodEntry> Entries { get; } =
    [
        MethodEntry.Of<Settings>("fkl", "forward KL to the teacher's next-token distribution on the targets",
            (settings, student, teacher) => Forward(student, teacher, settings)),
        MethodEntry.Of<Settings>("rkl", "reverse KL to it, on the targets",
            (settings, student, teacher) => Reverse(student, teacher, settings)),
        MethodEntry.Of<JsdSettings>("jsd", "generalised Jensen-Shannon divergence from it, on the targets",
            (settings, student, teacher) => JensenShannon(student, teacher, settings)),
    ];

    private readonly string _symbol;
    private readonly LanguageModel _teacher;
    private readonly TokenDivergence _divergence;
    private readonly Settings _settings;

    private TokenDistillation(string name, string symbol, TokenDivergence divergence, LanguageModel student, LanguageModel teacher, Settings settings)
    {
        (Name, _symbol, _divergence) = (name, symbol, divergence);
        Fit.RequireDecoder(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <summary>fkl; freezes the teacher.</summary>
    /// <exception cref="KitException">A model is a classifier, or the two do not fit.</exception>
    public static TokenDistillation Forward(LanguageModel student, LanguageModel teacher, Settings settings) => new("fkl", "L_KL", TokenDivergence.ForwardKl, student, teacher, settings);

    /// <summary>rkl; freezes the teacher.</summary>
    /// <exception cref="KitException">As <see cref="Forward"/>.</exception>
    public static TokenDistillation Reverse(LanguageModel student, LanguageModel teacher, Settings settings) => new("rkl", "L_RKL", TokenDivergence.ReverseKl, student, teacher, settings);

    /// <summary>jsd; freezes the teacher.</summary>
    /// <exception cref="KitException">As <see cref="Forward"/>.</exception>
    public static TokenDistillation JensenShannon(LanguageModel student, LanguageModel teacher, JsdSettings settings) =>
        new("jsd", "L_JSD", TokenDivergence.JensenShannon(settings.Beta), student, teacher, settings);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public Observe TeacherObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        var divergence = Term(Name, _symbol, step, _divergence, _settings.Temperature, _settings.Kappa);
        return _settings.Kappa == 1 ? [divergence] : [divergence, Likelihood(Name, step, 1 - _settings.Kappa)];
    }

    /// <summary>The divergence from the teacher on a batch's targets.</summary>
    internal static LossTerm Term(string method, string symbol, Step step, TokenDivergence divergence, double temperature, double weight = 1)
    {
        var batch = Fit.WithTargets(method, step.Batch);
        return new(symbol, Divergence.Chunked(divergence, step.Student.ScoredLogits(batch), step.Teacher.ScoredLogits(batch), temperature: temperature), weight, Unit.Target);
    }

    /// <summary>The cross-entropy of a batch's targets.</summary>
    internal static LossTerm Likelihood(string method, Step step, double weight)
    {
        var batch = Fit.WithTargets(method, step.Batch);
        return new("L_MLE", CrossEntropy.ChunkedScored(step.Student.ScoredLogits(batch), batch.AtScored(batch.Targets!)), weight, Unit.Target);
    }
}
