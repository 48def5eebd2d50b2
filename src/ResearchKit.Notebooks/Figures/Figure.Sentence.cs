using System.Globalization;
using Plotly.NET.CSharp;
using ResearchKit.Analysis;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

/// <summary>Numbers of one model, or of one layer, at the words of a sentence.</summary>
/// <param name="Name">Beside them.</param>
/// <param name="Values">One for each word; one that is not finite stays white.</param>
public sealed record WordRow(string Name, IReadOnlyList<double> Values);

// One sentence, read from left to right and broken into lines, with a strip of cells for each model below its words.
public static partial class Figure
{
    // In pixels of a figure of the usual width; rows and gaps in units of a row's height.
    private const double LineWidth = 600, RowHeight = 27, Gap = 0.6;

    /// <summary>
    /// What each model looks at in a sentence, one below the other: signed word saliencies, each model's divided by its largest, so that
    /// the patterns can be compared. The teacher stands on top, and beside every other model the correlation with it (Gradient
    /// Knowledge Distillation, figure 2).
    /// </summary>
    /// <param name="words">The sentence.</param>
    /// <param name="models">Each model's saliencies, the teacher's first.</param>
    /// <exception cref="KitException">There is nothing to draw, or lengths differ.</exception>
    public static GenericChart Saliency(IReadOnlyList<string> words, params IReadOnlyList<WordRow> models)
    {
        const string title = "What they look at";
        RequireWords(words, models, title);
        var teacher = models[0];
        var rows = models.Select((m, i) => new WordRow(i == 0 ? m.Name : $"{m.Name}, r = {Loyalty(teacher.Values, m.Values)}", Scaled(m.Values))).ToList();
        return UnderWords(words, rows, title, "Saliency of each word in % of the model's largest: blue speaks for the class the model predicts, orange against it."
            + (models.Count > 1 ? $" r: correlation with {teacher.Name} over these words." : ""), 100);
    }

    /// <summary>As <see cref="Saliency(IReadOnlyList{string}, IReadOnlyList{WordRow})"/>, of a sentence that models have been shown.</summary>
    /// <param name="sentence">The sentence, with the teacher first among its models.</param>
    public static GenericChart Saliency(SentenceSaliency sentence) => Saliency(sentence.Words, [.. sentence.Models.Select(m => new WordRow(m.Name, m.Values))]);

    /// <summary>The cosine between a student's and its teacher's gradients at every token of a sentence, a row for each student or each layer.</summary>
    /// <param name="tokens">The sentence's tokens, special ones included.</param>
    /// <param name="rows">Cosines, −1 to 1.</param>
    /// <exception cref="KitException">There is nothing to draw, or lengths differ.</exception>
    public static GenericChart TokenConsistency(IReadOnlyList<string> tokens, params IReadOnlyList<WordRow> rows)
    {
        const string title = "Gradient consistency by token";
        RequireWords(tokens, rows, title);
        return UnderWords(tokens, rows, title, "Cosine between student's and teacher's gradient at each token, times 100: blue agrees, orange opposes, white is at a right angle.",
            1);
    }

