using System.Globalization;
using Microsoft.Data.Analysis;
using Microsoft.DotNet.Interactive.Formatting;
using ResearchKit.Notebooks.Tables;
using ResearchKit.Runs;
using static TorchSharp.torch;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Notebooks.Formatting;

/// <summary>What a cell shows when its last value is one of the kit's, a tensor, a module, a chart or a data frame.</summary>
public static class Formatters
{
    /// <summary>
    /// Makes them known to the notebook. Without them a single tensor takes the formatter that walks over every property half a
    /// minute, so each has both a page's and a terminal's form.
    /// </summary>
    public static void Register()
    {
        Add<Tensor>(TensorText.Of, tensor => Html.Text(TensorText.Of(tensor)));
        Add<nn.Module>(ModuleText.Of, module => Html.Text(ModuleText.Of(module)));
        Add<DataFrame>(Html.Plain, Html.Table);
        Add<Comparison>(c => Html.Plain(Table.Comparison(c)), c => Html.Table(Table.Comparison(c)));
        Add<RunResults>(r => Lines($"{r.Name} ({r.Method})", Pairs(r)), r => Html.Pairs($"{r.Name} ({r.Method})", Pairs(r)));
        Add<RunFolder>(run => Lines(run.Path, Pairs(run)), run => Html.Pairs(run.Path, Pairs(run)));
        Add<Recipe>(recipe => Json(recipe), recipe => Html.Text(Json(recipe)));
        Add<RunPredictions>(p => Lines(p.Name, Pairs(p)), p => Html.Pairs(p.Name, Pairs(p)));
        Add<GenericChart>(ChartHtml.Plain, ChartHtml.Of);
        Formatter.Register<GenericChart>(ChartHtml.Json, ChartHtml.PlotlyMimeType);
        foreach (var kind in (Type[])[typeof(GenericChart), typeof(GenericChart.Chart), typeof(GenericChart.MultiChart)])
            Formatter.SetPreferredMimeTypesFor(kind, HtmlFormatter.MimeType, ChartHtml.PlotlyMimeType);
    }

    private static void Add<T>(Func<T, string> plain, Func<T, string> html)
    {
        Formatter.Register(plain, PlainTextFormatter.MimeType);
        Formatter.Register(html, HtmlFormatter.MimeType);
    }

    private static string Json(Recipe recipe) => recipe.ToJson().ToJsonString(SettingsBinder.Json);

    private static string Lines(string title, IEnumerable<(string Name, string Value)> pairs) =>
        string.Join('\n', pairs.Select(p => $"  {p.Name}: {p.Value}").Prepend(title));

    private static IEnumerable<(string, string)> Pairs(RunResults results) =>
    [
        ("task", $"{results.Task} ({results.Split})"),
        .. results.Metrics.Select(m => (m.Key, Number(m.Value))),
        ("parameters", Number(results.Parameters)),
        ("seed", Number(results.Seed)),
        ("steps", $"{Number(results.Steps)} in {Number(results.TrainingSeconds)} s"),
        ("tokens per second", Number(results.TokensPerSecond)),
        ("device", results.Device),
    ];

    private static IEnumerable<(string, string)> Pairs(RunFolder run)
    {
        if (!File.Exists(run.ConfigFile)) return [("state", "nothing here yet")];
        var recipe = run.Recipe();
        (string, string)[] about = [("recipe", recipe.Name), ("method", recipe.MethodName), ("state", run.IsComplete ? "complete" : "not complete")];
        return run.IsComplete ? [.. about, .. Pairs(run.Results())] : about;
    }

    private static IEnumerable<(string, string)> Pairs(RunPredictions predictions) =>
    [
        ("split", predictions.Split),
        ("rows", Number(predictions.Classes.Length)),
        ("accuracy", Number(Evaluation.Agreement.Accuracy(predictions.Classes, predictions.Expected))),
    ];

    private static string Number(double value) => value == Math.Truncate(value) && Math.Abs(value) < 1e15
        ? value.ToString("N0", CultureInfo.InvariantCulture) : value.ToString("G5", CultureInfo.InvariantCulture);
}
