using System.ComponentModel.DataAnnotations;
using ResearchKit.Checkpoints;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// TinyBERT's task-specific distillation (Jiao et al., arXiv 1909.10351, equations 7 to 11), in two stages:
/// <code>
/// first    L = L_emb + L_hid + L_att
///          L_emb = MSE(E_S W_h, E_T),   L_hid = Σ_m MSE(H_S,m W_h, H_T,g(m)),   L_att = Σ_m MSE(A_S,m, A_T,g(m))
/// second   L = L_soft, the divergence of the teacher's answers from the student's at temperature τ
/// </code>
/// m counts the student's layers, g(m) is <c>m·N/M</c> (<see cref="UniformLayers"/>), A are attention scores before the softmax, W_h is one
/// map for all layers. No stage looks at the labels; <c>composed</c> with <c>fine-tune</c> would.
/// </summary>
/// <remarks>
/// The released code takes plain means, padding included, where the means here are over real tokens and what they may see
/// (<see cref="Settings.Reduction"/>); it leaves the teacher's dropout on, which is off here; and it divides the second stage's cross-entropy by the
/// number of classes (<see cref="Settings.PerClass"/>). Over micro-batches L_att with <c>visible</c> is weighed by tokens.
/// </remarks>
public sealed class TinyBert : IMethod, IStaged, IDisposable
{
    /// <summary>What the method is told.</summary>
    public sealed record Settings : StageSettings
    {
        /// <summary>What of the attention is compared: <c>scores</c>, before the softmax and without what may not be seen, as the authors do, or
        /// <c>probabilities</c>, after it.</summary>
        [AllowedValues("scores", "probabilities")]
        public string Attention { get; init; } = "scores";

        /// <summary>The teacher's layers, counted from 1, for each of the student's layers; null for every (N/M)-th.</summary>
        public int[]? Layers { get; init; }

        /// <summary>Whether W_h is there, a trained map from the student's width to the teacher's; null for where the widths differ.</summary>
        public bool? Projection { get; init; }

        /// <summary>What the first stage's errors are means over: <c>visible</c>, real tokens and what they may attend to, or <c>authors</c>, all positions,
        /// as in the authors' code (<see cref="MapReduction"/>).</summary>
        [AllowedValues("visible", "authors")]
        public string Reduction { get; init; } = "visible";

        /// <summary>τ of the second stage; without effect where the task asks for a number.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 1;

        /// <summary>Divide the second stage's term by the number of classes, as the authors' code does.</summary>
        public bool PerClass { get; init; }

        /// <summary>Seed of W_h.</summary>
        [Range(0, int.MaxValue)]
        public int Seed { get; init; } = 1;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("tinybert", "attention scores and hidden states of every layer, then the teacher's softened answers",
        (settings, student, teacher) => new TinyBert(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly IReadOnlyList<int> _layers;
    private readonly bool _causal;

    /// <summary>Makes the method, freezes the teacher and, where one is needed, makes a fresh W_h.</summary>
    /// <exception cref="KitException">The models have other heads, depths or widths than the method can compare, or do not fit otherwise.</exception>
    public TinyBert(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireAnswers(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        _layers = settings.HasFirst ? UniformLayers.Of(Name, student.Config, teacher.Config, settings.Layers) : [];
        if (settings.HasFirst)
        {
            Fit.RequireSameHeads(Name, student, teacher);
            if (settings.Projection == false && student.Config.Width != teacher.Config.Width)
                throw new KitException($"Method '{Name}' compares hidden states: the student's width is {student.Config.Width}, the teacher's {teacher.Config.Width}, and 'projection' is false. "
                    + "Leave 'projection' out, or give the student the teacher's width.");
            if (settings.Projection ?? student.Config.Width != teacher.Config.Width) Projection = new(student, teacher.Config.Width, settings.Seed);
        }
        _causal = Stages.IsCausal(student);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <summary>W_h, or null where states are compared as they are.</summary>
    public Projection? Projection { get; }

    /// <inheritdoc/>
    public Observe StudentObserves => Stages.Observes(_settings, Observe.Hidden | Maps);

    /// <inheritdoc/>
    public Observe TeacherObserves => StudentObserves;

    /// <inheritdoc/>
    public IReadOnlyList<TrainedPart> Trains =>
        [new("student", [.. Student.named_parameters().Select(p => (p.name, p.parameter)), .. Projection?.named_parameters().Select(p => (p.name, p.parameter)) ?? []])];

    /// <inheritdoc/>
    public IReadOnlyList<nn.Module> Modules => Projection is null ? [Student, Teacher] : [Student, Teacher, Projection];

    IReadOnlyList<string> IStaged.Symbols => Stages.Symbols(_settings, ["L_emb", "L_hid", "L_att"], Supervision.SoftSymbols);

    private Observe Maps => _settings.Attention == "scores" ? Observe.Scores : Observe.Attention;

    private bool AsAuthors => _settings.Reduction == "authors";

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        if (!Stages.IsFirst(step, _settings))
            return [Supervision.Soft(Name, step.Batch, step.Student.Logits, step.Teacher.Logits, _settings.Temperature, _settings.PerClass)];
        var (student, teacher, mask) = (step.Student, step.Teacher, Stages.Mask(step.Batch));
        var unit = AsAuthors ? Unit.Example : Unit.Token;
        return
        [
            new("L_emb", State(0, 0), 1, unit),
            new("L_hid", Sum(m => State(m, _layers[m - 1])), 1, unit),
            new("L_att", Sum(m => AttentionScores.OfLayer(Map(student, m), Map(teacher, _layers[m - 1]), mask, _causal, AsAuthors ? MapReduction.Authors : MapReduction.Visible)), 1, unit),
        ];

        Tensor State(int m, int n)
        {
            var mine = Projection is null ? student.Hidden[m] : Projection.Apply(student.Hidden[m]);
            return AsAuthors ? SquaredError.Mean(mine, teacher.Hidden[n]) : SquaredError.OfTokens(mine, teacher.Hidden[n], mask);
        }

        Tensor Map(ModelOutput output, int layer) => (_settings.Attention == "scores" ? output.Scores : output.Attention)[layer - 1];

        Tensor Sum(Func<int, Tensor> of) => Enumerable.Range(1, _layers.Count).Select(of).Aggregate((a, b) => a + b);
    }

    /// <inheritdoc/>
    /// <remarks><c>projection.safetensors</c>, where there is a W_h.</remarks>
    public void Save(string folder)
    {
        if (Projection is not null) Safetensors.Save(Path.Combine(folder, "projection.safetensors"), Projection.named_parameters().Select(p => (p.name, (Tensor)p.parameter)));
    }

    /// <summary>Lets W_h go.</summary>
    public void Dispose() => Projection?.Dispose();
}
