using System.ComponentModel.DataAnnotations;

namespace ResearchKit.Analysis;

/// <summary>Where <see cref="DistributionTransfer"/> draws its lines.</summary>
public sealed record TransferSettings
{
    /// <summary>A token is a mode of a distribution where its probability is at least this.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Mode { get; init; } = 0.05;

    /// <summary>A mode of one distribution is covered by the other where that gives it at least this share of its probability.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Share { get; init; } = 0.5;

    /// <summary>A token is in the tail of a distribution where its probability is below this.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Tail { get; init; } = 0.01;

    /// <summary>The k of the masses of the k likeliest tokens.</summary>
    public IReadOnlyList<int> Top { get; init; } = [1, 3, 5, 10, 50];

    /// <summary>In how many parts of equal weight the positions are cut by the teacher's probability.</summary>
    [Range(1, 1000)]
    public int Parts { get; init; } = 10;
}

/// <summary>What a student q has of a teacher's distributions p: means over positions, divergences and entropies in nats, the rest shares from 0 to 1.</summary>
/// <param name="Positions">How many, or the sum of their weights.</param>
/// <param name="TeacherEntropy">H(p).</param>
/// <param name="StudentEntropy">H(q).</param>
/// <param name="ForwardKl">KL(p ‖ q).</param>
/// <param name="ReverseKl">KL(q ‖ p).</param>
/// <param name="Overlap">Σ_v min(p_v, q_v), which is 1 less the total variation.</param>
/// <param name="ModeCoverage">Recall: of the teacher's modes (p_v ≥ Mode), the share that the student covers (q_v ≥ Share · p_v). Not a number without modes.</param>
/// <param name="ModePrecision">Precision: of the student's modes (q_v ≥ Mode), the share that the teacher covers (p_v ≥ Share · q_v).</param>
/// <param name="TeacherTail">Mass of p on the teacher's own tail, Σ p_v over p_v &lt; Tail.</param>
/// <param name="StudentTail">Mass of q there: what the student says outside of what the teacher does.</param>
/// <param name="MissedMass">Mass of p on the student's tail, Σ p_v over q_v &lt; Tail: what the teacher says and the student does not.</param>
/// <param name="Top1">Share of positions whose likeliest token is the same (eq. 3 of arXiv 2409.12512).</param>
/// <param name="Top">Mass of the k likeliest tokens.</param>
/// <param name="Deciles">The positions by the teacher's probability, from the least.</param>
/// <param name="TeacherLoss">−log p of the gold token; null where none was given.</param>
/// <param name="StudentLoss">−log q of it.</param>
public sealed record TransferReport(double Positions, double TeacherEntropy, double StudentEntropy, double ForwardKl, double ReverseKl, double Overlap,
    double ModeCoverage, double ModePrecision, double TeacherTail, double StudentTail, double MissedMass, double Top1,
    IReadOnlyList<TopMass> Top, IReadOnlyList<TransferDecile> Deciles, double? TeacherLoss = null, double? StudentLoss = null)
{
    /// <summary>The bias of the tail, <see cref="StudentTail"/> − <see cref="TeacherTail"/>: positive where the student spreads over what the teacher
    /// hardly says, as forward KL tends to make it; negative where it cuts that off, as reverse KL tends to.</summary>
    public double TailBias => StudentTail - TeacherTail;
}

/// <summary>Mean mass of the k likeliest tokens.</summary>
/// <param name="K">k; where the vocabulary is smaller, all of it.</param>
/// <param name="Teacher">Of p on p's k likeliest.</param>
/// <param name="Student">Of q on q's.</param>
/// <param name="StudentOnTeachers">Of q on p's.</param>
public sealed record TopMass(int K, double Teacher, double Student, double StudentOnTeachers);

/// <summary>A tenth of the positions (or what other part was asked for), by the teacher's probability: of the gold token where there is one, of its
/// own likeliest where not.</summary>
/// <param name="From">Least such probability in it.</param>
/// <param name="To">Largest.</param>
/// <param name="Probability">Mean.</param>
/// <param name="ForwardKl">Mean KL(p ‖ q), nats.</param>
/// <param name="ReverseKl">Mean KL(q ‖ p), nats.</param>
public sealed record TransferDecile(double From, double To, double Probability, double ForwardKl, double ReverseKl);
