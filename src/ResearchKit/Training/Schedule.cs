namespace ResearchKit.Training;

/// <summary>
/// The course of the learning rate, as a factor of its peak. The formulas are those of Hugging Face's
/// <c>get_constant_schedule_with_warmup</c>, <c>get_linear_schedule_with_warmup</c> and <c>get_cosine_schedule_with_warmup</c>
/// (half a cosine), so that published settings mean the same here. In particular, the first step of a warm-up has rate 0.
/// </summary>
public sealed class Schedule
{
    /// <summary>The kinds that <see cref="Schedule(string, long, double)"/> knows.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Constant, Linear, Cosine];

    /// <summary>The rate stays at its peak.</summary>
    public const string Constant = "constant";

    /// <summary>The rate falls in a straight line to 0 at the last step.</summary>
    public const string Linear = "linear";

    /// <summary>The rate falls along half a cosine to 0 at the last step.</summary>
    public const string Cosine = "cosine";

    private readonly string _kind;

    /// <summary>Makes a schedule.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="total">Steps of the whole training.</param>
    /// <param name="warmupFraction">The part of them, rounded up, over which the rate rises from 0, 0 to 1.</param>
    /// <exception cref="KitException">The kind is unknown.</exception>
    public Schedule(string kind, long total, double warmupFraction)
    {
        if (!Kinds.Contains(kind)) throw new KitException($"Unknown schedule '{kind}', expected one of {string.Join(", ", Kinds)}.");
        (_kind, Total, Warmup) = (kind, total, (long)Math.Ceiling(total * warmupFraction));
    }

    /// <summary>Steps of the whole training.</summary>
    public long Total { get; }

    /// <summary>Steps over which the rate rises.</summary>
    public long Warmup { get; }

    /// <summary>The factor of a step's rate.</summary>
    /// <param name="done">Steps made before it, from 0.</param>
    public double Factor(long done)
    {
        if (done < Warmup) return done / Math.Max(1.0, Warmup);
        double progress = (done - Warmup) / Math.Max(1.0, Total - Warmup);
        return _kind switch
        {
            Linear => Math.Max(0, (Total - done) / Math.Max(1.0, Total - Warmup)),
            Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            _ => 1,
        };
    }
}
