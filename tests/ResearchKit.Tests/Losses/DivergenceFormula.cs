using ResearchKit.Losses;

namespace ResearchKit.Tests.Losses;

/// <summary>A divergence as paper and pencil give it, in probabilities and plain doubles: its term at one token, and the term's
/// derivatives by the two probabilities. The softmax is differentiated apart.</summary>
internal sealed record DivergenceFormula(TokenDivergence Divergence, Func<double, double, double> Term, Func<double, double, double> ByP, Func<double, double, double> ByQ)
{
    /// <summary>Names, for theories.</summary>
    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>Every kind of divergence, at several of its numbers.</summary>
    public static IReadOnlyDictionary<string, DivergenceFormula> All { get; } = new Dictionary<string, DivergenceFormula>
    {
        ["forward-kl"] = new(TokenDivergence.ForwardKl, (p, q) => p * Math.Log(p / q), (p, q) => Math.Log(p / q) + 1, (p, q) => -p / q),
        ["reverse-kl"] = new(TokenDivergence.ReverseKl, (p, q) => q * Math.Log(q / p), (p, q) => -q / p, (p, q) => Math.Log(q / p) + 1),
        ["jsd-0"] = new(TokenDivergence.JensenShannon(0), (p, q) => p * Math.Log(p / q), (p, q) => Math.Log(p / q) + 1, (p, q) => -p / q),
        ["jsd-0.1"] = Jsd(0.1),
        ["jsd-0.5"] = Jsd(0.5),
        ["jsd-0.9"] = Jsd(0.9),
        ["jsd-1"] = new(TokenDivergence.JensenShannon(1), (p, q) => q * Math.Log(q / p), (p, q) => -q / p, (p, q) => Math.Log(q / p) + 1),
        ["skew-kl-0"] = Skew(0),
        ["skew-kl-0.1"] = Skew(0.1),
        ["skew-kl-0.8"] = Skew(0.8),
        ["skew-reverse-kl-0"] = SkewReverse(0),
        ["skew-reverse-kl-0.1"] = SkewReverse(0.1),
        ["skew-reverse-kl-0.3"] = SkewReverse(0.3),
        ["tvd"] = new(TokenDivergence.TotalVariation, (p, q) => Math.Abs(p - q) / 2, (p, q) => Math.Sign(p - q) / 2.0, (p, q) => Math.Sign(q - p) / 2.0),
    };

    /// <summary>The largest value that the divergence can have.</summary>
    public static double Bound(string name) => name switch
    {
        "forward-kl" or "reverse-kl" or "jsd-0" or "jsd-1" or "skew-kl-0" or "skew-reverse-kl-0" => double.PositiveInfinity,
        "tvd" => 1,
        _ when name.StartsWith("jsd", StringComparison.Ordinal) => Entropy(Number(name)),
        _ => -Math.Log(Number(name)),
    };

    /// <summary>−β log β − (1−β) log(1−β).</summary>
    public static double Entropy(double beta) => -(beta * Math.Log(beta)) - ((1 - beta) * Math.Log(1 - beta));

    private static double Number(string name) => double.Parse(name.Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture);

    private static DivergenceFormula Jsd(double b)
    {
        double M(double p, double q) => b * p + (1 - b) * q;
        return new(TokenDivergence.JensenShannon(b),
            (p, q) => b * p * Math.Log(p / M(p, q)) + (1 - b) * q * Math.Log(q / M(p, q)),
            (p, q) => b * Math.Log(p / M(p, q)), (p, q) => (1 - b) * Math.Log(q / M(p, q)));
    }

    private static DivergenceFormula Skew(double a)
    {
        double M(double p, double q) => a * p + (1 - a) * q;
        return new(TokenDivergence.SkewKl(a), (p, q) => p * Math.Log(p / M(p, q)),
            (p, q) => Math.Log(p / M(p, q)) + 1 - a * p / M(p, q), (p, q) => -(1 - a) * p / M(p, q));
    }

    private static DivergenceFormula SkewReverse(double a)
    {
        double M(double p, double q) => (1 - a) * p + a * q;
        return new(TokenDivergence.SkewReverseKl(a), (p, q) => q * Math.Log(q / M(p, q)),
            (p, q) => -(1 - a) * q / M(p, q), (p, q) => Math.Log(q / M(p, q)) + 1 - a * q / M(p, q));
    }

    /// <summary>One position: τ² D and its derivatives by the teacher's and by the student's logits.</summary>
    public (double Value, double[] ByTeacher, double[] ByStudent) At(double[] teacher, double[] student, double tau)
    {
        double[] p = Softmax(teacher, tau), q = Softmax(student, tau);
        return (tau * tau * p.Zip(q, Term).Sum(), Through(p, [.. p.Zip(q, ByP)], tau), Through(q, [.. p.Zip(q, ByQ)], tau));
    }

    // d softmax(z/τ)_i / dz_k = s_i (δ_ik − s_k) / τ.
    private static double[] Through(double[] s, double[] d, double tau)
    {
        double mean = s.Zip(d, (a, b) => a * b).Sum();
        return [.. s.Zip(d, (a, b) => tau * a * (b - mean))];
    }

    private static double[] Softmax(double[] z, double tau)
    {
        double[] e = [.. z.Select(v => Math.Exp((v - z.Max()) / tau))];
        return [.. e.Select(v => v / e.Sum())];
    }
}
