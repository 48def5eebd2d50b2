using Microsoft.DotNet.Interactive.Formatting;

namespace Microsoft.DotNet.Interactive.Formatting
{
    /// <summary>What was shown, so that it can be shown anew in its place.</summary>
    public class DisplayedValue
    {
        private string? _displayId;

        public DisplayedValue(object? value, IReadOnlyList<FormattedValue> formattedValues)
        {
            Value = value;
            FormattedValues = formattedValues ?? throw new ArgumentNullException(nameof(formattedValues));
        }

        public string DisplayId => _displayId ??= Guid.NewGuid().ToString();

        public IReadOnlyList<FormattedValue> FormattedValues { get; private set; }

        public bool IsUpdated { get; private set; }

        public object? Value { get; private set; }

        public void Update(object? updatedValue)
        {
            IsUpdated = true;
            Value = updatedValue;
            FormattedValues = FormattedValue.CreateManyFromObject(updatedValue, [.. FormattedValues.Select(formatted => formatted.MimeType)]);
            Formatter.Show(this);
        }
    }
}

namespace System
{
    public static class DisplayExtensions
    {
        public static DisplayedValue Display(this object? value, params string[] mimeTypes) =>
            Show(new DisplayedValue(value, FormattedValue.CreateManyFromObject(value, mimeTypes)));

        public static DisplayedValue DisplayAs(this string value, string mimeType) => Show(new DisplayedValue(value, [new FormattedValue(mimeType, value)]));

        private static DisplayedValue Show(DisplayedValue shown)
        {
            Formatter.Show(shown);
            return shown;
        }
    }
}
