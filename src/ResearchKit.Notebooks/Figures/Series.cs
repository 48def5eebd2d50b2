using ResearchKit.Evaluation;

namespace ResearchKit.Notebooks.Figures;

/// <summary>A named course of numbers: one line of a figure.</summary>
/// <param name="Name">As the legend shows it.</param>
/// <param name="Look">Colour, line and marker.</param>
/// <param name="X">Where.</param>
/// <param name="Y">How much; values that are not finite leave a gap.</param>
/// <param name="Deviation">Half the height of the band around it; null for none.</param>
public sealed record Series(string Name, Look Look, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Deviation = null)
{
    /// <summary>
    /// One course from several seeds': their mean where all of them have a value, with a band of one standard deviation when there are
    /// at least three; the spread of two tells nothing.
    /// </summary>
    /// <param name="name">As the legend shows it.</param>
    /// <param name="look">Colour, line and marker.</param>
    /// <param name="courses">One for each seed, by where.</param>
    public static Series OverSeeds(string name, Look look, IReadOnlyList<IReadOnlyDictionary<double, double>> courses)
    {
        var places = courses.Count == 0 ? [] : courses.Skip(1).Aggregate(courses[0].Keys, (shared, course) => shared.Where(course.ContainsKey)).Order().ToList();
        var spreads = places.Select(x => Spread.Of([.. courses.Select(c => c[x])])).ToList();
        return new(name, look, places, [.. spreads.Select(s => s.Mean)], courses.Count >= 3 ? [.. spreads.Select(s => s.Deviation)] : null);
    }

    internal bool HasPoints => X.Zip(Y).Any(p => double.IsFinite(p.First) && double.IsFinite(p.Second));
}

/// <summary>One of the small figures that share a frame.</summary>
/// <param name="Title">Above it; may hold markup, so pass others' text through <see cref="Style.Plain"/>.</param>
/// <param name="Series">Its lines.</param>
/// <param name="X">Its horizontal axis.</param>
/// <param name="Y">Its vertical axis.</param>
public sealed record Panel(string Title, IReadOnlyList<Series> Series, Axis X, Axis Y);
