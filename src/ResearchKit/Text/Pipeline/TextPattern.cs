using System.Text.Json;
using System.Text.RegularExpressions;

namespace ResearchKit.Text;

/// <summary>
/// What a stage looks for: a text, or a regular expression of the small kind that published files use, which means the same
/// to every engine: one literal character or <c>\s</c>, repeated, perhaps at an end of the text.
/// </summary>
internal sealed partial record TextPattern
{
    private readonly Regex? _regex;

    private TextPattern(string source, Regex? regex) => (Source, _regex) = (source, regex);

    /// <summary>How it is written.</summary>
    public string Source { get; }

    /// <summary>A text that is looked for as it stands.</summary>
    public static TextPattern Of(string literal) => new(literal, null);

    /// <summary>A regular expression, or null where it is not of the known kind.</summary>
    public static TextPattern? OfRegex(string source) => Known().IsMatch(source)
        ? new(source, new Regex(source.Replace(@"\s", "[" + Spaces + "]"), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)) : null;

    /// <summary>Where it stands in a text, from the left, none over another.</summary>
    public List<(int Start, int End)> Matches(ReadOnlySpan<char> text)
    {
        var found = new List<(int Start, int End)>();
        if (_regex is not null)
        {
            foreach (var match in _regex.EnumerateMatches(text))
                found.Add((match.Index, match.Index + match.Length));
            return found;
        }
        for (int at = 0; Source.Length > 0 && at < text.Length;)
        {
            int next = text[at..].IndexOf(Source, StringComparison.Ordinal);
            if (next < 0)
                break;
            found.Add((at + next, at + next + Source.Length));
            at += next + Source.Length;
        }
        return found;
    }

    /// <summary>The text with every match replaced.</summary>
    public string Replace(string text, string content)
    {
        var result = new System.Text.StringBuilder();
        int copied = 0;
        foreach (var (start, end) in Matches(text))
        {
            result.Append(text, copied, start - copied).Append(content);
            copied = end;
        }
        return result.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>Writes it as the member <c>pattern</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("pattern");
        json.WriteString(_regex is null ? "String" : "Regex", Source);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public bool Equals(TextPattern? other) => other is not null && Source == other.Source && _regex is null == other._regex is null;

    /// <inheritdoc/>
    public override int GetHashCode() => Source.GetHashCode(StringComparison.Ordinal);

    private const string Spaces = @"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

    [GeneratedRegex(@"\A(\\A)?([^\\\[\](){}.*+?^$|\uD800-\uDFFF]|\\s)(\+|\{[0-9]{1,3},([0-9]{1,3})?\})?(\\z)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Known();
}
