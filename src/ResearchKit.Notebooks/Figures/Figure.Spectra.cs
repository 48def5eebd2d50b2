using ResearchKit.Analysis;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

// Multi-aspect distillation: what rank a model's weights need.
public static partial class Figure
{
    private static readonly Dictionary<string, Look> MatrixLooks = new()
    {
        ["query"] = new("#0072B2", StyleParam.DrawingStyle.Solid, StyleParam.MarkerSymbol.Circle),
        ["key"] = new("#56B4E9", StyleParam.DrawingStyle.Dash, StyleParam.MarkerSymbol.Square),
        ["value"] = new("#009E73", StyleParam.DrawingStyle.Solid, StyleParam.MarkerSymbol.Diamond),
        ["output"] = new("#44AA99", StyleParam.DrawingStyle.Dash, StyleParam.MarkerSymbol.TriangleUp),
        ["up"] = new("#D55E00", StyleParam.DrawingStyle.Solid, StyleParam.MarkerSymbol.TriangleDown),
        ["down"] = new("#E69F00", StyleParam.DrawingStyle.Dash, StyleParam.MarkerSymbol.Cross),
        ["gate"] = new("#CC79A7", StyleParam.DrawingStyle.DashDot, StyleParam.MarkerSymbol.X),
    };

    /// <summary>Singular values by their number, and the energy that each rank keeps: a line for each kind of map, mean over its layers.</summary>
    /// <param name="spectra">As <see cref="Spectra.Of"/> gives them, or some of them.</param>
    /// <param name="rank">The rank that was chosen, to be marked; null for none.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart SingularValues(IReadOnlyList<MatrixSpectrum> spectra, int? rank = null)
    {
        const string title = "Singular values, and the energy that a rank keeps";
        Require(spectra.Count > 0 && spectra.All(s => s.SingularValues.Count > 0), title, "there are no singular values");
        var kinds = spectra.GroupBy(s => s.Matrix).ToList();
        // A product of factors has none beyond its rank; what rounding leaves of 0 would stretch a scale of ratios to nothing.
        double most = spectra.Max(s => s.SingularValues[0]), least = most * 1e-6;
        double lowest = Math.Max(least, spectra.SelectMany(s => s.SingularValues).Where(s => s >= least).DefaultIfEmpty(most).Min());
        Series Of(IGrouping<string, MatrixSpectrum> kind, Func<MatrixSpectrum, IReadOnlyList<double>> values)
        {
            int length = kind.Min(s => s.SingularValues.Count);
            var all = kind.Select(values).ToList();
            return new(kind.Key, LookOf(kind.Key), [.. Enumerable.Range(1, length).Select(r => (double)r)], [.. Enumerable.Range(0, length).Select(i => all.Average(v => v[i]))]);
        }
        var sizes = kinds.Select(k => Of(k, s => [.. s.SingularValues.Select(v => v >= least ? v : double.NaN)])).ToList();
        var energies = kinds.Select(k => Of(k, s => Spectra.Energy(s.SingularValues))).ToList();
        if (rank is { } chosen)
        {
            // Points enough that none is marked.
            Series Upright(double from, double to) => new($"rank {chosen}", new("#4B5563", StyleParam.DrawingStyle.Dot, StyleParam.MarkerSymbol.Circle),
                [.. Enumerable.Repeat((double)chosen, 50)], [.. Enumerable.Range(0, 50).Select(i => from + (to - from) * i / 49)]);
            sizes.Add(Upright(lowest, most));
            energies.Add(Upright(0, 1));
        }
        var range = (From: lowest / 1.3, To: most * 1.3);
        int layers = kinds.Max(k => k.Count());
        return Panels([new("singular values", sizes, new("number of the value", FromZero: true), new("σ", Log: true, Range: range, Ticks: Style.Decades(range.From, range.To))), new("energy kept", energies, new("rank", FromZero: true), Axis.Share("Σσ²") with { Range = (0, 1.02) })], title,
            $"The best approximation of a rank keeps the largest singular values; what it loses of the weight is what is missing to 100 %. {(layers > 1 ? $"Means over {layers} layers." : "One layer.")}");
    }

    /// <summary>What replacing one map by an approximation does to the predictions: a row for each kind of map and a column for each rank, mean over layers;
    /// or for one rank, a row for each layer and a column for each kind.</summary>
    /// <param name="report">As measured.</param>
    /// <param name="rank">The rank to show layer by layer; null for all ranks.</param>
    /// <exception cref="KitException">There is nothing to draw, or the rank was not measured.</exception>
    public static GenericChart RankSensitivity(SensitivityReport report, int? rank = null)
    {
        const string title = "Which weights need their rank";
        Require(report.Maps.Count > 0, title, "no map has been replaced");
        int column = rank is { } one ? report.Ranks.Index().Where(r => r.Item == one).Select(r => r.Index).FirstOrDefault(-1) : 0;
        Require(column >= 0, title, $"rank {rank} was not measured; there are {string.Join(", ", report.Ranks)}");
        var kinds = report.Maps.Select(m => m.Matrix).Distinct().ToList();
        var layers = report.Maps.Select(m => m.Layer).Distinct().Order().ToList();
        IReadOnlyList<IReadOnlyList<double>> values = rank is null
            ? [.. kinds.Select(kind => report.Ranks.Select((_, r) => report.Maps.Where(m => m.Matrix == kind).Average(m => m.Effects[r].Kl)).ToArray())]
            : [.. layers.Select(layer => kinds.Select(kind => report.Maps.FirstOrDefault(m => m.Layer == layer && m.Matrix == kind)?.Effects[column].Kl ?? double.NaN).ToArray())];
        string what = $"KL(whole ‖ approximated) of the predictions where one map alone is replaced by its best approximation of {(rank is null ? "a rank" : $"rank {rank}")}"
            + (rank is null && layers.Count > 1 ? $", mean over {layers.Count} layers. " : ". ");
        return Heatmap(values, rank is null ? kinds : [.. layers.Select(l => $"{l}")], rank is null ? [.. report.Ranks.Select(r => $"{r}")] : kinds, title, what + "0 is no loss.",
            rank is null ? "linear map" : "layer", rank is null ? "rank" : "linear map", "nats", "G2", ratios: true);
    }

    private static Look LookOf(string matrix) => MatrixLooks.TryGetValue(matrix, out var look) ? look : Palette.Of(matrix);
}
