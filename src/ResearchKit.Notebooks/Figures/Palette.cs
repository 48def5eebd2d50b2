using ResearchKit.Data;
using DrawingStyle = Plotly.NET.StyleParam.DrawingStyle;
using MarkerSymbol = Plotly.NET.StyleParam.MarkerSymbol;

namespace ResearchKit.Notebooks.Figures;

/// <summary>How one method looks wherever it is drawn: a colour, and a line and a marker that tell it apart in grey.</summary>
/// <param name="Colour">Six hexadecimal digits after a #.</param>
/// <param name="Dash">Of its lines.</param>
/// <param name="Marker">Of its points.</param>
public sealed record Look(string Colour, DrawingStyle Dash, MarkerSymbol Marker);

/// <summary>
/// The kit's colours: those of Okabe and Ito first, then Paul Tol's muted ones, both chosen so that the colour-blind can tell them
/// apart. A method has the same look in every figure of every notebook.
/// </summary>
public static class Palette
{
    private static readonly DrawingStyle[] Dashes = [DrawingStyle.Solid, DrawingStyle.Dash, DrawingStyle.Dot, DrawingStyle.DashDot, DrawingStyle.LongDash];

    private static readonly MarkerSymbol[] Markers =
    [
        MarkerSymbol.Circle, MarkerSymbol.Square, MarkerSymbol.Diamond, MarkerSymbol.TriangleUp, MarkerSymbol.TriangleDown,
        MarkerSymbol.Cross, MarkerSymbol.X, MarkerSymbol.Star,
    ];

    private static readonly string[] Others = ["#AA4466", "#44AA99", "#999933", "#332288", "#AA4499", "#117733", "#661100", "#6699CC"];

    private static readonly Look Alone = new("#666666", DrawingStyle.Dot, MarkerSymbol.Circle);
    private static readonly Look Imitating = new("#0072B2", DrawingStyle.Solid, MarkerSymbol.Square);

    private static readonly Dictionary<string, Look> Known = new()
    {
        ["fine-tune"] = Alone,
        ["sft"] = Alone,
        ["kd"] = Imitating,
        ["fkl"] = Imitating,
        ["pkd"] = new("#882255", DrawingStyle.Dot, MarkerSymbol.X),
        ["gradkd"] = new("#D55E00", DrawingStyle.Solid, MarkerSymbol.Diamond),
        ["gradkd-cls"] = new("#CC79A7", DrawingStyle.DashDot, MarkerSymbol.Cross),
        ["okd"] = new("#009E73", DrawingStyle.Solid, MarkerSymbol.TriangleUp),
        ["makd"] = new("#E69F00", DrawingStyle.Solid, MarkerSymbol.TriangleDown),
        ["distilbert"] = new("#56B4E9", DrawingStyle.Dash, MarkerSymbol.TriangleUp),
        ["tinybert"] = new("#44AA99", DrawingStyle.Dash, MarkerSymbol.Cross),
        ["minilm"] = new("#332288", DrawingStyle.DashDot, MarkerSymbol.Diamond),
        ["minilmv2"] = new("#AA4499", DrawingStyle.LongDash, MarkerSymbol.Star),
        ["onpolicy-kd"] = new("#56B4E9", DrawingStyle.Dash, MarkerSymbol.X),
        ["rkl"] = new("#D55E00", DrawingStyle.Dash, MarkerSymbol.Diamond),
        ["jsd"] = new("#AA4499", DrawingStyle.Dot, MarkerSymbol.Cross),
        ["seqkd"] = new("#999933", DrawingStyle.DashDot, MarkerSymbol.Star),
        ["imitkd"] = new("#661100", DrawingStyle.LongDash, MarkerSymbol.Square),
        ["minillm"] = new("#332288", DrawingStyle.DashDot, MarkerSymbol.TriangleDown),
        ["distillm"] = new("#44AA99", DrawingStyle.Dot, MarkerSymbol.TriangleUp),
    };

    // Recipes of a method that differ from its plain one: the same variant of its look in every figure, whoever stands beside them.
    private static readonly Dictionary<string, int> Recipes = new()
    {
        ["kd"] = 0,
        ["kd-no-dropout"] = 1,
        ["kd-frozen"] = 2,
        ["kd-frozen-no-dropout"] = 3,
        ["gradkd"] = 0,
        ["gradkd-dropout"] = 1,
        ["gradkd-cls"] = 0,
        ["gradkd-cls-dropout"] = 1,
    };

