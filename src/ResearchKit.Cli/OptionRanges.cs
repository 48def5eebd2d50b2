using System.CommandLine;

namespace ResearchKit.Cli;

/// <summary>Ranges of options, refused while parsing.</summary>
internal static class OptionRanges
{
    /// <summary>Allows only values from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static Option<T> InRange<T>(this Option<T> option, T low, T high) where T : struct, IComparable<T>
    {
        option.Validators.Add(result =>
        {
            if (result.Errors.Any()) return;
            var value = result.GetValueOrDefault<T>();
            if (!(value.CompareTo(low) >= 0 && value.CompareTo(high) <= 0)) result.AddError($"{option.Name} is {value}, expected {low} to {high}.");
        });
        return option;
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
