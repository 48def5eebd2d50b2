using System.Globalization;
using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// Takes the accents off: canonical decomposition (NFD), then every nonspacing mark away. The table is the kit's own
/// (<c>accents.txt</c>, made by <c>make_accents.js</c>), because .NET decomposes only where an ICU library is installed, and
/// the same text has to give the same ids on every machine.
/// </summary>
internal static class Accents
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, Vowels = 21, Finals = 28;

    private static readonly Lazy<Dictionary<int, string>> Table = new(ReadTable);

    /// <summary>Appends the character without its accents; nothing where it is itself a nonspacing mark.</summary>
    public static void AppendStripped(StringBuilder into, Rune rune)
    {
        if (rune.IsAscii)
            into.Append((char)rune.Value);
        else if (rune.Value - HangulFirst is >= 0 and < HangulCount and var syllable)
            AppendJamo(into, syllable);
        else if (Table.Value.TryGetValue(rune.Value, out string? rest))
            into.Append(rest);
        else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            into.Append(rune);
    }

    /// <summary>A Hangul syllable decomposes by arithmetic (Unicode, section 3.12): leading consonant, vowel, final consonant.</summary>
    private static void AppendJamo(StringBuilder into, int syllable)
    {
        into.Append((char)(0x1100 + syllable / (Vowels * Finals)));
        into.Append((char)(0x1161 + syllable / Finals % Vowels));
        if (syllable % Finals != 0)
            into.Append((char)(0x11A7 + syllable % Finals));
    }

    private static Dictionary<int, string> ReadTable()
    {
        using var stream = typeof(Accents).Assembly.GetManifestResourceStream("ResearchKit.Text.accents.txt")
            ?? throw new InvalidOperationException("The assembly was built without its resource accents.txt.");
        using var reader = new StreamReader(stream);
        var table = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            int[] points = [.. line.Split(' ').Select(x => int.Parse(x, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            table[points[0]] = string.Concat(points.Skip(1).Select(char.ConvertFromUtf32));
        }
        return table;
    }
}
