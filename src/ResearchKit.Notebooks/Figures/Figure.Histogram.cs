using ResearchKit.Runs;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Notebooks.Figures;

/// <summary>Values whose spread is drawn.</summary>
/// <param name="Name">As the legend shows it.</param>
/// <param name="Look">Colour and line.</param>
/// <param name="Numbers">The values; those that are not finite are left out.</param>
public sealed record Sample(string Name, Look Look, IReadOnlyList<double> Numbers);

public static partial class Figure
{
    /// <summary>How values spread: the share of each sample in equal bins, as lines, so that several can be told apart.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">What to see.</param>
    /// <param name="axis">What is measured.</param>
    /// <param name="bins">How many.</param>
    /// <exception cref="KitException">No sample has a finite value.</exception>
    public static GenericChart Histogram(IReadOnlyList<Sample> samples, string title, string caption, Axis axis, int bins = 30)
    {
        var all = samples.SelectMany(s => s.Numbers).Where(double.IsFinite).ToList();
        Require(all.Count > 0, title, "no sample has a finite value");
        double low = axis.Range?.From ?? all.Min(), high = axis.Range?.To ?? all.Max();
        if (high <= low) (low, high) = (low - 0.5, low + 0.5);
        double width = (high - low) / bins;
        double[] middles = [.. Enumerable.Range(0, bins).Select(i => low + (i + 0.5) * width)];
        var series = samples.Where(s => s.Numbers.Any(double.IsFinite)).Select(s =>
        {
            var finite = s.Numbers.Where(double.IsFinite).ToList();
            var counts = new double[bins];
            foreach (double v in finite) counts[Math.Clamp((int)((v - low) / width), 0, bins - 1)]++;
            return new Series(s.Name, s.Look, middles, [.. counts.Select(c => c / finite.Count)]);
        }).ToList();
        return Lines(series, title, caption, axis, new Axis($"share in a bin of {width:0.###} (%)", "~%", FromZero: true));
    }

    /// <summary>How sure classifiers are: the probability each gives to its own answer.</summary>
    /// <param name="runs">Predictions on the same split.</param>
    /// <exception cref="KitException">There are none.</exception>
    public static GenericChart Confidence(params IReadOnlyList<RunPredictions> runs) => Histogram([.. Samples(runs, p => p.Probabilities.Select(row => row.Max()))],
        "How sure they are", $"Probability that each gives to its own answer on the {runs.FirstOrDefault()?.Split} split; a student learns this from its teacher, too.",
        new Axis("probability of the answer", Range: (0, 1)), 25);

    /// <summary>How far classifiers are from their teacher, row by row: KL(teacher ‖ student).</summary>
    /// <param name="teacher">The teacher's predictions.</param>
    /// <param name="students">Predictions on the same rows.</param>
    /// <exception cref="KitException">They judged different rows.</exception>
    public static GenericChart Divergences(RunPredictions teacher, params IReadOnlyList<RunPredictions> students)
    {
        foreach (var student in students) teacher.RequireSameRows(student);
        return Histogram([.. Samples(students, student => student.DivergenceFrom(teacher).Select(kl => Math.Min(kl, 5)))], "How far from the teacher",
            "KL(teacher ‖ student) of each row; what lies further left imitates better. The last bin also holds all beyond 5.", new Axis("KL (nats)", Range: (0, 5)), 25);
    }

    private static IEnumerable<Sample> Samples(IReadOnlyList<RunPredictions> runs, Func<RunPredictions, IEnumerable<double>> values)
    {
        var looks = Palette.Of([.. runs.Select(r => (r.Method, r.Name, r.IsTeacher))]);
        return runs.Select((r, i) => new Sample(r.Name, looks[i], [.. values(r)]));
    }
}
