using Plotly.NET.CSharp;
using ResearchKit.Analysis;
using ResearchKit.Evaluation;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Runs;
using Color = Plotly.NET.Color;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

/// <summary>Gradient consistency through the trainings of one recipe.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Method">The method's id.</param>
/// <param name="Seeds">A course for each seed, as <see cref="ConsistencyLog.Read"/> gives it.</param>
public sealed record ConsistencyCourse(string Name, string Method, params IReadOnlyList<IReadOnlyList<ConsistencyMeans>> Seeds);

/// <summary>What dropout does to a student's gradients.</summary>
/// <param name="Name">The recipe's name, or what was varied.</param>
/// <param name="Method">The method's id.</param>
/// <param name="Report">As measured.</param>
public sealed record BiasCurve(string Name, string Method, DropoutBiasReport Report);

// Gradient distillation: how far gradients agree, what that is worth, and what dropout does to them.
public static partial class Figure
{
    /// <summary>How far student and teacher look at the same things while the student learns: a panel for each place, a line for each method.
    /// At the embedding over all tokens, at hidden states at the first token, as the paper aligns them.</summary>
    /// <param name="courses">One for each recipe.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart GradientConsistency(params IReadOnlyList<ConsistencyCourse> courses)
    {
        const string title = "Gradient consistency through training";
        var places = courses.SelectMany(c => c.Seeds).SelectMany(s => s).SelectMany(m => m.Layers).Select(l => l.Name).Distinct().ToList();
        Require(places.Count > 0, title, "nothing has been measured");
        var looks = Palette.Of([.. courses.Select(c => (c.Method, c.Name, false))]);
        var panels = places.Select(place => new Panel(place == "E" ? "embedding, all tokens" : $"{place}, first token",
            [.. courses.Select((c, i) => Series.OverSeeds(c.Name, looks[i], [.. c.Seeds.Select(seed => Course(seed, place))]))],
            new Axis("optimizer step", "~s", FromZero: true), new Axis("cosine"))).ToList();
        int least = courses.Min(c => c.Seeds.Count), most = courses.Max(c => c.Seeds.Count);
        return Panels(panels, title, "Cosine between student's and teacher's gradients of their confidence; 1 is full agreement. "
            + (most >= 3 ? SeedBand : most == 1 ? "One seed each." : $"Lines are means over {(least == most ? $"{most}" : $"{least} to {most}")} seeds."));
    }

    /// <summary>How the cosines spread over tokens at one place, a line for each model.</summary>
    /// <param name="place"><c>E</c>, <c>h1</c>, …</param>
    /// <param name="models">Each model's recipe, method and report.</param>
    /// <exception cref="KitException">No model was measured there.</exception>
    public static GenericChart ConsistencySpread(string place, params IReadOnlyList<(string Name, string Method, ConsistencyReport Report)> models)
    {
        var looks = Palette.Of([.. models.Select(m => (m.Method, m.Name, false))]);
        return Histogram([.. models.Select((m, i) => new Sample(m.Name, looks[i], m.Report.Layers.FirstOrDefault(l => l.Name == place)?.Tokens ?? []))],
            "How gradients agree, token by token", $"Cosine between student's and teacher's gradient at every token, at {place}. On the left the two pull in opposite directions.",
            new Axis("cosine", Range: (-1, 1)), 40);
    }

    /// <summary>Loyalty to the teacher against accuracy: a point for each method, with the deviation over its seeds both ways.</summary>
    /// <param name="comparison">Runs of one task; a teacher among them is a line at its accuracy.</param>
    /// <param name="loyalty">The upright metric.</param>
    /// <param name="metric">The level one.</param>
    /// <exception cref="KitException">No run has both.</exception>
    public static GenericChart Loyalty(Comparison comparison, string loyalty = "saliency loyalty", string metric = "accuracy")
    {
        string title = $"{Sentence(loyalty)} against {metric}";
        var across = Measured(comparison, metric, title);
        var both = Measured(comparison, loyalty, title).Join(across, m => m.Group, m => m.Group, (y, x) => (X: x, Y: y)).ToList();
        Require(both.Count > 0, title, $"no run has both '{metric}' and '{loyalty}'");
        var points = both.Select(p =>
        {
            var ink = Color.fromString(p.X.Look.Colour);
            var point = Chart.Point<double, double, string>(x: [p.X.Spread.Mean], y: [p.Y.Spread.Mean], Name: Style.Plain(p.X.Group.Name), ShowLegend: true,
                Text: Style.Plain($"{p.X.Group.Name}: {metric} {Words(p.X.Spread, metric)}, {loyalty} {Words(p.Y.Spread, loyalty)}"),
                MarkerColor: ink, MarkerSymbol: p.X.Look.Marker, UseDefaults: false);
            point = Core.WithMarkerStyle(point, Size: 14);
            if (p.X.Spread.Count < 2) return point;
            point = Core.WithXErrorStyle<double, double>(point, Array: (double[])[p.X.Spread.Deviation], Color: ink, Thickness: 1.5, Width: 5.0);
            return Core.WithYErrorStyle<double, double>(point, Array: (double[])[p.Y.Spread.Deviation], Color: ink, Thickness: 1.5, Width: 5.0);
        }).ToList();
        var (low, high) = Around([.. both.SelectMany(p => Ends(p.Y.Spread))]);
        List<string> names = [.. both.Select(p => p.X.Group.Name)];
        List<double> levels = [.. both.SelectMany(p => Ends(p.X.Spread))];
        if (across.FirstOrDefault(m => m.Look == Palette.Teacher) is { } teacher)
        {
            string line = $"the teacher's {metric}";
            levels.Add(teacher.Spread.Mean);
            names.Add(line);
            points.Add(Chart.Line<double, double, string>(x: [teacher.Spread.Mean, teacher.Spread.Mean], y: [low, high], Name: Style.Plain(line), ShowLegend: true,
                LineColor: Color.fromString(Palette.Teacher.Colour), LineWidth: 1.5, LineDash: StyleParam.DrawingStyle.Dot, UseDefaults: false));
        }
        return Style.Framed(WithAxes(Chart.Combine(points), Style.Drawn(MetricAxis(metric) with { Range = Around(levels) }), Style.Drawn(MetricAxis(loyalty) with { Range = (low, high) })),
            title, $"Further right is more accurate, further up looks at the same words as the teacher. {SeedNote([.. both.Select(p => p.X)])}", names, height: 460);
    }


