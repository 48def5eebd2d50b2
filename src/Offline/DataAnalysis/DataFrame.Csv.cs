using System.Globalization;
using System.Text;

namespace Microsoft.Data.Analysis;

public partial class DataFrame
{
    public static DataFrame LoadCsv(string filename, char separator = ',', bool header = true, string[] columnNames = null, Type[] dataTypes = null,
        int numRows = -1, int guessRows = 10, bool addIndexColumn = false) =>
        Load(File.ReadAllText(filename), separator, header, columnNames, dataTypes, numRows, guessRows, addIndexColumn);

    public static DataFrame LoadCsvFromString(string csvString, char separator = ',', bool header = true, string[] columnNames = null,
        Type[] dataTypes = null, long numberOfRowsToRead = -1, int guessRows = 10, bool addIndexColumn = false) =>
        Load(csvString, separator, header, columnNames, dataTypes, numberOfRowsToRead, guessRows, addIndexColumn);

    public static DataFrame LoadFrom(IEnumerable<IList<object>> vals, IList<(string, Type)> columnInfos)
    {
        var frame = new DataFrame(columnInfos.Select(info => DataFrameColumn.Of(info.Item2, info.Item1)));
        foreach (var row in vals) frame.Append(row, inPlace: true);
        return frame;
    }

    public static void SaveCsv(DataFrame dataFrame, string path, char separator = ',', bool header = true, Encoding encoding = null,
        CultureInfo cultureInfo = null)
    {
        using var stream = File.Create(path);
        SaveCsv(dataFrame, stream, separator, header, encoding, cultureInfo);
    }

    public static void SaveCsv(DataFrame dataFrame, Stream csvStream, char separator = ',', bool header = true, Encoding encoding = null,
        CultureInfo cultureInfo = null)
    {
        using var writer = new StreamWriter(csvStream, encoding ?? new UTF8Encoding(false), leaveOpen: true) { NewLine = Environment.NewLine };
        if (header) writer.WriteLine(string.Join(separator, dataFrame.Columns.Select(c => Quoted(c.Name, separator))));
        foreach (var row in dataFrame.Rows)
            writer.WriteLine(string.Join(separator, row.Select(cell => Quoted(Spelled(cell, cultureInfo ?? CultureInfo.CurrentCulture), separator))));
    }

    private static string Spelled(object cell, CultureInfo culture) => cell switch
    {
        double d => d.ToString("G17", culture),
        float f => f.ToString("G9", culture),
        _ => Convert.ToString(cell, culture),
    };

    private static string Quoted(string text, char separator) =>
        text.AsSpan().IndexOfAny([separator, '"', '\n', '\r']) < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";

    private static DataFrame Load(string text, char separator, bool header, string[] names, Type[] types, long limit, int guessRows, bool index)
    {
        var lines = Parse(text, separator);
        if (lines.Count == 0) throw new FormatException("The text is empty.");
        if (header)
        {
            names ??= [.. lines[0]];
            lines.RemoveAt(0);
        }
        if (lines.Count == 0) return new DataFrame();
        names ??= [.. Enumerable.Range(0, lines[0].Count).Select(i => $"Column{i}")];
        if (limit >= 0) lines = [.. lines.Take((int)limit)];
        if (lines.FirstOrDefault(line => line.Count < names.Length) is { } ragged)
            throw new FormatException($"A line has {ragged.Count} fields, and {names.Length} are expected.");
        types ??= [.. Enumerable.Range(0, names.Length).Select(i => Guess([.. lines.Take(guessRows).Select(line => line[i])]))];

        var columns = names.Select((name, i) =>
        {
            var column = DataFrameColumn.Of(types[i], name);
            foreach (var line in lines) column.AppendConverted(types[i] != typeof(string) && line[i].Length == 0 ? null : line[i]);
            return column;
        }).ToList();
        if (index) columns.Insert(0, new Int64DataFrameColumn("IndexColumn", Enumerable.Range(0, lines.Count).Select(i => (long)i)));
        return new DataFrame(columns);
    }

    private static Type Guess(string[] fields)
    {
        var filled = fields.Where(f => f.Length > 0).ToList();
        if (filled.Count == 0) return typeof(string);
        if (filled.All(f => bool.TryParse(f, out _))) return typeof(bool);
        if (filled.All(f => float.TryParse(f, out _))) return typeof(float);
        return filled.All(f => DateTime.TryParse(f, out _)) ? typeof(DateTime) : typeof(string);
    }

    // Fields in quotes may hold separators, line ends and doubled quotes; the others are trimmed.
    private static List<List<string>> Parse(string text, char separator)
    {
        var lines = new List<List<string>>();
        var line = new List<string>();
        for (int i = 0; i < text.Length;)
        {
            var field = new StringBuilder();
            if (text[i] == '"')
            {
                for (i++; i < text.Length; i++)
                {
                    if (text[i] != '"') field.Append(text[i]);
                    else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                    else break;
                }
                i++;
                line.Add(field.ToString());
            }
            else
            {
                while (i < text.Length && text[i] != separator && text[i] != '\n') field.Append(text[i++]);
                line.Add(field.ToString().Trim());
            }
            while (i < text.Length && text[i] != separator && text[i] != '\n') i++;
            bool ends = i >= text.Length || text[i] == '\n';
            i++;
            if (!ends && i >= text.Length) line.Add("");
            if (!ends && i < text.Length) continue;
            lines.Add(line);
            line = [];
        }
        return lines;
    }
}
