using System.Globalization;

namespace Plotly.NET;

/// <summary>One colour, a list of them, or values that a colour scale paints.</summary>
public class Color
{
    private Color(object value) => Value = value;

    public object Value { get; }

    public static Color fromString(string c) => new(c);

    public static Color fromRGB(int r, int g, int b) => fromARGB(255, r, g, b);

    public static Color fromARGB(int a, int r, int g, int b)
    {
        foreach (int part in (int[])[a, r, g, b])
            if (part is < 0 or > 255) throw new Exception($"{part} is no part of a colour: each lies between 0 and 255.");
        double alpha = Math.Round(a / 255.0, 1);
        return new(FormattableString.Invariant($"rgba({r}, {g}, {b}, {alpha:0.0})"));
    }

    public static Color fromHex(string s)
    {
        var digits = s.TrimStart('#');
        if (digits.Length != 6 || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rgb))
            throw new ArgumentException($"'{s}' is no colour of six hexadecimal digits.", nameof(s));
        return fromRGB(rgb >> 16, (rgb >> 8) & 255, rgb & 255);
    }

    public static Color fromColors(IEnumerable<Color> c) => new(c.Select(color => color.Value));

    public static Color fromColorScaleValues<a>(IEnumerable<a> c) => new(c);
}