    private static GenericChart UnderWords(IReadOnlyList<string> words, IReadOnlyList<WordRow> rows, string title, string caption, double reach)
    {
        List<GenericChart> charts = [];
        List<(double X, double Y, string Text)> texts = [];
        List<(double At, string Name)> ticks = [];
        double top = 0;
        foreach (var (from, edges) in Lined(words))
        {
            var line = Enumerable.Range(from, edges.Length - 1).ToArray();
            var middles = line.Select((_, i) => (edges[i] + edges[i + 1]) / 2).ToArray();
            texts.AddRange(line.Select((w, i) => (middles[i], top + 0.5, words[w])));
            var cells = rows.Select(r => line.Select(w => r.Values[w]).ToArray()).ToArray();
            // A heatmap whose every cell is white says nothing, and plotly has no range for its colours then.
            if (cells.Any(row => row.Any(double.IsFinite)))
                charts.Add(Cells(cells, edges, [.. Enumerable.Range(0, rows.Count + 1).Select(i => top + 1 + i)], reach));
            for (int r = 0; r < rows.Count; r++)
            {
                double at = top + 1.5 + r;
                ticks.Add((at, rows[r].Name));
                texts.AddRange(line.Select((_, i) => (middles[i], at, cells[r][i])).Where(c => double.IsFinite(c.Item3)).Select(c => (c.Item1, c.Item2, Hundredths(c.Item3 / reach))));
            }
            top += 1 + rows.Count + Gap;
        }
        charts.Add(Chart.Scatter<double, double, string>(x: texts.Select(t => t.X).ToArray(), y: texts.Select(t => t.Y).ToArray(), mode: StyleParam.Mode.Text,
            MultiText: texts.Select(t => Style.Plain(t.Text)).ToArray(), TextPosition: StyleParam.TextPosition.MiddleCenter, ShowLegend: false, UseDefaults: false));
        double bottom = top - Gap;
        var drawn = WithAxes(Chart.Combine(charts), Style.Unseen(new("", Range: (0, LineWidth))), Style.Unseen(new("", Range: (bottom, 0), Ticks: ticks)));
        return Style.Framed(drawn, title, caption, [], height: (int)(RowHeight * bottom) + 20, foot: 20);
    }

    private static GenericChart Cells(double[][] cells, double[] x, double[] y, double reach)
    {
        // Plotly lays the scale on the cells from least to most: what of it lies beyond is cut off, so that a colour means the same everywhere.
        var finite = cells.SelectMany(row => row).Where(double.IsFinite).ToList();
        double At(double value) => Math.Clamp((value + reach) / (2 * reach), 0, 1);
        return Chart.Heatmap<double, double, double, string>(zData: cells, X: x, Y: y, XGap: 1, YGap: 1,
            ColorScale: Style.Scale(Palette.Cut(Palette.Diverging, At(finite.Min()), At(finite.Max()))), ShowScale: false, UseDefaults: false);
    }

    /// <summary>The lines, each from its first word, with the edges of its words: as wide as they need.</summary>
    private static IEnumerable<(int From, double[] Edges)> Lined(IReadOnlyList<string> words)
    {
        int from = 0;
        List<double> edges = [0];
        for (int i = 0; i < words.Count; i++)
        {
            double width = Math.Max(44, 8.5 * words[i].Length + 12);
            if (edges.Count > 1 && edges[^1] + width > LineWidth)
            {
                yield return (from, [.. edges]);
                (from, edges) = (i, [0]);
            }
            edges.Add(edges[^1] + width);
        }
        yield return (from, [.. edges]);
    }

    private static IReadOnlyList<double> Scaled(IReadOnlyList<double> values)
    {
        double largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return largest == 0 ? values : [.. values.Select(v => 100 * v / largest)];
    }

    // A number from −1 to 1 times 100; what rounds to 0 has no sign.
    private static string Hundredths(double value) => (Math.Round(100 * value) + 0.0).ToString("0", CultureInfo.InvariantCulture).Replace('-', '−');

    private static string Loyalty(IReadOnlyList<double> teacher, IReadOnlyList<double> student)
    {
        var both = teacher.Zip(student).Where(p => double.IsFinite(p.First) && double.IsFinite(p.Second)).ToList();
        double r = both.Count < 2 ? double.NaN : Evaluation.Correlation.Pearson([.. both.Select(p => p.First)], [.. both.Select(p => p.Second)]);
        return double.IsFinite(r) ? r.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−') : "–";
    }

    private static void RequireWords(IReadOnlyList<string> words, IReadOnlyList<WordRow> rows, string title)
    {
        Require(words.Count > 0 && rows.Count > 0, title, $"there are {words.Count} words and {rows.Count} rows");
        foreach (var row in rows) Require(row.Values.Count == words.Count, title, $"'{row.Name}' has {row.Values.Count} values for {words.Count} words");
        Require(rows.Any(r => r.Values.Any(double.IsFinite)), title, "no value is finite");
    }
}
