using System.Globalization;
using System.Text;

namespace Microsoft.Data.Analysis;

public enum DropNullOptions { Any, All }

/// <summary>A table of named columns of equal length.</summary>
public partial class DataFrame
{
    public DataFrame(params DataFrameColumn[] columns) : this((IEnumerable<DataFrameColumn>)columns) { }

    public DataFrame(IEnumerable<DataFrameColumn> columns)
    {
        Columns = [];
        Rows = new DataFrameRowCollection(this);
        foreach (var column in columns) Columns.Add(column);
    }

    public DataFrameColumnCollection Columns { get; }

    public DataFrameRowCollection Rows { get; }

    public DataFrameColumn this[string columnName]
    {
        get => Columns[columnName];
        set => Columns[columnName] = value;
    }

    public object this[long rowIndex, int columnIndex]
    {
        get => Columns[columnIndex][rowIndex];
        set => Columns[columnIndex][rowIndex] = value;
    }

    public DataFrame this[IEnumerable<bool> rowFilter] => Filter(new BooleanDataFrameColumn("filter", rowFilter));

    public DataFrame this[PrimitiveDataFrameColumn<bool> rowFilter] => Filter(rowFilter);

    public DataFrame Filter(PrimitiveDataFrameColumn<bool> filter) =>
        At(Enumerable.Range(0, (int)Math.Min(filter.Length, Rows.Count)).Where(i => filter[i] == true).Select(i => (long)i));

    public DataFrame Filter(PrimitiveDataFrameColumn<int> rowIndices) => At(rowIndices.Select(i => (long)i.Value));

    public DataFrame Filter(PrimitiveDataFrameColumn<long> rowIndices) => At(rowIndices.Select(i => i.Value));

    public DataFrame OrderBy(string columnName, bool ascending = true, bool putNullValuesLast = true) => At(Columns[columnName].Order(ascending, putNullValuesLast));

    public DataFrame OrderByDescending(string columnName, bool putNullValuesLast = true) => OrderBy(columnName, false, putNullValuesLast);

    public DataFrame Head(int numberOfRows) => At(Span(0, numberOfRows));

    public DataFrame Tail(int numberOfRows) => numberOfRows <= Rows.Count ? At(Span(Rows.Count - numberOfRows, numberOfRows))
        : throw new ArgumentOutOfRangeException(nameof(numberOfRows), numberOfRows, $"The frame has {Rows.Count} rows.");

    public DataFrame Sample(int numberOfRows) => At(Random.Shared.GetItems(Span(0, (int)Rows.Count).ToArray(), numberOfRows));

    public DataFrame Clone() => At(Span(0, (int)Rows.Count));

    public DataFrame DropNulls(DropNullOptions options = DropNullOptions.Any) => At(Span(0, (int)Rows.Count).Where(i =>
        options is DropNullOptions.Any ? Columns.All(c => c[i] is not null) : Columns.Any(c => c[i] is not null)));

    public DataFrame FillNulls(object value, bool inPlace = false)
    {
        var target = inPlace ? this : Clone();
        foreach (var column in target.Columns) column.FillNulls(value, inPlace: true);
        return target;
    }

    public DataFrame Clamp<U>(U min, U max, bool inPlace = false)
    {
        var target = inPlace ? this : Clone();
        foreach (var column in target.Columns.Where(c => c.IsNumericColumn())) column.Clamp(min, max, inPlace: true);
        return target;
    }

    public DataFrame Append(IEnumerable<object> row = null, bool inPlace = false, CultureInfo cultureInfo = null)
    {
        var cells = row?.ToList() ?? [];
        if (cells.Count > Columns.Count) throw new ArgumentException($"The row has {cells.Count} values, the frame {Columns.Count} columns.", nameof(row));
        var target = inPlace ? this : Clone();
        for (int i = 0; i < target.Columns.Count; i++) target.Columns[i].AppendConverted(i < cells.Count ? cells[i] : null);
        return target;
    }

    public DataFrame Append(IEnumerable<KeyValuePair<string, object>> row, bool inPlace = false, CultureInfo cultureInfo = null)
    {
        var cells = new object[Columns.Count];
        foreach (var (name, value) in row) cells[Columns.Known(name)] = value;
        return Append(cells, inPlace, cultureInfo);
    }

    public DataFrame Append(IEnumerable<DataFrameRow> rows, bool inPlace = false, CultureInfo cultureInfo = null)
    {
        var target = inPlace ? this : Clone();
        foreach (var row in rows.ToList()) target.Append(row, inPlace: true, cultureInfo);
        return target;
    }

    public static DataFrame operator *(DataFrame df, double value) => new(df.Columns.Select(column => column * value));

    public static DataFrame operator /(DataFrame df, double value) => new(df.Columns.Select(column => column / value));

    public static DataFrame operator +(DataFrame df, double value) => new(df.Columns.Select(column => column + value));

    public static DataFrame operator -(DataFrame df, double value) => new(df.Columns.Select(column => column - value));

    public DataFrame Description()
    {
        var numeric = Columns.Where(c => c.IsNumericColumn()).Select(c => new SingleDataFrameColumn(c.Name, (float?[])
        [
            c.Length - c.NullCount, Value(c.Max()), Value(c.Min()), c.Length == 0 ? 0 : Value(c.Sum() ?? 0) / c.Length,
        ]));
        return new([new StringDataFrameColumn("Description", ["Length (excluding null values)", "Max", "Min", "Mean"]), .. numeric]);

        static float? Value(object number) => number is null ? null : Convert.ToSingle(number, CultureInfo.InvariantCulture);
    }

    public DataFrame Info() => new(
    [
        new StringDataFrameColumn("Info", ["DataType", "Length (excluding null values)"]),
        .. Columns.Select(c => new StringDataFrameColumn(c.Name, [c.DataType.ToString(), (c.Length - c.NullCount).ToString(CultureInfo.CurrentCulture)])),
    ]);

    public override string ToString() => ToString(Rows.Count);

    public string ToString(long rowsToShow)
    {
        int width = Math.Max(10, Columns.Select(c => c.Name.Length + 1).DefaultIfEmpty().Max());
        var text = new StringBuilder();
        foreach (var column in Columns) text.Append(column.Name.PadRight(width));
        text.AppendLine();
        foreach (var row in Rows.Take((int)rowsToShow))
        {
            foreach (var cell in row) text.Append($"{cell ?? "null"}".PadRight(width));
            text.AppendLine();
        }
        if (rowsToShow < Rows.Count) text.AppendLine(CultureInfo.CurrentCulture, $"  ... {rowsToShow} of total {Rows.Count}");
        return text.ToString();
    }

    internal DataFrame At(IEnumerable<long> rows)
    {
        var chosen = rows.ToList();
        return new(Columns.Select(column => column.At(chosen)));
    }

    private static IEnumerable<long> Span(long start, int count) => Enumerable.Range((int)start, count).Select(i => (long)i);
}
