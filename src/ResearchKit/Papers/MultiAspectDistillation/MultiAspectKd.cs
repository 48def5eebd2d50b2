using System.ComponentModel.DataAnnotations;
using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Papers.MultiAspectDistillation;

/// <summary>
/// Multi-aspect Knowledge Distillation with Low-rank Factorization (Liu et al., arXiv 2604.03110), in our reading of its published summary: a student of
/// the teacher's depth and width whose maps are products of two factors (<see cref="Factorisation"/>) matches the teacher layer by layer and matrix by matrix.
/// <code>
/// L = λ_layer (L_att + L_hid) + λ_matrix (L_MHA + L_FFN) + λ_pred L_pred
/// L_att = 1/L Σ_l 1/(H·T) Σ_h,t KL(A_T,l,h,t ‖ A_S,l,h,t)          L_hid = 1/(L+1) Σ_l=0..L ‖H_S,l − H_T,l‖²
/// L_MHA = 1/L Σ_l Σ_M∈{Q,K,V,O} ‖Y_S,l,M − Y_T,l,M‖²              L_FFN = 1/L Σ_l Σ_M∈{W1,W2} ‖Y_S,l,M − Y_T,l,M‖²
/// L_pred = (1 − α) L_CE + α τ² KL(p_T,τ ‖ p_S,τ)
/// </code>
/// over real tokens, with Y what a map says, its bias included (of W1 before the activation). For a student and a teacher of any kind of answers; a decoder's
/// attention is causal and its prediction that of next tokens. Nothing compares factors with factors: what they say alone counts, whatever sign or rotation
/// lies between the two.
/// </summary>
public sealed class MultiAspectKd : IMethod, IStaged
{
    internal const string AttentionTerm = "L_att", HiddenTerm = "L_hid", HeadsTerm = "L_MHA", InnerTerm = "L_FFN";

    /// <summary>The aspects, how each is measured, and their weights. Where the summary of the paper leaves a choice, the first value named is our reading and the
    /// others are the other readings.</summary>
    public sealed record Settings : SoftTargetSettings
    {
        /// <summary>λ_layer: of attention and hidden states.</summary>
        [Range(0.0, 1e6)]
        public double LayerWeight { get; init; } = 1;

        /// <summary>λ_matrix: of the maps' outputs.</summary>
        [Range(0.0, 1e6)]
        public double MatrixWeight { get; init; } = 1;

        /// <summary>λ_pred: of answers and teacher's predictions.</summary>
        [Range(0.0, 1e6)]
        public double PredictionWeight { get; init; } = 1;

        /// <summary>L_att: <c>kl</c> of the probabilities, <c>scores</c> (their squared difference before the softmax, as TinyBERT), or <c>none</c>.</summary>
        [AllowedValues("kl", "scores", "none")]
        public string Attention { get; init; } = "kl";

        /// <summary>Whether there is L_hid.</summary>
        public bool Hidden { get; init; } = true;

        /// <summary>The maps that are compared: of <c>query</c>, <c>key</c>, <c>value</c>, <c>output</c> (L_MHA), <c>up</c>, <c>down</c> and LLaMA's <c>gate</c>
        /// (L_FFN); null for all.</summary>
        public string[]? Matrices { get; init; }

        /// <summary>What of a map is compared: its outputs (<c>activations</c>), the weight itself, ‖up · down − W‖²_F (<c>weights</c>), or how tokens relate in
        /// its outputs, KL of softmax(YYᵀ/√d) as in MiniLMv2 (<c>relations</c>).</summary>
        [AllowedValues("activations", "weights", "relations")]
        public string MatrixTarget { get; init; } = "activations";

        /// <summary>What a student's map reads when its outputs are compared: what the <c>student</c> made of the layers before, or what the <c>teacher</c>'s map
        /// reads, so that each map is a regression by itself.</summary>
        [AllowedValues("student", "teacher")]
        public string MatrixInput { get; init; } = "student";

        /// <summary>The layers whose attention, states and maps are compared: <c>all</c>, or the <c>last</c>.</summary>
        [AllowedValues("all", "last")]
        public string Layers { get; init; } = "all";

        /// <summary>For each of the student's layers the teacher's, from 0; null for the same ones, or for a shallower student, which has other layers but no
        /// factors, the last of each of as many equal blocks.</summary>
        public int[]? LayerMap { get; init; }

        /// <summary>What a squared error is divided by, so that weights mean the same for every layer and map: the <c>teacher</c>'s mean square there (1 is then a
        /// student that says 0), the term's own value at the first step (<c>start</c>), or nothing (<c>none</c>).</summary>
        [AllowedValues("teacher", "start", "none")]
        public string Normalise { get; init; } = "teacher";

