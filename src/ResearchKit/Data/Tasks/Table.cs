using System.Text;
using System.Text.Json;

namespace ResearchKit.Data.Tasks;

/// <summary>A file of rows with named columns of text; whatever is wrong with it is told with file and line.</summary>
internal sealed class Table
{
    private Table(string file, IEnumerable<Row> rows)
    {
        (File, Rows) = (file, [.. rows]);
        if (Rows.Count == 0)
            throw new KitException($"{file} holds no rows.");
    }

    /// <summary>Where it was read from.</summary>
    public string File { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Columns of the first row.</summary>
    public IEnumerable<string> Columns => Rows[0].Columns.Keys;

    /// <summary>Whether there is a column of that name.</summary>
    public bool Has(string column) => Rows[0].Columns.ContainsKey(column);

    /// <summary>One row.</summary>
    /// <param name="File">Where it stands.</param>
    /// <param name="Line">Its line, from 1.</param>
    /// <param name="Columns">For each column's name the place of its field; rows of one file may share it.</param>
    /// <param name="Fields">What stands in them.</param>
    internal sealed record Row(string File, int Line, IReadOnlyDictionary<string, int> Columns, IReadOnlyList<string> Fields)
    {
        /// <summary>What stands in a column.</summary>
        public string this[string column] => Columns.TryGetValue(column, out int i) ? Fields[i] : throw Wrong($"a '{column}'");

        /// <summary>The error that something else was expected here.</summary>
        public KitException Wrong(string expected) => Table.Wrong(File, Line, expected);
    }

    /// <summary>An object a line; texts, numbers and truth values are taken as they are written.</summary>
    public static Table ReadJsonLines(string file) => new(file, Lines(file).Select(l => JsonRow(file, l.Number, l.Text)));

    /// <summary>A header of column names, then as many fields a line, separated by tabs.</summary>
    public static Table ReadTabs(string file) => new(file, Tabs(file));

    /// <summary>The rows of a file of fields separated by tabs, one after the other, so that a large file is never whole in memory.</summary>
    /// <param name="file">The file.</param>
    /// <param name="columns">Names of the columns of a file without a header; null where its first line is one.</param>
    /// <param name="skipShort">Leave out rows with too few fields, which some published files have, instead of refusing them.</param>
    /// <param name="allowLong">Take rows with more fields than there are columns.</param>
    public static IEnumerable<Row> Tabs(string file, IReadOnlyList<string>? columns = null, bool skipShort = false, bool allowLong = false)
    {
        var places = columns is null ? null : Places(columns);
        foreach (var (line, text) in Lines(file))
        {
            string[] fields = text.Split('\t');
            if (places is null)
            {
                if (fields.Distinct().Count() < fields.Length)
                    throw Wrong(file, line, "a header without repeated column names");
                places = Places(fields);
            }
            else if (fields.Length == places.Count || (allowLong && fields.Length > places.Count))
                yield return new(file, line, places, fields);
            else if (!skipShort || fields.Length > places.Count)
                throw Wrong(file, line, $"{places.Count} fields separated by tabs ({string.Join(", ", places.Keys)}), found {fields.Length}");
        }
    }

    private static Row JsonRow(string file, int line, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Wrong(file, line, "an object in braces");
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject())
                if (member.Value.ValueKind is JsonValueKind.String)
                    values[member.Name] = member.Value.GetString()!;
                else if (member.Value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
                    values[member.Name] = member.Value.GetRawText();
            return new(file, line, Places([.. values.Keys]), [.. values.Values]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Wrong(file, line, $"a JSON object ({e.Message.Split(" LineNumber:")[0].TrimEnd('.')})");
        }
    }

    private static Dictionary<string, int> Places(IReadOnlyList<string> columns) => columns.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);

    /// <summary>The lines that are not blank, numbered from 1.</summary>
    private static IEnumerable<(int Number, string Text)> Lines(string file)
    {
        using var reader = Guarded(file, () => new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true)));
        for (int number = 1; Guarded(file, reader.ReadLine) is { } text; number++)
            if (!string.IsNullOrWhiteSpace(text))
                yield return (number, text);
    }

    private static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException e)
        {
            throw new KitException($"{file} is not UTF-8 text: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Cannot read {file}: {e.Message}", e);
        }
    }

    private static KitException Wrong(string file, int line, string expected) => new($"{file}, line {line}: expected {expected}.");
}
