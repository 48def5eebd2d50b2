using System.Globalization;
using Plotly.NET.CSharp;
using ResearchKit.Analysis;
using ResearchKit.Evaluation;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Notebooks.Figures;

/// <summary>The online teacher's course through the trainings of one recipe.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Method">The method's id.</param>
/// <param name="Seeds">A course for each seed, as <see cref="ResearchKit.Papers.OnlineDistillation.DriftLog.Read"/> gives it.</param>
public sealed record DriftCourse(string Name, string Method, params IReadOnlyList<IReadOnlyList<DriftPoint>> Seeds);

/// <summary>Numbers of one method, for each seed a list.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Method">The method's id.</param>
/// <param name="Seeds">The numbers.</param>
public sealed record MethodCurve(string Name, string Method, params IReadOnlyList<IReadOnlyList<double>> Seeds);

/// <summary>How long trainings took.</summary>
/// <param name="Name">The recipe's name, or the paper's for the method.</param>
/// <param name="Method">The method's id; the same in ours and the paper's where the two are to be compared.</param>
/// <param name="Times">One for each seed, in any unit.</param>
public sealed record TrainingTimes(string Name, string Method, params IReadOnlyList<double> Times);

// Online distillation: the teacher's way, exposure bias, and what it costs.
public static partial class Figure
{
    /// <summary>How the online teacher moves while the student learns: away from its base, and towards the student.</summary>
    /// <param name="courses">One for each recipe; a method without an online module stays at its base.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart TeacherDrift(params IReadOnlyList<DriftCourse> courses)
    {
        const string title = "The teacher's way through training";
        Require(courses.Any(c => c.Seeds.Any(s => s.Count > 0)), title, "nothing has been measured");
        var looks = Palette.Of([.. courses.Select(c => (c.Method, c.Name, false))]);
        Panel Of(string name, Func<Drift, double> value) => new(name,
            [.. courses.Select((c, i) => Series.OverSeeds(c.Name, looks[i], [.. c.Seeds.Select(s => s.ToDictionary(p => (double)p.Step, p => value(p.Drift)))]))],
            new Axis("optimizer step", "~s", FromZero: true), new Axis("nats a token", FromZero: true));
        int seeds = courses.Max(c => c.Seeds.Count);
        return Panels([Of("KL(base ‖ online)", d => d.BaseToOnline), Of("KL(online ‖ student)", d => d.OnlineToStudent), Of("KL(base ‖ student)", d => d.BaseToStudent), Of("entropy of the online teacher", d => d.OnlineEntropy)],
            title, "The online teacher is the teacher with its module; without a module it is the base, and its drift 0. " + (seeds >= 3 ? SeedBand : seeds == 1 ? "One seed each." : "Lines are means over the seeds."));
    }

    /// <summary>Excess accumulated error by the number of generated tokens (equations 5 to 7 of arXiv 2409.12512); 0 is no exposure bias.</summary>
    /// <param name="curves">ExAccErr(l) as a share, entry l − 1 of each list.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart ExposureBias(params IReadOnlyList<MethodCurve> curves)
    {
        const string title = "Exposure bias";
        Require(curves.Count > 0, title, "nothing has been measured");
        var looks = Palette.Of([.. curves.Select(c => (c.Method, c.Name, false))]);
        return Lines([.. curves.Select((c, i) => Series.OverSeeds(c.Name, looks[i], [.. c.Seeds.Select(s => s.Index().ToDictionary(p => p.Index + 1.0, p => Finite(p.Item)))]))], title,
            "Error that a student accumulates on what it wrote itself, beyond what it would on the teacher's text. Nearer to 0 is better; below 0 it does better on its own."
                + (curves.Any(c => c.Seeds.Count >= 3) ? " " + SeedBand : ""),
            new Axis("generated tokens, l", FromZero: true), Axis.Share("ExAccErr"));
    }

    /// <summary>Training time by method, ours beside the paper's, each with its multiple of one method's.</summary>
    /// <param name="ours">Measured in one sitting, in seconds.</param>
    /// <param name="paper">The paper's, in hours.</param>
    /// <param name="reference">The method that all are multiples of.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart TrainingTime(IReadOnlyList<TrainingTimes> ours, IReadOnlyList<TrainingTimes> paper, string reference = "okd")
    {
        const string title = "Training time";
        Require(ours.Count > 0 && paper.Count > 0 && ours.Concat(paper).All(t => t.Times.Count > 0), title, "nothing has been measured, or nothing is there to compare with");
        var panels = new[] { (Of: ours, Axis: new Axis("seconds", FromZero: true)), (Of: paper, Axis: new Axis("hours", FromZero: true)) }.Select(side =>
        {
            var looks = Palette.Of([.. side.Of.Select(t => (t.Method, t.Name, false))]);
            double? unit = side.Of.FirstOrDefault(t => t.Method == reference) is { } one ? Spread.Of([.. one.Times]).Mean : null;
            return Drawn([.. side.Of.Select((t, i) =>
            {
                double mean = Spread.Of([.. t.Times]).Mean;
                return new Bar(t.Name, looks[i], t.Times, mean.ToString("0.##", CultureInfo.InvariantCulture) + (unit is { } u ? $", {(mean / u).ToString("0.0#", CultureInfo.InvariantCulture)} × {reference}" : ""));
            })], side.Axis, ": ", title);
        }).ToArray();
        var grid = Chart.Grid(panels, 2, 1, SubPlotTitles: (string[])["ours", "the paper"], SubPlotTitleFont: Style.PanelFont, YGap: 0.4);
        return Style.Framed(grid, title, $"What counts are the multiples of {reference}'s time: the models and the machines are not the paper's.", [], height: 200 + 38 * (ours.Count + paper.Count), panels: true);
    }
}