        /// <summary>When the three levels act: all <c>joint</c>; matrices, then layers, then the prediction, one after another (<c>sequential</c>); or each added to
        /// those before it (<c>cumulative</c>).</summary>
        [AllowedValues("joint", "sequential", "cumulative")]
        public string Schedule { get; init; } = "joint";

        /// <summary>The share of the training that belongs to the matrices alone, where there is a schedule.</summary>
        [Range(0.0, 1.0)]
        public double MatrixShare { get; init; } = 0.25;

        /// <summary>The share after that that belongs to the layers; the prediction has the rest.</summary>
        [Range(0.0, 1.0)]
        public double LayerShare { get; init; } = 0.25;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("makd", "attention, hidden states, every linear map's output and predictions, of a teacher of the same depth and width",
        (settings, student, teacher) => new MultiAspectKd(student, teacher, settings));

    private static readonly string[] s_heads = ["query", "key", "value", "output"];

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly string[] _ofHeads, _ofInner;
    private readonly int[] _layerMap;
    private readonly bool _causal;
    private readonly Dictionary<string, Tensor> _first = [];

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">The two do not fit, have other maps than one another, or a setting contradicts another.</exception>
    public MultiAspectKd(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireAnswers(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        _layerMap = Mapped(settings.LayerMap, student.Config.Layers, teacher.Config.Layers);
        Factorisation.RequireCounterparts(teacher, student, _layerMap);
        if (student.Config.Heads != teacher.Config.Heads)
            throw new KitException($"Method '{Name}' compares attention head by head: the student has {student.Config.Heads}, the teacher {teacher.Config.Heads}. Give the student the teacher's heads.");
        if (settings.Matrices?.FirstOrDefault(m => !student.MapNames.Contains(m)) is { } unknown)
            throw new KitException($"Method '{Name}': there is no map '{unknown}' (method.matrices) in a {student.Config.ModelType}; it has {string.Join(", ", student.MapNames)}.");
        if (settings.MatrixShare + settings.LayerShare > 1)
            throw new KitException($"Method '{Name}': method.matrixShare {settings.MatrixShare} and method.layerShare {settings.LayerShare} are more than the whole training. Let them add up to 1 at most.");
        if (settings.MatrixInput == "teacher" && settings.MatrixTarget == "weights")
            throw new KitException($"Method '{Name}': the weights (method.matrixTarget) read nothing, so method.matrixInput has no say. Leave it at 'student'.");
        var compared = settings.Matrices ?? student.MapNames;
        _ofHeads = [.. compared.Where(s_heads.Contains)];
        _ofInner = [.. compared.Except(_ofHeads)];
        _causal = student is Decoder;
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => OfBoth | (ComparesOutputs && !FeedsTeachersInputs ? Observe.Matrices : Observe.None);

    /// <inheritdoc/>
    public Observe TeacherObserves => OfBoth | (ComparesOutputs ? Observe.Matrices : Observe.None) | (FeedsTeachersInputs ? Observe.Inputs : Observe.None);

    private bool ComparesOutputs => _settings.MatrixTarget != "weights" && _ofHeads.Length + _ofInner.Length > 0;

    private bool FeedsTeachersInputs => _settings.MatrixInput == "teacher";

    private Observe OfBoth => (_settings.Attention switch { "kl" => Observe.Attention, "scores" => Observe.Scores, _ => Observe.None }) | (_settings.Hidden ? Observe.Hidden : Observe.None)
        | (_causal ? Observe.ScoredLogits : Observe.None);

    /// <inheritdoc/>
    IReadOnlyList<string> IStaged.Symbols =>
    [
        .. _settings.LayerWeight > 0 && _settings.Attention != "none" ? (string[])[AttentionTerm] : [],
        .. _settings.LayerWeight > 0 && _settings.Hidden ? (string[])[HiddenTerm] : [],
        .. _settings.MatrixWeight > 0 && _ofHeads.Length > 0 ? (string[])[HeadsTerm] : [],
        .. _settings.MatrixWeight > 0 && _ofInner.Length > 0 ? (string[])[InnerTerm] : [],
        .. _settings.PredictionWeight > 0 ? Supervision.HardSymbols.Concat(Supervision.SoftSymbols) : [],
    ];

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        var (matrix, layer, prediction) = Weights(step.Progress);
        var mask = step.Batch.IsFull ? null : step.Batch.Mask;
        int depth = Student.Config.Layers;
        int[] layers = _settings.Layers == "last" ? [depth - 1] : [.. Enumerable.Range(0, depth)];
        int[] states = _settings.Layers == "last" ? [depth] : [.. Enumerable.Range(0, depth + 1)];
        List<LossTerm> terms = [];
        if (layer > 0 && _settings.Attention != "none") Add(AttentionTerm, layer, Average(layers.Select(l => Attention(step, l, mask))));
        if (layer > 0 && _settings.Hidden) Add(HiddenTerm, layer, Average(states.Select(l => Error(step.Student.Hidden[l], step.Teacher.Hidden[l == 0 ? 0 : _layerMap[l - 1] + 1], mask))));
        if (matrix > 0 && _ofHeads.Length > 0) Add(HeadsTerm, matrix, Matrices(step, layers, _ofHeads, mask));
        if (matrix > 0 && _ofInner.Length > 0) Add(InnerTerm, matrix, Matrices(step, layers, _ofInner, mask));
        if (prediction > 0)
            terms.AddRange(SoftTargets.Terms(Name, step, _settings).Select(t => t with { Weight = t.Weight * prediction }));
        return terms;

        void Add(string symbol, double weight, Tensor value) => terms.Add(new(symbol, AtItsScale(symbol, value), weight, Unit.Token));
    }

    /// <inheritdoc/>
    /// <remarks>Each term's value at the first step, where terms are measured by it.</remarks>
    public IReadOnlyDictionary<string, Tensor> State => _first;

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        foreach (var (symbol, value) in state) _first[symbol] = value.clone().DetachFromDisposeScope();
    }

