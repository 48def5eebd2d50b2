using System.Globalization;
using ResearchKit.Analysis;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

/// <summary>The errors of a student's linear maps in one of its states: before training, after it.</summary>
/// <param name="Name">As the legend shows it.</param>
/// <param name="Errors">Of activations (<see cref="AlignmentReport.Matrices"/>) or of weights (<see cref="Spectra.Errors"/>).</param>
public sealed record MatrixState(string Name, IReadOnlyList<MatrixError> Errors);

// Multi-aspect distillation: how far a student's layers compute what the teacher's do.
public static partial class Figure
{
    private static readonly string[] StateColours = ["#9CA3AF", "#E69F00", "#0072B2", "#009E73", "#882255"];

    /// <summary>CKA between all hidden states: a row for each of the teacher's places, a column for each of the student's.</summary>
    /// <param name="report">As measured, with CKA.</param>
    /// <param name="debiased">Whether to show the debiased estimate.</param>
    /// <exception cref="KitException">The report has no CKA.</exception>
    public static GenericChart LayerSimilarity(AlignmentReport report, bool debiased = true)
    {
        var values = debiased ? report.DebiasedCka : report.Cka;
        return Heatmap(values, [.. values.Select((_, i) => NameOf(report.TeacherPlaces[i]))], values.Count == 0 ? [] : [.. report.StudentPlaces.Select(NameOf)], "Which layers represent alike",
            $"Linear CKA between hidden states{(debiased ? ", estimated without bias" : "")}, of {Tokens(report)} tokens: 1 where both place the tokens alike up to rotation and scale, 0 where they have nothing to do with "
            + "each other. E is the embedding output, h1 the state after layer 1.", "teacher", "student", "CKA", "0.00");
    }

    /// <summary>How far each head looks from where the teacher's does: a row for each layer, a column for each head.</summary>
    /// <param name="report">As measured.</param>
    /// <param name="nearest">Whether to compare each head with the teacher's that looks most alike, instead of the one of its number.</param>
    /// <exception cref="KitException">The models' heads differ in number, and not the nearest is asked for; or there are no layers.</exception>
    public static GenericChart AttentionDivergence(AlignmentReport report, bool nearest = false)
    {
        const string title = "How far heads look from the teacher's";
        Require(report.Attention.Count > 0, title, "no layers have been compared");
        var values = report.Attention.Select(layer => nearest ? [.. layer.OfNearestHead().Select(h => h.Divergence)] : layer.OfSameHead()).OfType<IReadOnlyList<double>>().ToList();
        Require(values.Count == report.Attention.Count, title, "student and teacher differ in their heads' number, so that only nearest heads can be compared");
        return Heatmap(values, LayerNames(report), [.. Enumerable.Range(1, values[0].Count).Select(h => $"{h}")], title,
            $"KL(teacher ‖ student) of the attention, mean over {Tokens(report)} tokens, " + (nearest ? "of each head from that of the teacher's which looks most alike; 0 where it looks the same." : "head by head; 0 where both look the same."),
            "layer", "head", "nats", "G2");
    }

    /// <summary>The errors of each kind of linear map, a bar for each state of the student: mean over the layers, whiskers of one standard deviation over them.</summary>
    /// <param name="weights">Whether the errors are of weights, ‖W − Ŵ‖ / ‖W‖; otherwise of activations, ‖Y_S − Y_T‖² / ‖Y_T‖².</param>
    /// <param name="states">The states, e.g. before and after training.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart MatrixErrors(bool weights, params IReadOnlyList<MatrixState> states)
    {
        string title = weights ? "Errors of the weights" : "Errors of what the maps compute";
        var names = states.SelectMany(s => s.Errors).Select(e => e.Matrix).Distinct().ToList();
        Require(names.Count > 0, title, "nothing has been measured");
        var columns = states.Select((state, i) =>
        {
            var spreads = names.Select(name => state.Errors.FirstOrDefault(e => e.Matrix == name) is { Layers.Count: > 0 } e ? Evaluation.Spread.Of([.. e.Layers]) : null).ToList();
            return new Column(state.Name, new(StateColours[i % StateColours.Length], StyleParam.DrawingStyle.Solid, StyleParam.MarkerSymbol.Circle), [.. spreads.Select(s => s?.Mean ?? double.NaN)],
                spreads.Any(s => s?.Count > 1) ? [.. spreads.Select(s => s?.Count > 1 ? s.Deviation : double.NaN)] : null);
        }).ToList();
        int layers = states.SelectMany(s => s.Errors).Max(e => e.Layers.Count);
        return Columns([new("", names, columns, new("linear map"), new(weights ? "‖W − Ŵ‖ / ‖W‖" : "‖Y<sub>S</sub> − Y<sub>T</sub>‖² / ‖Y<sub>T</sub>‖²", FromZero: true))], title,
            (weights ? "Distance between a map's weights, as a share of the teacher's weight; of a factorised map the product counts. " : "Squared error of each map's output, as a share of the teacher's output. ")
            + (layers > 1 ? $"Mean and standard deviation over {layers} layers." : "Of one layer."));
    }

    private static string NameOf(int place) => LayerConsistency.NameOf(place);

    private static string Tokens(AlignmentReport report) => report.Tokens.ToString("N0", CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> LayerNames(AlignmentReport report) =>
        [.. report.Attention.Select(a => a.Pair.Student == a.Pair.Teacher ? $"{a.Pair.Student}" : $"{a.Pair.Student} (teacher's {a.Pair.Teacher})")];
}
