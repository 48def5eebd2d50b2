using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// MiniLLM (Gu et al., arXiv 2306.08543): the reverse divergence of whole responses, by policy gradient. With r_t = log p_T(y_t) − log p_S(y_t) and
/// R_t = Σ_{t' ≥ t} r_t',
/// <code>
/// ∇KL(p_S ‖ p_T) = −E_{y ~ p_S} Σ_t (R_t − 1) ∇log p_S(y_t) = ∇L_Single + ∇L_Long                                  equation 2
/// L_Single = Σ_t KL(p_S ‖ p_T) at each position, exact               the single-step decomposition, equation 3
/// L_Long   = −Σ_t min(ρ_t w_t A_t, clip(ρ_t, 1 ± ε) w_t A_t)         A_t = Σ_{t' > t} γ^(t'-t-1) r_t' / (T − t − 1), whitened
/// y ~ p̃ = a p_T + (1 − a) p_S,    w_t = p_S(y_t) / p̃(y_t),    ρ_t = p_S(y_t) / p_S,old(y_t)
/// </code>
/// Both are means over tokens. A batch's responses serve several steps, ρ measuring from the student that wrote them.
/// </summary>
/// <remarks>
/// <para>With γ = 1, no length normalisation, whitening, clipping or reward scale, one step a response, and p_S alone writing, the gradient of
/// the sums is an unbiased estimate of ∇KL(p_S ‖ p_T). With p̃ it is one where <see cref="Settings.Importance"/> is <c>sequence</c>; the paper's w_t is
/// that weight's factor at t alone, which varies less and is biased.</para>
/// <para>Defaults are the released code's, but for the return: there R_t includes r_t, which L_Single already has (<see cref="Settings.OwnReward"/>).
/// The language-modeling loss on a plain corpus is left out, as in the comparison of arXiv 2409.12512.</para>
/// </remarks>
public sealed class MiniLlm : IMethod, IDisposable
{
    /// <summary>What the method is told.</summary>
    public sealed record Settings : RolloutSettings
    {
        /// <summary>a: the teacher's share in the distribution that responses are sampled from.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double TeacherShare { get; init; } = 0.2;

        /// <summary>w: <c>token</c>, the factor of each token; <c>sequence</c>, the product over the response, of both terms; or <c>none</c>.</summary>
        [AllowedValues("token", "sequence", "none")]
        public string Importance { get; init; } = "token";

        /// <summary>Steps that are made on each batch of responses. The rows of the data that come meanwhile are passed over.</summary>
        [Range(1, 1000)]
        public int InnerEpochs { get; init; } = 4;

        /// <summary>γ: what a token's reward counts one position earlier.</summary>
        [Range(0.0, 1.0)]
        public double Discount { get; init; } = 0.95;

        /// <summary>Divide each return by the number of tokens that it sums.</summary>
        public bool LengthNormalised { get; init; } = true;

        /// <summary>Let the return at t begin with r_t, as the released code does.</summary>
        public bool OwnReward { get; init; }

        /// <summary>Shift and scale the returns of a batch to mean 0 and variance 1.</summary>
        public bool Whiten { get; init; } = true;

        /// <summary>Divides the rewards.</summary>
        [Range(0.0, 1e6, MinimumIsExclusive = true)]
        public double RewardScale { get; init; } = 0.5;

        /// <summary>The largest size of a reward, after the scale; null for any.</summary>
        [Range(0.0, 1e6, MinimumIsExclusive = true)]
        public double? RewardClip { get; init; } = 100;

        /// <summary>ε: how far ρ counts; null for any.</summary>
        [Range(0.0, 1.0, MinimumIsExclusive = true)]
        public double? RatioClip { get; init; } = 0.2;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("minillm", "reverse KL of the student's own responses by policy gradient",
        (settings, student, teacher) => new MiniLlm(student, teacher, settings));

    // A micro-batch of responses, and what the student that wrote them thought of each token, [B, T], once it has been asked.
    private sealed record Written(IReadOnlyList<Rollout> Rows) : IDisposable
    {
        public Tensor? Old { get; set; }

        public void Dispose() => Old?.Dispose();
    }

