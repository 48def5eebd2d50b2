using System.Text;
using System.Text.Json;

namespace ResearchKit.Data.Tasks;

/// <summary>A file of rows with named columns of text; whatever is wrong with it is told with file and line.</summary>
internal sealed class Table
{
    private Table(string file, IReadOnlyList<string> columns, List<Row> rows)
    {
        (File, Columns, Rows) = (file, columns, rows);
        if (rows.Count == 0)
            throw new KitException($"{file} holds no rows.");
    }

    /// <summary>Where it was read from.</summary>
    public string File { get; }

    /// <summary>Columns of the first row.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Whether there is a column of that name.</summary>
    public bool Has(string column) => Columns.Contains(column);

    /// <summary>One row.</summary>
    internal sealed record Row(string File, int Line, IReadOnlyDictionary<string, string> Values)
    {
        /// <summary>What stands in a column.</summary>
        public string this[string column] => Values.TryGetValue(column, out string? value) ? value : throw Wrong($"a '{column}'");

        /// <summary>The error that something else was expected here.</summary>
        public KitException Wrong(string expected) => Table.Wrong(File, Line, expected);
    }

    /// <summary>An object a line; texts, numbers and truth values are taken as they are written.</summary>
    public static Table ReadJsonLines(string file)
    {
        var rows = new List<Row>();
        foreach (var (line, text) in Lines(file))
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
                rows.Add(new(file, line, values));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw Wrong(file, line, $"a JSON object ({e.Message.Split(" LineNumber:")[0].TrimEnd('.')})");
            }
        }
        return new(file, [.. rows.Take(1).SelectMany(r => r.Values.Keys)], rows);
    }

    /// <summary>A header of column names, then as many fields a line, separated by tabs.</summary>
    /// <param name="file">The file.</param>
    /// <param name="columns">Names of the columns of a file without a header.</param>
    /// <param name="skipShort">Leave out rows with fewer fields, which some published files have, instead of refusing them.</param>
    public static Table ReadTabs(string file, string[]? columns = null, bool skipShort = false)
    {
        var rows = new List<Row>();
        foreach (var (line, text) in Lines(file))
        {
            string[] fields = text.Split('\t');
            if (columns is null)
            {
                columns = fields;
                if (columns.Distinct().Count() < columns.Length)
                    throw Wrong(file, line, "a header without repeated column names");
            }
            else if (skipShort && fields.Length < columns.Length)
                continue;
            else if (fields.Length != columns.Length)
                throw Wrong(file, line, $"{columns.Length} fields separated by tabs ({string.Join(", ", columns)}), found {fields.Length}");
            else
                rows.Add(new(file, line, columns.Zip(fields).ToDictionary(f => f.First, f => f.Second)));
        }
        return new(file, columns ?? [], rows);
    }

    /// <summary>The lines that are not blank, numbered from 1.</summary>
    private static IEnumerable<(int Number, string Text)> Lines(string file)
    {
        string[] lines;
        try
        {
            lines = System.IO.File.ReadAllLines(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException e)
        {
            throw new KitException($"{file} is not UTF-8 text: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Cannot read {file}: {e.Message}", e);
        }
        return lines.Select((text, i) => (i + 1, text)).Where(l => !string.IsNullOrWhiteSpace(l.text));
    }

    private static KitException Wrong(string file, int line, string expected) => new($"{file}, line {line}: expected {expected}.");
}
