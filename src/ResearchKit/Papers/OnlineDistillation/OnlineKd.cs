using System.ComponentModel.DataAnnotations;
using ResearchKit.Checkpoints;
using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Papers.OnlineDistillation;

/// <summary>
/// Online Knowledge Distillation (Rao et al., arXiv 2409.12512), equations 15–17 and algorithm 1: the teacher carries a small
/// trainable module and adapts to the student while it teaches.
/// <code>
/// L_s = KL(p_t ‖ p_s)                                 to the student alone
/// L_t = α KL(p_s ‖ p_t) + (1 − α) L_MLE(p_t)          to the teacher's module alone
/// h ← h + s · x W_down W_up                           the module, beside the query and value maps (table VI has others)
/// </code>
/// p_t is the teacher with its module, p_s the student, both teacher-forced on the targets; all means over the scored ones. Of an encoder
/// (not in the paper) they are distributions over classes, or over a row's positions for both ends of a span, and L_MLE is the right answer's; of
/// numbers all three are squared errors (<see cref="Supervision"/>). One forward pass of each model a step: both losses are of the same distributions, each holding the other side constant, and both
/// learners are updated at once, each with its own optimizer and clip norm.
/// </summary>
/// <remarks>
/// The paper's L_KL(A, B) is KL(B ‖ A), printed with a sign too many (equation 2). It leaves α of L_t, the module's rate, s and τ open. The
/// defaults here: α = 0.5, one rate for both, s = 1, τ = 1; W_up starts at 0, so that the first L_s is forward distillation's; the teacher
/// has no dropout, the student has its own. α = 1 would let the teacher collapse onto the student and is refused.
/// </remarks>
public sealed class OnlineKd : IMethod, IDisposable
{
    private const string ToStudent = "student", ToOnline = "online";

    /// <summary>What the method is told.</summary>
    public sealed record Settings : AdapterSettings
    {
        /// <summary>α: the student's share in the teacher's loss; the targets have the rest.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Alpha { get; init; } = 0.5;

        /// <summary>κ: the teacher's share in the student's loss; the targets have the rest, none in the paper but in figure 9.</summary>
        [Range(0.0, 1.0)]
        public double Kappa { get; init; } = 1;

        /// <summary>What the student minimises (table V): forward-kl is KL(p_t ‖ p_s).</summary>
        [AllowedValues("forward-kl", "reverse-kl", "jsd", "skew-kl", "skew-reverse-kl", "tvd")]
        public string StudentDivergence { get; init; } = "forward-kl";

        /// <summary>What the teacher minimises: reverse-kl is KL(p_s ‖ p_t), the paper's by its notation; forward-kl the other reading.</summary>
        [AllowedValues("forward-kl", "reverse-kl", "jsd", "skew-kl", "skew-reverse-kl", "tvd")]
        public string TeacherDivergence { get; init; } = "reverse-kl";

        /// <summary>β, where one of the two is jsd (table V).</summary>
        [Range(0.0, 1.0)]
        public double Beta { get; init; } = 0.5;

        /// <summary>α of the skew divergences, where one of the two is such.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Skew { get; init; } = 0.1;

        /// <summary>τ: the softness of both distributions in the divergences.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 1;

        /// <summary>The module's learning rate, as a multiple of the student's.</summary>
        [Range(0.0, 1e6, MinimumIsExclusive = true)]
        public double TeacherRate { get; init; } = 1;

