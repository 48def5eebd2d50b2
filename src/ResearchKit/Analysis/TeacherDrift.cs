using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>Where base teacher, online teacher and student stand to each other: means over the scored tokens of fixed rows, in nats.</summary>
/// <param name="BaseToOnline">KL(p_base ‖ p_online): how far the module has taken the teacher from what it was; 0 without a module.</param>
/// <param name="OnlineToStudent">KL(p_online ‖ p_student): what the student minimises (L_s, equation 17 of arXiv 2409.12512).</param>
/// <param name="StudentToOnline">KL(p_student ‖ p_online): what the module minimises beside its targets (L_t, equation 16).</param>
/// <param name="BaseToStudent">KL(p_base ‖ p_student): how far the student is from the teacher that was given.</param>
/// <param name="BaseEntropy">H(p_base).</param>
/// <param name="OnlineEntropy">H(p_online).</param>
/// <param name="StudentEntropy">H(p_student).</param>
/// <param name="BaseLoss">−log p_base of the rows' tokens.</param>
/// <param name="OnlineLoss">−log p_online of them.</param>
/// <param name="StudentLoss">−log p_student of them: the paper's validation loss (figures 4 and 7).</param>
public sealed record Drift(double BaseToOnline, double OnlineToStudent, double StudentToOnline, double BaseToStudent,
    double BaseEntropy, double OnlineEntropy, double StudentEntropy, double BaseLoss, double OnlineLoss, double StudentLoss);

/// <summary>A <see cref="Drift"/> at one step of a training.</summary>
/// <param name="Step">The optimizer step it was measured after; 0 before the first.</param>
/// <param name="Drift">What was measured.</param>
public sealed record DriftPoint(long Step, Drift Drift);

/// <summary>
/// Measures how the online teacher of Online Knowledge Distillation (arXiv 2409.12512) moves from its base towards the student. Of a method whose
/// teacher has no module, base and online teacher are one, and the drift is 0.
/// </summary>
/// <param name="samples">The rows.</param>
/// <param name="collator">One that makes targets.</param>
/// <param name="batchSize">Rows a batch.</param>
public sealed class TeacherDrift(IReadOnlyList<Sample> samples, Collator collator, int batchSize)
{
    /// <summary>
    /// Measures models as they are now: a forward pass of the student, one of the teacher, and one of the teacher without its module where it has
    /// one. Dropout is off meanwhile and no random number is drawn; modes and module are afterwards as they were.
    /// </summary>
    /// <param name="student">The student.</param>
    /// <param name="teacher">The teacher, with its module on it.</param>
    /// <exception cref="KitException">The vocabularies differ, or nothing is scored.</exception>
    public Drift Measure(LanguageModel student, LanguageModel teacher)
    {
        using var quiet = new EvaluationMode(student, teacher);
        using var outer = NewDisposeScope();
        var sums = zeros([10], dtype: ScalarType.Float64, device: student.parameters().First().device);
        long count = 0;
        foreach (var (_, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            var scored = batch.Scored.flatten().nonzero().flatten();                                          // [N]
            var targets = batch.Targets!.flatten().index_select(0, scored).unsqueeze(1);                       // [N, 1]
            Tensor p = LogProbabilities(teacher), q = LogProbabilities(student), origin = teacher.Adapter is null ? p : WithoutModule(teacher, () => LogProbabilities(teacher));
            Shapes.RequireSame(q.shape, p.shape);
            sums.add_(stack(
            [
                Kl(origin, p), Kl(p, q), Kl(q, p), Kl(origin, q), Entropy(origin), Entropy(p), Entropy(q), Loss(origin), Loss(p), Loss(q),
            ]));
            count += batch.TargetCount;

            Tensor LogProbabilities(LanguageModel model) =>
                model.Forward(batch).Logits.flatten(0, 1).index_select(0, scored).to(ScalarType.Float64).log_softmax(-1);   // [N, V]

            Tensor Loss(Tensor logs) => logs.gather(1, targets).sum().neg();
        }
        if (count == 0) throw new KitException("No token of the rows is scored: every response is empty or was cut off. Allow longer rows.");
        var means = (sums / count).cpu().data<double>().ToArray();
        return new(means[0], means[1], means[2], means[3], means[4], means[5], means[6], means[7], means[8], means[9]);
    }

    private static Tensor Kl(Tensor logA, Tensor logB) => TokenDivergence.ForwardKl.PerPosition(logA, logB).sum();

    private static Tensor Entropy(Tensor logs) => (logs.exp() * logs.masked_fill(logs.isneginf(), 0)).sum().neg();

    private static T WithoutModule<T>(LanguageModel teacher, Func<T> say)
    {
        using var bare = new AdapterMode(teacher, null);
        return say();
    }
}