    private readonly Decoder _student, _teacher;
    private readonly Settings _settings;
    private readonly List<Written> _written = [];
    private readonly Dictionary<Batch, Written> _current = new(ReferenceEqualityComparer.Instance);
    private double _progress = double.NaN;
    private int _uses, _slot;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">A model is a classifier, or the two do not fit.</exception>
    public MiniLlm(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireDecoder(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        (_student, _teacher, _settings) = ((Decoder)student, (Decoder)teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student => _student;

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Batch Prepare(Batch batch, Generator sampling, double progress)
    {
        if (progress != _progress) BeginStep(progress);
        if (_slot == _written.Count)
        {
            var prompts = Rollouts.Prompts(Name, batch);
            var options = Rollouts.Options(_student, _settings.MaxNewTokens);
            var responses = _settings.TeacherShare > 0
                ? Generation.Generate(_student, _teacher, _settings.TeacherShare, prompts, options, sampling)
                : Generation.Generate(_student, prompts, options, sampling);
            _written.Add(new Written(Rollouts.Pair(prompts, responses)));
        }
        var made = Rollouts.Make(_written[_slot].Rows, batch.Ids.device, _student.Config.MaxLength);
        _current[made] = _written[_slot++];
        return made;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        var targets = Fit.Targets(Name, step.Batch);
        var scored = targets.ne(Batch.Ignored);                                                              // [B, T]
        Tensor student = LogProbabilities(step.Student.Logits), teacher = LogProbabilities(step.Teacher.Logits.detach());
        var chosen = Of(student, targets, scored);                                                           // [B, T]
        Tensor old, reward, returns, weight, all;
        using (no_grad())
        {
            old = Old(step.Batch, chosen);
            var theirs = Of(teacher, targets, scored);
            reward = Reward(theirs, old).masked_fill(scored.logical_not(), 0);
            returns = Returns(reward, scored);
            (weight, all) = Weights(theirs, old, scored);
        }
        var single = Mean(TokenDivergence.ReverseKl.PerPosition(teacher, student) * all, scored);
        return
        [
            new("L_Single", single, 1, Unit.Target),
            new("L_Long", Mean(Surrogate(chosen - old, returns * weight), scored).neg(), 1, Unit.Target),
            new("reward", Mean(reward, scored), 0, Unit.Target),
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State
    {
        get
        {
            var state = new Dictionary<string, Tensor> { ["progress"] = tensor(new[] { _progress, _uses }) };
            for (int i = 0; i < _written.Count; i++)
            {
                (state[$"{i}.tokens"], state[$"{i}.lengths"]) = Rollouts.Pack(_written[i].Rows);
                if (_written[i].Old is { } old) state[$"{i}.old"] = old;
            }
            return state;
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Forget();
        var numbers = state["progress"].data<double>().ToArray();
        (_progress, _uses) = (numbers[0], (int)numbers[1]);
        for (int i = 0; state.TryGetValue($"{i}.tokens", out var tokens); i++)
            _written.Add(new Written([.. Rollouts.Unpack(tokens, state[$"{i}.lengths"])]) { Old = state.TryGetValue($"{i}.old", out var old) ? old.clone().DetachFromDisposeScope() : null });
    }

    /// <summary>Lets the responses go.</summary>
    public void Dispose() => Forget();

    private void BeginStep(double progress)
    {
        (_progress, _slot) = (progress, 0);
        _current.Clear();
        if (_uses++ % _settings.InnerEpochs == 0) Forget();
    }

    private void Forget()
    {
        _written.ForEach(w => w.Dispose());
        _written.Clear();
    }

    // In single precision at least, whatever the models compute in.
    private static Tensor LogProbabilities(Tensor logits) => (logits.dtype == ScalarType.Float64 ? logits : logits.to(ScalarType.Float32)).log_softmax(-1);

    /// <summary>[B, T] of the tokens that stand there; 0 where none is scored.</summary>
    private static Tensor Of(Tensor logProbabilities, Tensor targets, Tensor scored) =>
        logProbabilities.gather(-1, targets.clamp_min(0).unsqueeze(-1)).squeeze(-1).masked_fill(scored.logical_not(), 0);

    /// <summary>log p_S,old, [B, T]: what the student thinks when it first sees what it wrote.</summary>
    private Tensor Old(Batch batch, Tensor chosen)
    {
        if (!_current.TryGetValue(batch, out var written)) return chosen.detach();                          // not of this method's writing
        written.Old ??= chosen.detach().clone().DetachFromDisposeScope();
        return written.Old = written.Old.device_type == chosen.device_type ? written.Old : written.Old.to(chosen.device).DetachFromDisposeScope();
    }

    private Tensor Reward(Tensor theirs, Tensor old)
    {
        var reward = (theirs - old) / _settings.RewardScale;
        return _settings.RewardClip is { } most ? reward.clamp(-most, most) : reward;
    }

    // One product with a triangle of powers of γ: no power of a position, which a long text would run out of numbers for.
    private Tensor Returns(Tensor reward, Tensor scored)
    {
        long width = reward.shape[1];
        int first = _settings.OwnReward ? 0 : 1;
        var place = arange(width, device: reward.device);
        var distance = place.unsqueeze(1) - place.unsqueeze(0) - first;                                     // [T', T]
        var counts = distance.ge(0).to(reward.dtype);
        var powers = tensor(_settings.Discount, dtype: reward.dtype, device: reward.device).pow(distance.clamp_min(0).to(reward.dtype)) * counts;
        var returns = reward.matmul(powers);                                                                 // [B, T]
        if (_settings.LengthNormalised) returns = returns / scored.to(reward.dtype).matmul(counts).clamp_min(1);
        if (!_settings.Whiten) return returns;
        var mean = Mean(returns, scored);
        var variance = Mean((returns - mean).square(), scored);
        return (returns - mean) / (variance + 1e-8).sqrt();
    }

    /// <summary>w of the tokens, and of the whole term that is exact at each position.</summary>
    private (Tensor Token, Tensor All) Weights(Tensor theirs, Tensor old, Tensor scored)
    {
        var one = ones([1, 1], dtype: old.dtype, device: old.device);
        if (_settings.Importance == "none" || _settings.TeacherShare == 0) return (one, one);
        double a = _settings.TeacherShare;
        var mixture = logaddexp(theirs + Math.Log(a), old + Math.Log(1 - a));
        var log = (old - mixture).masked_fill(scored.logical_not(), 0);                                     // [B, T]
        if (_settings.Importance == "token") return (log.exp(), one);
        var sequence = log.sum(1, keepdim: true).exp();                                                      // [B, 1]
        return (sequence, sequence);
    }

    private Tensor Surrogate(Tensor logRatio, Tensor advantage)
    {
        var ratio = logRatio.exp();
        return _settings.RatioClip is { } e ? minimum(ratio * advantage, ratio.clamp(1 - e, 1 + e) * advantage) : ratio * advantage;
    }

    private static Tensor Mean(Tensor x, Tensor scored) => x.masked_fill(scored.logical_not(), 0).sum() / scored.sum().clamp_min(1);
}
