using System.CommandLine;
using System.CommandLine.Parsing;

namespace ResearchKit.Cli;

/// <summary>Ranges of options, refused while parsing.</summary>
internal static class OptionRanges
{
    /// <summary>Allows only values from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static Option<T> InRange<T>(this Option<T> option, T low, T high) where T : struct, IComparable<T>
    {
        option.Validators.Add(result => Check(result, result.Errors.Any() ? null : result.GetValueOrDefault<T>(), low, high));
        return option;
    }

    /// <summary>Allows only values from <paramref name="low"/> to <paramref name="high"/>, or none at all.</summary>
    public static Option<T?> InRange<T>(this Option<T?> option, T low, T high) where T : struct, IComparable<T>
    {
        option.Validators.Add(result => Check(result, result.Errors.Any() ? null : result.GetValueOrDefault<T?>(), low, high));
        return option;
    }

    private static void Check<T>(OptionResult result, T? value, T low, T high) where T : struct, IComparable<T>
    {
        if (value is { } v && !(v.CompareTo(low) >= 0 && v.CompareTo(high) <= 0)) result.AddError($"{result.Option.Name} is {v}, expected {low} to {high}.");
    }

    /// <summary>Allows only these values.</summary>
    public static Option<string> OneOf(this Option<string> option, IReadOnlyList<string> values)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count != 1 || values.Contains(result.Tokens[0].Value)) return;
            var nearest = Nearest.To(result.Tokens[0].Value, values);
            result.AddError($"{option.Name} is '{result.Tokens[0].Value}', expected one of {string.Join(", ", values)}.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}");
        });
        option.CompletionSources.Add([.. values]);
        return option;
    }
}
