using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// Distillation on what the student itself writes:
/// <code>L = (1 − λ) E_(x,y)~D D(p_T, p_S)(y|x) + λ E_x E_y~p_S(·|x) D(p_T, p_S)(y|x)</code>
/// With probability λ a batch's responses are replaced by the student's, sampled without gradient; the divergence is a mean over their tokens.
/// <c>gkd</c> is generalised (on-policy) distillation (Agarwal et al., arXiv 2306.13649), <c>imitkd</c> imitation learning (Lin et al.,
/// arXiv 2009.07253) with the forward KL and, as DistiLLM runs it, λ = 1.
/// </summary>
/// <remarks>No likelihood of what the student wrote: that would teach it its own faults. The sampling's temperature and the loss's are two settings.</remarks>
public sealed class OnPolicyDistillation : IMethod
{
    /// <summary>What imitkd is told.</summary>
    public record Settings : SampledSettings
    {
        /// <summary>λ: the share of batches whose responses the student writes.</summary>
        [Range(0.0, 1.0)]
        public double Share { get; init; } = 1;

        /// <summary>τ: the softness of both distributions in the loss.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 1;
    }

    /// <summary>What gkd is told.</summary>
    public sealed record GkdSettings : Settings
    {
        /// <summary>λ 0.5, of the paper and of TRL.</summary>
        public GkdSettings() => Share = 0.5;

        /// <summary>D.</summary>
        [AllowedValues("forward-kl", "reverse-kl", "jsd", "skew-kl", "skew-reverse-kl", "tvd")]
        public string Divergence { get; init; } = "jsd";

        /// <summary>β of jsd: TRL's 0.5; DistiLLM's script has 0.1.</summary>
        [Range(0.0, 1.0)]
        public double Beta { get; init; } = 0.5;

        /// <summary>α of the skew divergences.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Skew { get; init; } = 0.1;
    }

    /// <summary>Their places in the catalog: <c>imitkd</c>, <c>gkd</c>.</summary>
    public static IReadOnlyList<MethodEntry> Entries { get; } =
    [
        MethodEntry.Of<Settings>("imitkd", "forward KL to the teacher on responses that the student writes",
            (settings, student, teacher) => new OnPolicyDistillation("imitkd", TokenDivergence.ForwardKl, student, teacher, settings)),
        MethodEntry.Of<GkdSettings>("gkd", "generalised on-policy distillation: a divergence on given responses and on the student's own",
            (settings, student, teacher) => new OnPolicyDistillation("gkd", TokenDivergence.Named(settings.Divergence, settings.Beta, settings.Skew), student, teacher, settings)),
    ];

    private readonly Decoder _student;
    private readonly LanguageModel _teacher;
    private readonly TokenDivergence _divergence;
    private readonly Settings _settings;

    private OnPolicyDistillation(string name, TokenDivergence divergence, LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Name = name;
        Fit.RequireDecoder(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        (_student, _teacher, _divergence, _settings) = ((Decoder)student, teacher, divergence, settings);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public LanguageModel Student => _student;

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Batch Prepare(Batch batch, Generator sampling, double progress)
    {
        if (!Rollouts.Happens(_settings.Share, sampling)) return batch;
        var written = Rollouts.Write(_student, Rollouts.Prompts(Name, batch), _settings.Options(_student), sampling);
        return Rollouts.Make(written, batch.Ids.device, _student.Config.MaxLength);
    }

    /// <inheritdoc/>
    public Observe StudentObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public Observe TeacherObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) => [TokenDistillation.Term(Name, "L_D", step, _divergence, _settings.Temperature)];
}
