using System.Text.Json;

namespace ResearchKit.Evaluation;

/// <summary>Exposure bias by position: entry l − 1 of each list is of l generated tokens.</summary>
public sealed record ExposureCurve
{
    /// <summary>The curve of sampled divergences.</summary>
    /// <param name="student">KL(p ‖ q) at each position of each row that the student sampled, nats; a row is as long as what was generated.</param>
    /// <param name="teacher">Likewise of rows that the teacher sampled.</param>
    public ExposureCurve(IReadOnlyList<double[]> student, IReadOnlyList<double[]> teacher)
    {
        int length = Math.Min(student.Max(r => r.Length), teacher.Max(r => r.Length));
        (StudentRows, Regret) = Accumulate(student, length);
        (TeacherRows, OracleError) = Accumulate(teacher, length);
        Excess = [.. Regret.Zip(OracleError, (r, e) => e > 0 ? (r - e) / e : r > 0 ? double.PositiveInfinity : 0)];
    }

    /// <summary>R(l), nats.</summary>
    public IReadOnlyList<double> Regret { get; }

    /// <summary>l ε(l), nats.</summary>
    public IReadOnlyList<double> OracleError { get; }

    /// <summary>ExAccErr(l), as a share.</summary>
    public IReadOnlyList<double> Excess { get; }

    /// <summary>Rows of the student's that had not ended before position l.</summary>
    public IReadOnlyList<int> StudentRows { get; }

    /// <summary>Rows of the teacher's.</summary>
    public IReadOnlyList<int> TeacherRows { get; }

    /// <summary>Writes it as JSON; what is not finite is null.</summary>
    /// <exception cref="KitException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteText(path,
        JsonSerializer.Serialize(new { Regret, OracleError, Excess = Excess.Select(e => double.IsFinite(e) ? e : (double?)null), StudentRows, TeacherRows }, SettingsBinder.Json) + "\n");

    private static (int[] Rows, double[] Sums) Accumulate(IReadOnlyList<double[]> divergences, int length)
    {
        var (rows, sums) = (new int[length], new double[length]);
        double sum = 0;
        for (int t = 0; t < length; t++)
        {
            double[] alive = [.. divergences.Where(r => r.Length > t).Select(r => r[t])];
            (rows[t], sums[t]) = (alive.Length, sum += alive.Average());
        }
        return (rows, sums);
    }
}