        /// <summary>Seed of the module's initial values.</summary>
        [Range(0, int.MaxValue)]
        public int Seed { get; init; } = 1;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("okd", "forward KL to a teacher whose small trained module adapts to the student",
        (settings, student, teacher) => new OnlineKd(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly TokenDivergence _studentDivergence, _teacherDivergence;

    /// <summary>Makes the method: freezes the teacher and puts a fresh module on it.</summary>
    /// <exception cref="KitException">A model answers with nothing, the two do not fit, there is no such module for an encoder, or the teacher carries one already.</exception>
    public OnlineKd(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireAnswers(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        if (teacher.Adapter is not null)
            throw new KitException($"Method '{Name}': the teacher carries an adapter already. Merge it into the teacher or take it off first.");
        _studentDivergence = TokenDivergence.Named(settings.StudentDivergence, settings.Beta, settings.Skew);
        _teacherDivergence = TokenDivergence.Named(settings.TeacherDivergence, settings.Beta, settings.Skew);
        (Student, _teacher, _settings) = (student, teacher, settings);
        teacher.Adapter = Online = Adapter.Create(teacher, settings, settings.Seed);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => Student is Decoder ? Observe.ScoredLogits : Observe.None;

    /// <inheritdoc/>
    public Observe TeacherObserves => StudentObserves;

    /// <inheritdoc/>
    public bool TeacherLearns => true;

    /// <summary>The module on the teacher: <see cref="LanguageModel.Adapter"/> set to null gives the teacher back as it was.</summary>
    public Adapter Online { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TrainedPart> Trains =>
    [
        new(ToStudent, [.. Student.named_parameters().Select(p => (p.name, p.parameter))]),
        new(ToOnline, [.. Online.named_parameters().Select(p => (p.name, p.parameter))], _settings.TeacherRate),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<nn.Module> Modules => [Student, Teacher, Online];

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        (string Symbol, double Weight, string Learner)[] roles =
        [
            ("L_s", _settings.Kappa, ToStudent),
            ("L_t-KL", _settings.Alpha, ToOnline),
            ("L_t-MLE", 1 - _settings.Alpha, ToOnline),
            ("L_s-MLE", 1 - _settings.Kappa, ToStudent),
        ];
        var losses = Student is Decoder ? OfTokens(step) : OfRows(step);
        return [.. losses.Zip(roles, (loss, role) => loss with { Symbol = role.Symbol, Weight = role.Weight, Learner = role.Learner })];
    }

    // In the order of their roles, the last one only where it counts.
    private IEnumerable<LossTerm> OfRows(Step step)
    {
        var (student, teacher) = (step.Student.Logits, step.Teacher.Logits);
        yield return Supervision.Between(Name, step.Batch, student, teacher.detach(), _studentDivergence, _settings.Temperature);
        yield return Supervision.Between(Name, step.Batch, student.detach(), teacher, _teacherDivergence, _settings.Temperature);
        yield return Supervision.Hard(Name, step.Batch, teacher);
        if (_settings.Kappa < 1) yield return Supervision.Hard(Name, step.Batch, student);
    }

    // Likewise: all of the same distributions, which are computed once, a few tokens at a time.
    private IEnumerable<LossTerm> OfTokens(Step step)
    {
        var batch = Fit.WithTargets(Name, step.Batch);
        var targets = batch.AtScored(batch.Targets!);
        List<ChunkedTerm> terms =
        [
            Divergence.Term(_studentDivergence, _settings.Temperature, ChunkedTerm.Student),
            Divergence.Term(_teacherDivergence, _settings.Temperature, ChunkedTerm.Teacher),
            CrossEntropy.Term(ChunkedTerm.Teacher, targets),
        ];
        if (_settings.Kappa < 1) terms.Add(CrossEntropy.Term(ChunkedTerm.Student, targets));
        return ChunkedLoss.Means([step.Student.ScoredLogits(batch), step.Teacher.ScoredLogits(batch)], null, null, [.. terms])
            .Select(value => new LossTerm("", value, 1, Unit.Target));
    }

    /// <inheritdoc/>
    /// <remarks><c>online.safetensors</c>, which <see cref="AdapterFile.Load"/> reads.</remarks>
    public void Save(string folder) => AdapterFile.Save(Path.Combine(folder, "online.safetensors"), Online);

    /// <summary>Takes the module off the teacher and lets it go.</summary>
    public void Dispose()
    {
        if (ReferenceEquals(_teacher.Adapter, Online)) _teacher.Adapter = null;
        Online.Dispose();
    }
}