    private (double Matrix, double Layer, double Prediction) Weights(double progress)
    {
        double matrix = _settings.MatrixWeight, layer = _settings.LayerWeight, prediction = _settings.PredictionWeight;
        if (_settings.Schedule == "joint") return (matrix, layer, prediction);
        bool before = progress < _settings.MatrixShare, last = progress >= _settings.MatrixShare + _settings.LayerShare;
        if (before) return (matrix, 0, 0);
        return _settings.Schedule == "sequential" ? (0, last ? 0 : layer, last ? prediction : 0) : (matrix, layer, last ? prediction : 0);
    }

    private Tensor Attention(Step step, int layer, Tensor? mask) => _settings.Attention == "kl"
        ? AttentionDivergence.OfLayer(step.Student.Attention[layer], step.Teacher.Attention[_layerMap[layer]].detach(), mask)
        : AttentionScores.OfLayer(step.Student.Scores[layer], step.Teacher.Scores[_layerMap[layer]].detach(), mask, _causal);

    private Tensor Matrices(Step step, int[] layers, string[] matrices, Tensor? mask) => Average(layers.Select(l => matrices.Select(m => OfMatrix(step, l, m, mask)).Aggregate((a, b) => a + b)));

    private Tensor OfMatrix(Step step, int layer, string matrix, Tensor? mask)
    {
        int above = _layerMap[layer];
        if (_settings.MatrixTarget == "weights")
        {
            Tensor ours = Student.Map(layer, matrix).Weight, theirs = _teacher.Map(above, matrix).Weight.detach();
            var square = (ours - theirs).square().sum();
            return _settings.Normalise == "teacher" ? square / theirs.square().sum().clamp_min(1e-12) : square;
        }
        var teacher = step.Teacher.Matrices[above][matrix];
        var student = FeedsTeachersInputs ? Student.Map(layer, matrix).Apply(step.Teacher.Inputs[above][matrix].detach()) : step.Student.Matrices[layer][matrix];
        return _settings.MatrixTarget == "activations" ? Error(student, teacher, mask)
            : RelationDivergence.OfLayer(student, teacher.detach(), matrix is "key" or "value" ? Student.Config.KeyValueHeads : Student.Config.Heads, mask, _causal);
    }

    private Tensor Error(Tensor student, Tensor teacher, Tensor? mask) => SquaredError.OfTokens(student, teacher.detach(), mask, relative: _settings.Normalise == "teacher");

    // A term that begins at 0 has no scale to be measured by, and keeps its own.
    private Tensor AtItsScale(string symbol, Tensor value)
    {
        if (_settings.Normalise != "start") return value;
        if (!_first.TryGetValue(symbol, out var first))
        {
            using var frozen = no_grad();
            var start = value.detach();
            _first[symbol] = first = where(start.gt(0), start, ones_like(start)).DetachFromDisposeScope();
        }
        return value / first.to(value.device);
    }

    private int[] Mapped(int[]? given, int student, int teacher)
    {
        if (given is not null)
        {
            if (given.Length != student || given.Any(l => l < 0 || l >= teacher))
                throw new KitException($"Method '{Name}': method.layerMap ({string.Join(", ", given)}) must name one of the teacher's layers 0 to {teacher - 1} for each of the student's {student}.");
            return given;
        }
        if (student > teacher || student == 0)
            throw new KitException($"Method '{Name}': a student of {student} layers has no counterpart for each in a teacher of {teacher}. Take at most the teacher's, or name them in method.layerMap.");
        return LayerMap.Of("spread", teacher, student);
    }

    private static Tensor Average(IEnumerable<Tensor> values)
    {
        var all = values.ToList();
        return all.Aggregate((a, b) => a + b) / all.Count;
    }
}
