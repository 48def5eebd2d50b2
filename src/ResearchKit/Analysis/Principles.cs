namespace ResearchKit.Analysis;

/// <summary>
/// The three principles of Online Knowledge Distillation (arXiv 2409.12512, section IV-B) where they can be computed: a student that is too small for its
/// teacher, one Gaussian on a grid of points, Q_i ∝ exp(−(x_i − μ)²/2σ²), fitted to a known P of several modes in double precision. Forward KL covers
/// all of P (principle 1), reverse KL takes one mode (principle 2), and a teacher temperature above 1 in reverse KL moves what it looks at (principle 3).
/// <code>
/// var principles = new Principles(points, probabilities);
/// FamilyFit covers = principles.Best(FitObjective.ForwardKl), picks = principles.Best(FitObjective.ReverseKl), softer = principles.Best(FitObjective.ReverseKl, temperature: 4);
/// IReadOnlyList&lt;FamilyFit> modes = principles.Minima(FitObjective.ReverseKl);
/// </code>
/// </summary>
public sealed class Principles
{
    private const double LeastGradient = 1e-10;
    private const int MostSteps = 500;

    private readonly double[] _points, _logP;

    /// <summary>Takes the teacher's distribution.</summary>
    /// <param name="points">x_i, increasing.</param>
    /// <param name="probabilities">P_i above 0; made to add up to 1.</param>
    /// <exception cref="ArgumentException">There are fewer than three points, they do not increase, or a probability is not above 0.</exception>
    public Principles(IReadOnlyList<double> points, IReadOnlyList<double> probabilities)
    {
        if (points.Count < 3 || points.Count != probabilities.Count) throw new ArgumentException($"There are {points.Count} points and {probabilities.Count} probabilities; give as many of both, three at least.", nameof(points));
        if (points.Zip(points.Skip(1)).Any(p => !(p.First < p.Second))) throw new ArgumentException("The points must increase.", nameof(points));
        if (probabilities.Any(p => !(p > 0 && double.IsFinite(p)))) throw new ArgumentException("Every probability must be above 0; reverse KL has no minimum where P is 0.", nameof(probabilities));
        double sum = probabilities.Sum();
        _points = [.. points];
        _logP = [.. probabilities.Select(p => Math.Log(p / sum))];
    }

    /// <summary>The kit's example: three Gaussian bumps on 121 points from −6 to 6, at −3 (half of the mass), 0.5 (three tenths) and 4 (a fifth), above a floor.</summary>
    public static Principles Example { get; } = MakeExample();

    /// <summary>x_i.</summary>
    public IReadOnlyList<double> Points => _points;

    /// <summary>P at temperature T: P^(1/T) made to add up to 1.</summary>
    public IReadOnlyList<double> Teacher(double temperature = 1) => [.. LogTeacher(temperature).Select(Math.Exp)];

    /// <summary>Q of a Gaussian.</summary>
    public IReadOnlyList<double> Student(double mean, double deviation) => [.. LogStudent(mean, Math.Log(deviation)).Select(Math.Exp)];

    /// <summary>
    /// The objective and its gradient by (μ, log σ), with s the gradient of log Q:
    /// <code>
    /// KL(P‖Q):  −Σ P s      KL(Q‖P_T):  Σ Q s log(Q/P_T)      JSD:  ½ Σ Q s log(Q/M)
    /// </code>
    /// </summary>
    public (double Value, double ByMean, double ByLogDeviation) At(FitObjective objective, double mean, double deviation, double temperature = 1)
    {
        var here = Evaluate(objective, LogTeacher(temperature), mean, Math.Log(deviation));
        return (here.Value, here.ByMean, here.ByLog);
    }

    /// <summary>The lowest minimum found from starts all over the points.</summary>
    public FamilyFit Best(FitObjective objective, double temperature = 1) => Minima(objective, temperature)[0];

