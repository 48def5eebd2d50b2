namespace ResearchKit.Runs;

/// <summary>What a metric's number counts.</summary>
public enum MetricUnit
{
    /// <summary>A share from 0 to 1, or a relative difference of one: shown in percent.</summary>
    Share,

    /// <summary>Nats, a token or a row.</summary>
    Nats,

    /// <summary>A number without a unit, or tokens.</summary>
    Number,
}

/// <summary>What the metrics that evaluations give are, by their names; a name may end in what it was measured on, as <c>teacher kl hard</c>.</summary>
public static class MetricNames
{
    /// <summary>A metric's unit.</summary>
    public static MetricUnit Unit(string metric) => IsNamed(metric, "loss", "kl") ? MetricUnit.Nats
        : IsNamed(metric, "perplexity", "logit std", "response length", "squared error", "threshold") ? MetricUnit.Number : MetricUnit.Share;

    /// <summary>Whether the larger number is the better one, or the smaller; null where neither is.</summary>
    public static bool? MoreIsBetter(string metric) => IsNamed(metric, "loss", "kl", "perplexity", "squared error") ? false
        : IsNamed(metric, "logit std", "response length", "uncertainty", "spread", "exaccerr", "threshold") ? null : true;

    private static bool IsNamed(string metric, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if ($" {metric} ".Contains($" {name} ", StringComparison.Ordinal)) return true;
        return false;
    }
}
