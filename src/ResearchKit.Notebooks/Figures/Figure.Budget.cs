using System.Globalization;
using Plotly.NET.CSharp;
using ResearchKit.Evaluation;
using ResearchKit.Runs;
using Color = Plotly.NET.Color;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

// Multi-aspect distillation: what a method makes of a budget of parameters.
public static partial class Figure
{
    /// <summary>A metric against the budget of parameters, a colour for each method: its runs of several budgets are joined, and whiskers are one standard
    /// deviation over seeds. A teacher is a level line.</summary>
    /// <param name="comparison">Runs of one task.</param>
    /// <param name="metric">As the results name it.</param>
    /// <exception cref="KitException">No run has this metric.</exception>
    public static GenericChart Budget(Comparison comparison, string metric = "accuracy")
    {
        string title = $"{Sentence(metric)} by budget of parameters";
        var measured = Measured(comparison, metric, title);
        var teachers = measured.Where(m => m.Look == Palette.Teacher).ToList();
        var students = measured.Except(teachers).ToList();
        Require(students.Count > 0, title, $"no student has a finite '{metric}'");
        List<GenericChart> drawn = [];
        List<string> names = [];
        foreach (var method in students.GroupBy(m => m.Group.Runs[0].Method))
        {
            var points = method.OrderBy(Size).ToList();
            var look = Palette.Of(method.Key);
            // Several recipes of one size are no course from budget to budget.
            bool joined = points.Select(Size).Distinct().Count() == points.Count;
            var line = Chart.Line<double, double, string>(x: [.. points.Select(Size)], y: [.. points.Select(p => p.Spread.Mean)], Name: Style.Plain(method.Key), ShowMarkers: true, ShowLegend: true,
                MultiText: points.Select(p => Style.Plain($"{p.Group.Name}: {Words(p.Spread, metric)}")).ToArray(),
                LineColor: Color.fromString(look.Colour), LineWidth: joined ? 2.0 : 0.0, LineDash: look.Dash, UseDefaults: false);
            line = Core.WithMarkerStyle(line, Size: 12, Color: Color.fromString(look.Colour), Symbol: look.Marker);
            if (points.Any(p => p.Spread.Count > 1))
                line = Core.WithYErrorStyle<double, double>(line, Array: points.Select(p => p.Spread.Count > 1 ? p.Spread.Deviation : 0).ToArray(), Color: Color.fromString(look.Colour), Thickness: 1.5, Width: 5.0);
            drawn.Add(line);
            names.Add(method.Key);
        }
        var axis = Sizes(students);
        foreach (var (teacher, i) in teachers.Select((t, i) => (t, i)))
            drawn.Add(Chart.Line<double, double, string>(x: [axis.Range!.Value.From, axis.Range!.Value.To], y: [teacher.Spread.Mean, teacher.Spread.Mean], Name: "teacher", ShowLegend: i == 0,
                LineColor: Color.fromString(Palette.Teacher.Colour), LineWidth: 1.5, LineDash: StyleParam.DrawingStyle.Dot, UseDefaults: false));
        if (teachers.Count > 0) names.Add("teacher");
        return Style.Framed(WithAxes(Chart.Combine(drawn), Style.Drawn(axis), Style.Drawn(MetricAxis(metric))), title,
            $"Students of one budget stand above one another; {(MetricNames.MoreIsBetter(metric) is false ? "lower" : "higher")} is better. {(teachers.Count > 0 ? $"The teacher has {string.Join(" or ", teachers.Select(t => Millions(Size(t))).Distinct())} parameters. " : "")}{SeedNote(students)}", names, height: 460);
    }

    private static double Size(Measurement measurement) => measurement.Group.Runs[0].Parameters;

    private static string Millions(double parameters) =>
        parameters >= 1e6 ? $"{(parameters / 1e6).ToString("0.0", CultureInfo.InvariantCulture)} million" : parameters.ToString("N0", CultureInfo.InvariantCulture);
}
