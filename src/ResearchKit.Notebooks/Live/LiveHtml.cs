using System.Globalization;
using System.Text;
using ResearchKit.Notebooks.Figures;
using ResearchKit.Runs;
using Html = ResearchKit.Notebooks.Formatting.Html;

namespace ResearchKit.Notebooks.Live;

/// <summary>A run in progress as HTML without scripts, so that every front end shows it. Colours follow the page.</summary>
internal static class LiveHtml
{
    private const int Width = 360, Height = 56;

    private static readonly string Colour = Palette.Of("kd").Colour;

    public static string Of(LiveState state)
    {
        var html = new StringBuilder("<div style=\"font-size:14px;line-height:1.5;max-width:760px\">").Append($"<div><b>{Html.Encode(state.Title)}</b></div>");
        if (state.Last is { } step)
        {
            double part = step.Total == 0 ? 1 : step.Number / (double)step.Total;
            html.Append(Invariant($"<div style=\"height:8px;border-radius:4px;background:rgba(128,128,128,.25);margin:4px 0\"><div style=\"height:8px;border-radius:4px;width:{100 * part:0.0}%;background:{Colour}\"></div></div>"))
                .Append(Invariant($"<div>step {step.Number:N0} of {step.Total:N0}, epoch {step.Epoch:0.00}, learning rate {step.LearningRate:0.0e-0}, {state.TokensPerSecond:N0} tokens/s, "))
                .Append($"{Duration(state.Left)} left</div><div style=\"display:flex;gap:24px;align-items:center\">{Sparkline(state.Course)}<div>loss {Number(step.Loss)}");
            if (step.Terms.Count > 1) foreach (var (name, value) in step.Terms) html.Append($"<br>{Style.Symbol(name)} {Number(value)}");
            if (state.Evaluation is { } metrics) html.Append($"<br>validation: {Html.Encode(string.Join(", ", metrics.Select(m => $"{m.Key} {Number(m.Value)}")))}");
            html.Append("</div></div>");
        }
        if (state.Remark is not null) html.Append($"<div style=\"opacity:.75\">{Html.Encode(state.Remark)}</div>");
        return html.Append("</div>").ToString();
    }

    public static string Summary(RunResults results, bool already)
    {
        var metrics = string.Join(", ", results.Metrics.Select(m => $"{m.Key} {Number(m.Value)}"));
        var effort = already ? "already complete, taken as it is" : Invariant($"{results.Steps:N0} steps in {Duration(TimeSpan.FromSeconds(results.TrainingSeconds))}, {results.TokensPerSecond:N0} tokens/s");
        return $"<div style=\"font-size:14px\"><b>{Html.Encode(results.Name)}</b>: {Html.Encode(metrics)} on the {Html.Encode(results.Split)} split <span style=\"opacity:.75\">({Html.Encode(effort)})</span></div>";
    }

    private static string Sparkline(IReadOnlyList<double> values)
    {
        if (values.Count < 2) return "";
        double low = values.Min(), high = values.Max(), span = Math.Max(high - low, 1e-12);
        var points = values.Select((v, i) => Invariant($"{4 + (Width - 8.0) * i / (values.Count - 1):0.0},{4 + (Height - 8) * (high - v) / span:0.0}"));
        return $"<svg width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-label=\"loss so far\"><polyline points=\"{string.Join(' ', points)}\" fill=\"none\" stroke=\"{Colour}\" stroke-width=\"2\"/></svg>";
    }

    private static string Duration(TimeSpan time) => time.TotalSeconds < 60 ? Invariant($"{Math.Ceiling(time.TotalSeconds):0} s")
        : time.TotalHours < 1 ? Invariant($"{(int)time.TotalMinutes} min {time.Seconds} s") : Invariant($"{(int)time.TotalHours} h {time.Minutes} min");

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
