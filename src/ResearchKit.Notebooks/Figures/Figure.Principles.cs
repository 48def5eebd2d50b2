using System.Globalization;
using ResearchKit.Analysis;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

// Online distillation: what the divergences make of a teacher that the student cannot follow everywhere.
public static partial class Figure
{
    /// <summary>A known teacher's distribution and what fits of one Gaussian make of it: principles 1 to 3 of arXiv 2409.12512.</summary>
    /// <param name="principles">The teacher's distribution.</param>
    /// <param name="fits">Fits to it, or to it at a temperature.</param>
    /// <exception cref="KitException">There are no fits.</exception>
    public static GenericChart Fits(Principles principles, params IReadOnlyList<FamilyFit> fits)
    {
        const string title = "One Gaussian for a teacher of several modes";
        Require(fits.Count > 0, title, "there are no fits");
        Dictionary<string, int> number = [];
        var series = fits.Select(fit =>
        {
            var (id, name) = fit.Objective switch
            {
                FitObjective.ForwardKl => ("fkl", "forward KL"),
                FitObjective.ReverseKl => ("rkl", "reverse KL"),
                _ => ("jsd", "Jensen–Shannon"),
            };
            number[id] = number.GetValueOrDefault(id, -1) + 1;
            // Two minima of one objective are told apart by where they are.
            bool several = fits.Count(f => f.Objective == fit.Objective && f.Temperature == fit.Temperature) > 1;
            name += (fit.Temperature == 1 ? "" : $", T = {Text(fit.Temperature)}") + (several ? $", at {Text(Math.Round(fit.Mean, 1))}" : "");
            return new Series(name, Palette.Of(id).Variant(number[id]), principles.Points, fit.Probabilities);
        }).ToList();
        series.Insert(0, new("teacher", Palette.Teacher with { Dash = StyleParam.DrawingStyle.Solid }, principles.Points, principles.Teacher()));
        return Lines(series, title, "Forward KL covers all modes and what lies between them, reverse KL takes one; a temperature T above 1 on its teacher moves what it looks at.",
            new Axis("x"), new Axis("probability", FromZero: true));

        static string Text(double value) => (value + 0.0).ToString("0.##", CultureInfo.InvariantCulture).Replace('-', '−');   // −0 + 0 is 0
    }
}