    /// <summary>The look of whatever teaches.</summary>
    public static Look Teacher { get; } = new("#000000", DrawingStyle.LongDash, MarkerSymbol.Star);

    /// <summary>From nothing (white) to most (blue); dark text can be read on all of it.</summary>
    public static IReadOnlyList<(double At, string Colour)> Sequential { get; } = [(0, "#FFFFFF"), (0.25, "#DCEAF6"), (0.5, "#B0D2EC"), (1, "#5BA3DB")];

    /// <summary>From least (orange) over zero (white) to most (blue); dark text can be read on all of it.</summary>
    public static IReadOnlyList<(double At, string Colour)> Diverging { get; } = [(0, "#F0944D"), (0.25, "#F9CFAE"), (0.5, "#FFFFFF"), (0.75, "#B0D2EC"), (1, "#5BA3DB")];

    /// <summary>The look of a method, by its id. One that the kit does not know always gets the same one, too.</summary>
    public static Look Of(string method)
    {
        if (Known.TryGetValue(method, out var look)) return look;
        ulong hash = StableHash.Of(method);
        return new(Others[hash % 8], Dashes[hash / 8 % 5], Markers[hash / 40 % 8]);
    }

    /// <summary>The looks of runs in one figure: a teacher's, or the method's with another line and marker for each further run of it. The controls of a
    /// paper (KD without dropout, KD with a frozen embedding) keep theirs whatever stands beside them.</summary>
    /// <param name="runs">Each run's method, its recipe's name, and whether it teaches.</param>
    public static IReadOnlyList<Look> Of(IReadOnlyList<(string Method, string Recipe, bool Teacher)> runs)
    {
        // By colour, because some methods share one: what numbers the known recipes have taken, others go round.
        var taken = runs.Where(r => !r.Teacher && Recipes.ContainsKey(r.Recipe)).Select(r => (Of(r.Method).Colour, Recipes[r.Recipe])).ToHashSet();
        return [.. runs.Select(r =>
        {
            if (r.Teacher) return Teacher;
            var look = Of(r.Method);
            if (Recipes.TryGetValue(r.Recipe, out int number)) return look.Variant(number);
            while (!taken.Add((look.Colour, number))) number++;
            return look.Variant(number);
        })];
    }

    /// <summary>The same colour with another line and marker: for a second run of one method in one figure.</summary>
    /// <param name="look">The method's look.</param>
    /// <param name="number">Which of the variants; 0 is the look itself.</param>
    public static Look Variant(this Look look, int number) => number == 0 ? look
        : look with { Dash = Next(Dashes, look.Dash, number), Marker = Next(Markers, look.Marker, number) };

    /// <summary>A part of a colour scale, laid on 0 to 1 again.</summary>
    internal static IReadOnlyList<(double At, string Colour)> Cut(IReadOnlyList<(double At, string Colour)> scale, double from, double to)
    {
        if (to - from < 1e-9) return [(0, Between(scale, from)), (1, Between(scale, from))];
        return [(0, Between(scale, from)), .. scale.Where(s => s.At > from && s.At < to).Select(s => ((s.At - from) / (to - from), s.Colour)), (1, Between(scale, to))];
    }

    private static string Between(IReadOnlyList<(double At, string Colour)> scale, double at)
    {
        int next = Math.Max(1, scale.TakeWhile(s => s.At < at).Count());
        if (next >= scale.Count) return scale[^1].Colour;
        var (a, b) = (scale[next - 1], scale[next]);
        double part = Math.Clamp((at - a.At) / (b.At - a.At), 0, 1);
        int Of(string colour, int digit) => Convert.ToInt32(colour.Substring(digit, 2), 16);
        int Channel(int digit) => (int)Math.Round((1 - part) * Of(a.Colour, digit) + part * Of(b.Colour, digit));
        return $"#{Channel(1):X2}{Channel(3):X2}{Channel(5):X2}";
    }

    private static T Next<T>(T[] all, T from, int steps) => all[(Array.IndexOf(all, from) + steps) % all.Length];
}