    /// <summary>How far dropout turns the gradients, by the depth at which they are taken: ours beside the paper's table 4.</summary>
    /// <param name="curves">Ours.</param>
    /// <exception cref="KitException">There are none.</exception>
    public static GenericChart DropoutBias(params IReadOnlyList<BiasCurve> curves)
    {
        const string title = "What dropout does to gradients";
        Require(curves.Count > 0, title, "nothing has been measured");
        var looks = Palette.Of([.. curves.Select(c => (c.Method, c.Name, false))]);
        var paper = Published.Bias.Rows[0].Values;
        List<Series> series = [new("the paper, 6 layers", new("#6B7280", StyleParam.DrawingStyle.Dash, StyleParam.MarkerSymbol.Star), [.. paper.Select((_, k) => k / 6.0)], paper)];
        foreach (var (curve, look) in curves.Zip(looks))
        {
            var places = curve.Report.Places;
            double[] depth = [.. places.Select(p => p.Layer / (double)places.Count)];
            series.Add(new($"{curve.Name}, {places.Count} layers", look, depth, [.. places.Select(p => p.Cosine)]));
            if (places.Any(p => double.IsFinite(p.Limit)))
                series.Add(new($"{curve.Name}, without noise", look with { Dash = StyleParam.DrawingStyle.Dot }, depth, [.. places.Select(p => p.Limit)]));
        }
        var settings = curves.Select(c => c.Report).ToList();
        return Lines(series, title, "Cosine between the gradient's mean under dropout and the gradient without; below 1 is bias, and noise of so few passes, which the dotted line estimates away. "
            + $"Ours: {Several(settings.Select(r => r.Samples))} samples, {Several(settings.Select(r => r.Settings.Passes))} passes.",
            new Axis("where the gradient is taken: the embedding, or the state after layer k of L", Range: (-0.04, 0.9), Ticks: Places([6, .. settings.Select(r => r.Places.Count)])), new Axis("cosine"));
    }

    // Depths as people say them: E, then k/L, with what several depths share in one name.
    private static IReadOnlyList<(double At, string Name)> Places(IEnumerable<int> layers) =>
        [.. layers.Distinct().OrderDescending().SelectMany(n => Enumerable.Range(0, n).Select(k => (k, n))).GroupBy(p => Math.Round(p.k / (double)p.n, 6))
            .Select(g => (g.Key, g.Key == 0 ? "E" : string.Join(" = ", g.Select(p => $"{p.k}/{p.n}"))))];

    private static string Several(IEnumerable<int> numbers) => string.Join(" and ", numbers.Distinct().Order().Select(n => n.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)));

    private static Dictionary<double, double> Course(IReadOnlyList<ConsistencyMeans> seed, string place) =>
        seed.SelectMany(m => m.Layers.Where(l => l.Name == place).Select(l => (m.Step, Value: place == "E" ? l.Tokens : l.FirstToken)))
            .ToDictionary(p => (double)p.Step, p => p.Value);

    private static IEnumerable<double> Ends(Spread spread) => [spread.Mean - spread.Deviation, spread.Mean + spread.Deviation];

    // Room on both sides, so that nothing is cut; equal values have some too.
    private static (double From, double To) Around(IReadOnlyCollection<double> values)
    {
        double least = values.Min(), most = values.Max(), room = Math.Max(0.12 * (most - least), 0.005);
        return (least - room, most + room);
    }
}
