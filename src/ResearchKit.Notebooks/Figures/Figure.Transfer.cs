using System.Globalization;
using Plotly.NET.CSharp;
using ResearchKit.Analysis;
using ResearchKit.Evaluation;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Notebooks.Figures;

/// <summary>What a method's students have of their teacher's distributions.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Method">The method's id.</param>
/// <param name="Seeds">A report for each seed, on the same rows.</param>
public sealed record TransferOf(string Name, string Method, params IReadOnlyList<TransferReport> Seeds);

// Online distillation: what reaches the student of the teacher's distributions.
public static partial class Figure
{
    /// <summary>Modes, entropy and tail, a panel for each and a bar for each method, with the teacher's own where it has one.</summary>
    /// <param name="methods">Each method's reports.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart Transfer(params IReadOnlyList<TransferOf> methods)
    {
        const string title = "What reaches the student";
        var looks = TransferLooks(methods, title);
        var teacher = methods[0].Seeds[0];
        (string Title, Axis Axis, Func<TransferReport, double> Value, double? Teachers)[] measures =
        [
            ("modes of the teacher that the student has (recall)", Axis.Share("share") with { Range = (0, 1) }, r => r.ModeCoverage, null),
            ("modes of the student that the teacher has (precision)", Axis.Share("share") with { Range = (0, 1) }, r => r.ModePrecision, null),
            ("entropy", new Axis("nats", FromZero: true), r => r.StudentEntropy, teacher.TeacherEntropy),
            ("mass on the teacher's tail", Axis.Share("share") with { FromZero = true, Format = ".1%" }, r => r.StudentTail, teacher.TeacherTail),
        ];
        var panels = measures.Select(m =>
        {
            bool share = m.Axis.Format is not null;
            string Number(double value) => double.IsFinite(value) ? share ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %" : value.ToString("0.00", CultureInfo.InvariantCulture) : "none";
            List<Bar> bars = [.. methods.Select((s, i) =>
            {
                double[] values = [.. s.Seeds.Select(m.Value).Where(double.IsFinite)];
                return new Bar(s.Name, looks[i], values.Length > 0 ? values : [double.NaN], Number(values.Length > 0 ? Spread.Of(values).Mean : double.NaN));
            })];
            if (m.Teachers is { } own) bars.Insert(0, new("teacher", Palette.Teacher, [own], Number(own)));
            return Drawn(bars, m.Axis, ": ", title);
        }).ToArray();
        var grid = Chart.Grid(panels, panels.Length, 1, SubPlotTitles: measures.Select(m => m.Title).ToArray(), SubPlotTitleFont: Style.PanelFont, YGap: 0.5);
        int seeds = methods.Max(m => m.Seeds.Count);
        return Style.Framed(grid, title, $"Means over {Positions(teacher)} positions{(seeds > 1 ? $", with the deviation over {seeds} seeds" : "")}. Recall falls where a student drops modes of its teacher, precision where it makes up its own; the tail fills where it spreads over what the teacher hardly says.",
            [], height: (120 + 34 * (methods.Count + 1)) * measures.Length, panels: true);
    }

    /// <summary>Forward and reverse KL of each tenth of the positions, by the probability that the teacher gives its own best token or the gold one.</summary>
    /// <param name="methods">Each method's reports; those with one seed have no whiskers.</param>
    /// <exception cref="KitException">There is nothing to draw, or the reports are cut into different numbers of parts.</exception>
    public static GenericChart Deciles(params IReadOnlyList<TransferOf> methods)
    {
        const string title = "Where the student is off";
        var looks = TransferLooks(methods, title);
        var parts = methods[0].Seeds[0].Deciles;
        Require(methods.SelectMany(m => m.Seeds).All(r => r.Deciles.Count == parts.Count), title, "the reports are cut into different numbers of parts");
        string[] groups = [.. parts.Select((d, i) => $"{i + 1}: {d.Probability.ToString("0.00", CultureInfo.InvariantCulture)}")];
        ColumnPanel Panel(string name, Func<TransferDecile, double> value) => new(name, groups, [.. methods.Select((m, i) =>
        {
            var spreads = Enumerable.Range(0, parts.Count).Select(d => Spread.Of([.. m.Seeds.Select(s => value(s.Deciles[d]))])).ToList();
            return new Column(m.Name, looks[i], [.. spreads.Select(s => s.Mean)], m.Seeds.Count > 1 ? [.. spreads.Select(s => s.Deviation)] : null);
        })], new Axis("tenth of the positions: the teacher's mean probability in it"), new Axis("nats", FromZero: true));
        return Columns([Panel("KL(teacher ‖ student)", d => d.ForwardKl), Panel("KL(student ‖ teacher)", d => d.ReverseKl)], title,
            "On the left the teacher is unsure, or finds the token unlikely; on the right it is sure.");
    }

    /// <summary>The largest logits of one position, from the largest down, for each model: figures 10 to 12 of the paper.</summary>
    /// <param name="after">The text that they follow.</param>
    /// <param name="models">Each model's recipe, method and logits.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart TopLogits(string after, params IReadOnlyList<(string Name, string Method, bool Teacher, TopLogits Logits)> models)
    {
        const string title = "How peaked they are";
        Require(models.Count > 0, title, "there are no models");
        var looks = Palette.Of([.. models.Select(m => (m.Method, m.Name, m.Teacher))]);
        return Lines([.. models.Select((m, i) => new Series($"{m.Name}, sd {m.Logits.Deviation.ToString("0.00", CultureInfo.InvariantCulture)}", looks[i],
                [.. Enumerable.Range(1, m.Logits.Values.Count).Select(r => (double)r)], m.Logits.Values))], title,
            $"The {models.Max(m => m.Logits.Values.Count)} largest logits of the token after “{after}”; sd is their standard deviation.", new Axis("rank of the token"), new Axis("logit"));
    }

    private static IReadOnlyList<Look> TransferLooks(IReadOnlyList<TransferOf> methods, string title)
    {
        Require(methods.Count > 0 && methods.All(m => m.Seeds.Count > 0), title, "nothing has been measured");
        return Palette.Of([.. methods.Select(m => (m.Method, m.Name, false))]);
    }

    // Exact comparisons weight positions by their probability, which adds up to a fraction of one.
    private static string Positions(TransferReport report) => report.Positions.ToString(report.Positions % 1 == 0 ? "N0" : "0.##", CultureInfo.InvariantCulture);
}
