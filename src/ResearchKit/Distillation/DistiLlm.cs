using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// DistiLLM (Ko et al., arXiv 2402.03898): a skew KL on given responses, and on the student's own as often as they do no harm.
/// <code>
/// skew-kl:         KL(p_T ‖ α p_T + (1 − α) p_S)          skew-reverse-kl:  KL(p_S ‖ (1 − α) p_T + α p_S)
/// φ ← min(φ + 0.1, 1), L_prev ← L_val                     after a validation with L_val ≥ L_prev + 0.1
/// u ~ U(0, 1):  u &lt; φ (1 − t/T), or u &lt; φ and the buffer not full:  the student writes, and the buffer keeps it
///               else u &lt; φ: rows of the buffer           else the data's own responses
/// </code>
/// </summary>
/// <remarks>L_prev begins as the first validation's loss (the authors validate once before training) and moves only when φ does. The language-modeling
/// loss on a plain corpus is left out, as in the comparison of arXiv 2409.12512.</remarks>
public sealed class DistiLlm : IMethod
{
    /// <summary>What the method is told.</summary>
    public sealed record Settings : SampledSettings
    {
        /// <summary>The divergence: the authors take skew-kl for their smallest students, skew-reverse-kl for the others.</summary>
        [AllowedValues("skew-kl", "skew-reverse-kl")]
        public string Divergence { get; init; } = "skew-kl";

        /// <summary>α: the share of the first distribution in the mixture.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Skew { get; init; } = 0.1;

        /// <summary>φ at the beginning: the probability of a batch of the student's own responses.</summary>
        [Range(0.0, 1.0)]
        public double Start { get; init; }

        /// <summary>What φ grows by.</summary>
        [Range(0.0, 1.0)]
        public double Growth { get; init; } = 0.1;

        /// <summary>By how much the validation loss has to rise for that.</summary>
        [Range(0.0, 1000.0)]
        public double Tolerance { get; init; } = 0.1;

        /// <summary>Rows of the replay buffer.</summary>
        [Range(1, 1_000_000)]
        public int Capacity { get; init; } = 1000;

        /// <summary>τ: the softness of both distributions in the loss.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 1;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("distillm", "skew KL on given responses and, as validation allows, on the student's own from a replay buffer",
        (settings, student, teacher) => new DistiLlm(student, teacher, settings));

    private readonly Decoder _student;
    private readonly LanguageModel _teacher;
    private readonly TokenDivergence _divergence;
    private readonly Settings _settings;
    private readonly ReplayBuffer _buffer;
    private double? _previous;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">A model is a classifier, or the two do not fit.</exception>
    public DistiLlm(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireDecoder(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        (_student, _teacher, _settings) = ((Decoder)student, teacher, settings);
        _divergence = TokenDivergence.Named(settings.Divergence, alpha: settings.Skew);
        _buffer = new ReplayBuffer(settings.Capacity);
        Probability = settings.Start;
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student => _student;

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <summary>φ: the probability of a batch of the student's own responses.</summary>
    public double Probability { get; private set; }

    /// <summary>Rows in the replay buffer.</summary>
    public int Buffered => _buffer.Count;

    /// <inheritdoc/>
    public void Evaluated(IReadOnlyDictionary<string, double> metrics)
    {
        if (!metrics.TryGetValue("loss", out double loss))
            throw new KitException($"Method '{Name}' goes by the validation loss, and the evaluation gives {string.Join(", ", metrics.Keys.Order())}. Train on a task whose evaluation has a loss.");
        if (_previous is not { } previous) _previous = loss;
        else if (loss >= previous + _settings.Tolerance) (Probability, _previous) = (Math.Min(Probability + _settings.Growth, 1), loss);
    }

    /// <inheritdoc/>
    public Batch Prepare(Batch batch, Generator sampling, double progress)
    {
        using var draw = rand([1], dtype: ScalarType.Float64, generator: sampling);
        double u = draw.ToDouble();
        if (u >= Probability) return batch;
        IReadOnlyList<Rollout> rows;
        if (u < Probability * (1 - progress) || !_buffer.IsFull)
        {
            rows = Rollouts.Write(_student, Rollouts.Prompts(Name, batch), _settings.Options(_student), sampling);
            _buffer.Add(rows);
        }
        else rows = _buffer.Sample(batch.Rows, sampling);
        return Rollouts.Make(rows, batch.Ids.device, _student.Config.MaxLength);
    }

    /// <inheritdoc/>
    public Observe StudentObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public Observe TeacherObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) =>
    [
        TokenDistillation.Term(Name, _settings.Divergence == "skew-kl" ? "L_SKL" : "L_SRKL", step, _divergence, _settings.Temperature),
        new("phi", tensor(Probability, dtype: ScalarType.Float64, device: step.Batch.Ids.device), 0, Unit.Target),
    ];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State
    {
        get
        {
            var (tokens, lengths) = Rollouts.Pack(_buffer.Rows);
            return new Dictionary<string, Tensor> { ["schedule"] = tensor(new[] { Probability, _previous ?? double.NaN }), ["buffer.tokens"] = tokens, ["buffer.lengths"] = lengths };
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        var schedule = state["schedule"].data<double>().ToArray();
        (Probability, _previous) = (schedule[0], double.IsNaN(schedule[1]) ? null : schedule[1]);
        _buffer.Restore(Rollouts.Unpack(state["buffer.tokens"], state["buffer.lengths"]));
    }
}
