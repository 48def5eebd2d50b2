namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>A value as text of one mime type.</summary>
public class FormattedValue
{
    public FormattedValue(string mimeType, string? value)
    {
        if (string.IsNullOrWhiteSpace(mimeType)) throw new ArgumentException("Value cannot be null or whitespace.", nameof(mimeType));
        MimeType = mimeType;
        Value = value;
    }

    public string MimeType { get; }

    public string? Value { get; }

    public bool SuppressDisplay { get; set; }

    public static FormattedValue CreateSingleFromObject(object? value, string? mimeType = null)
    {
        mimeType ??= Formatter.GetPreferredMimeTypesFor(value?.GetType()).First();
        return new FormattedValue(mimeType, value.ToDisplayString(mimeType));
    }

    public static IReadOnlyList<FormattedValue> CreateManyFromObject(object? value, params string[]? mimeTypes)
    {
        IEnumerable<string> wanted = mimeTypes is { Length: > 0 } ? mimeTypes : Formatter.GetPreferredMimeTypesFor(value?.GetType());
        return [.. wanted.Select(mime => new FormattedValue(mime, value.ToDisplayString(mime)))];
    }

    public override string ToString() => $"{MimeType}: {Value}";
}