    /// <summary>The different minima found from starts all over the points, the lowest first.</summary>
    /// <param name="objective">What is minimised.</param>
    /// <param name="temperature">T of the teacher, above 0.</param>
    public IReadOnlyList<FamilyFit> Minima(FitObjective objective, double temperature = 1)
    {
        if (!(temperature > 0)) throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "A temperature is above 0.");
        double low = _points[0], width = _points[^1] - low;
        List<FamilyFit> minima = [];
        for (int place = 1; place < 16; place++)
            foreach (double part in (double[])[0.03, 0.1, 0.3])
                if (Descend(objective, temperature, low + width * place / 16, Math.Log(part * width)) is { } fit
                    && !minima.Any(m => Math.Abs(m.Mean - fit.Mean) < 1e-4 * width && Math.Abs(m.Deviation - fit.Deviation) < 1e-4 * width)) minima.Add(fit);
        return minima.Count > 0 ? [.. minima.OrderBy(m => m.Value)] : throw new InvalidOperationException("No start led to a minimum.");
    }

    // Newton's method where the objective is convex, the natural gradient (the step is measured by how far Q itself moves, F = E_Q[s sᵀ]) where it is
    // not; either step is halved until the objective falls.
    private FamilyFit? Descend(FitObjective objective, double temperature, double mean, double logDeviation)
    {
        var teacher = LogTeacher(temperature);
        double width = _points[^1] - _points[0], spacing = width / (_points.Length - 1);
        var here = Evaluate(objective, teacher, mean, logDeviation);
        for (int step = 0; step < MostSteps && here.Size > LeastGradient; step++)
        {
            var curvature = Curvature(objective, teacher, mean, logDeviation);
            if (!curvature.IsPositive) curvature = here.Fisher;
            if (!curvature.IsPositive) return null;
            var (byMean, byLog) = curvature.Solve(here.ByMean, here.ByLog);
            double slope = byMean * here.ByMean + byLog * here.ByLog, rate = Math.Min(1, 1 / Math.Max(Math.Abs(byLog), Math.Abs(byMean) / width));
            while (true)
            {
                double m = mean - rate * byMean, l = logDeviation - rate * byLog;
                var next = Evaluate(objective, teacher, m, l);
                if (next.Value < here.Value - 1e-4 * rate * slope || next.Size < 0.5 * here.Size && Math.Abs(next.Value - here.Value) < 1e-12)
                {
                    (mean, logDeviation, here) = (m, l, next);
                    break;
                }
                if ((rate /= 2) < 1e-10) return Finished();   // rounding is all that is left
            }
            // Narrower than the grid, Q is one point and the family has no more to say; far wider, it is flat.
            if (Math.Exp(logDeviation) < 0.3 * spacing || Math.Exp(logDeviation) > 100 * width || mean < _points[0] - width || mean > _points[^1] + width) return null;
        }
        return Finished();

        FamilyFit? Finished() => here.Size > 100 * LeastGradient ? null
            : new(objective, temperature, mean, Math.Exp(logDeviation), [.. LogStudent(mean, logDeviation).Select(Math.Exp)], here.Value, here.Size);
    }

    // A symmetric matrix by (μ, log σ).
    private readonly record struct Square(double MeanMean, double MeanLog, double LogLog)
    {
        private double Determinant => MeanMean * LogLog - MeanLog * MeanLog;

        public bool IsPositive => MeanMean > 0 && Determinant > 1e-12 * MeanMean * LogLog;

        public (double, double) Solve(double x, double y) => ((LogLog * x - MeanLog * y) / Determinant, (MeanMean * y - MeanLog * x) / Determinant);
    }

    private readonly record struct Evaluation(double Value, double ByMean, double ByLog, Square Fisher)
    {
        public double Size => Math.Sqrt(ByMean * ByMean + ByLog * ByLog);
    }

    // Central differences of the exact gradient.
    private Square Curvature(FitObjective objective, double[] teacher, double mean, double logDeviation)
    {
        const double h = 1e-4;
        Evaluation right = Evaluate(objective, teacher, mean + h, logDeviation), left = Evaluate(objective, teacher, mean - h, logDeviation);
        Evaluation wider = Evaluate(objective, teacher, mean, logDeviation + h), narrower = Evaluate(objective, teacher, mean, logDeviation - h);
        return new((right.ByMean - left.ByMean) / (2 * h), (right.ByLog - left.ByLog + wider.ByMean - narrower.ByMean) / (4 * h), (wider.ByLog - narrower.ByLog) / (2 * h));
    }

    private Evaluation Evaluate(FitObjective objective, double[] logP, double mean, double logDeviation)
    {
        double precision = Math.Exp(-2 * logDeviation), atMean = 0, atLog = 0;
        var logQ = LogStudent(mean, logDeviation);
        for (int i = 0; i < logQ.Length; i++)
        {
            double q = Math.Exp(logQ[i]), off = _points[i] - mean;
            atMean += q * off * precision;
            atLog += q * off * off * precision;
        }
        double value = 0, byMean = 0, byLog = 0, meanMean = 0, meanLog = 0, logLog = 0;
        for (int i = 0; i < logQ.Length; i++)
        {
            double p = Math.Exp(logP[i]), q = Math.Exp(logQ[i]), off = _points[i] - mean;
            double s = off * precision - atMean, t = off * off * precision - atLog;   // the gradient of log Q
            double part, by;                                                            // the objective's part, and what multiplies that gradient
            if (objective == FitObjective.ForwardKl) (part, by) = (p * (logP[i] - logQ[i]), -p);
            else if (objective == FitObjective.ReverseKl) part = by = q * (logQ[i] - logP[i]);
            else
            {
                double logM = Math.Log((p + q) / 2), toM = q == 0 ? 0 : q * (logQ[i] - logM);
                (part, by) = ((p * (logP[i] - logM) + toM) / 2, toM / 2);
            }
            value += part;
            byMean += by * s;
            byLog += by * t;
            meanMean += q * s * s;
            meanLog += q * s * t;
            logLog += q * t * t;
        }
        return new(value, byMean, byLog, new(meanMean, meanLog, logLog));
    }

    private double[] LogStudent(double mean, double logDeviation) => Normalised([.. _points.Select(x => -(x - mean) * (x - mean) / 2 * Math.Exp(-2 * logDeviation))]);

    private double[] LogTeacher(double temperature) => Normalised([.. _logP.Select(l => l / temperature)]);

    private static double[] Normalised(double[] logs)
    {
        double most = logs.Max(), sum = Math.Log(logs.Sum(l => Math.Exp(l - most))) + most;
        return [.. logs.Select(l => l - sum)];
    }

    private static Principles MakeExample()
    {
        double[] points = [.. Enumerable.Range(0, 121).Select(i => -6 + 0.1 * i)];
        return new(points, [.. points.Select(x => Bump(x, 0.5, -3, 0.6) + Bump(x, 0.3, 0.5, 0.45) + Bump(x, 0.2, 4, 0.6) + 1e-4)]);

        static double Bump(double x, double mass, double at, double width) => mass / width * Math.Exp(-(x - at) * (x - at) / (2 * width * width));
    }
}
