namespace ResearchKit.Cli;

/// <summary>Numbers as people read them.</summary>
internal static class Format
{
    /// <summary>Four significant digits.</summary>
    public static string Number(double value) => Math.Abs(value) is >= 10_000 or < 0.001 and > 0 ? value.ToString("0.000e+0") : value.ToString("G4");

    /// <summary>950, 12.3k, 4.5M.</summary>
    public static string Count(double value) => value switch
    {
        >= 0.9995e9 => $"{value / 1e9:0.0}G",
        >= 0.9995e6 => $"{value / 1e6:0.0}M",
        >= 9_999.5 => $"{value / 1e3:0.0}k",
        _ => $"{value:0}",
    };

    /// <summary>42 s, 3 min 05 s, 2 h 07 min.</summary>
    public static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Round(Math.Clamp(seconds, 0, 1e9)));
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes:00} min"
            : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds:00} s"
            : $"{time.Seconds} s";
    }

    /// <summary><c>accuracy 0.8123, loss 0.6512</c>.</summary>
    public static string Metrics(IReadOnlyDictionary<string, double> metrics) => string.Join(", ", metrics.Select(m => $"{m.Key} {Number(m.Value)}"));
}
