using System.Collections;

namespace Microsoft.Data.Analysis;

/// <summary>A named column of cells of one type, any of which may be null.</summary>
public abstract partial class DataFrameColumn : IEnumerable
{
    internal readonly List<object> Cells = [];

    public DataFrameColumn(string name, long length, Type type)
    {
        (Name, DataType) = (name, type);
        for (long i = 0; i < length; i++) Cells.Add(null);
    }

    public string Name { get; private set; }

    public Type DataType { get; }

    public long Length
    {
        get => Cells.Count;
        protected set => throw new NotSupportedException("A column's length follows from its cells.");
    }

    public abstract long NullCount { get; }

    public object this[long rowIndex]
    {
        get => Cells[Index(rowIndex)];
        set => Cells[Index(rowIndex)] = Checked(value);
    }

    public IReadOnlyList<object> this[long startIndex, int length] => Cells.GetRange(Index(startIndex), length);

    public void SetName(string newName) => Name = newName;

    public virtual bool IsNumericColumn() => false;

    public DataFrameColumn Clone(long numberOfNullsToAppend = 0) => With(Cells.Concat(Enumerable.Repeat<object>(null, (int)numberOfNullsToAppend)));

    public virtual DataFrameColumn Sort(bool ascending = true, bool putNullValuesLast = true) => At(Order(ascending, putNullValuesLast));

    public DataFrameColumn FillNulls(object value, bool inPlace = false)
    {
        var target = inPlace ? this : Clone();
        var filler = Fitting(value) ?? throw new ArgumentException($"Column {Name} holds {DataType.Name}, and {value} is none.", nameof(value));
        for (int i = 0; i < target.Cells.Count; i++) target.Cells[i] ??= filler;
        return target;
    }

    IEnumerator IEnumerable.GetEnumerator() => Cells.GetEnumerator();

    public static PrimitiveDataFrameColumn<T> Create<T>(string name, IEnumerable<T> values) where T : unmanaged => new(name, values);

    public static PrimitiveDataFrameColumn<T> Create<T>(string name, IEnumerable<T?> values) where T : unmanaged => new(name, values);

    public static StringDataFrameColumn Create(string name, IEnumerable<string> values) => new(name, values);

    /// <summary>A column of this kind with other cells.</summary>
    internal abstract DataFrameColumn With(IEnumerable<object> cells, string name = null);

    internal abstract GroupBy Grouped(DataFrame parent, int index);

    internal DataFrameColumn At(IEnumerable<long> rows) => With(rows.Select(row => row < 0 ? null : Cells[Index(row)]));

    /// <summary>Appends a cell, converted as far as it can be.</summary>
    internal void AppendConverted(object value) => Cells.Add(value is null || value.GetType() == DataType ? value
        : Convert.ChangeType(value, DataType, System.Globalization.CultureInfo.CurrentCulture));

    /// <summary>The rows in the order of their cells; equal cells stay in their order, and downwards is the reverse of upwards.</summary>
    internal List<long> Order(bool ascending, bool nullsLast)
    {
        var rows = Enumerable.Range(0, Cells.Count).Select(i => (long)i);
        var filled = rows.Where(i => Cells[(int)i] is not null).OrderBy(i => Cells[(int)i], Comparer<object>.Default).ToList();
        if (!ascending) filled.Reverse();
        var empty = rows.Where(i => Cells[(int)i] is null);
        return nullsLast ? [.. filled, .. empty] : [.. empty, .. filled];
    }

    internal static DataFrameColumn Of(Type type, string name) =>
        type == typeof(string) ? new StringDataFrameColumn(name, 0)
        : type == typeof(double) ? new DoubleDataFrameColumn(name, 0)
        : type == typeof(float) ? new SingleDataFrameColumn(name, 0)
        : type == typeof(int) ? new Int32DataFrameColumn(name, 0)
        : type == typeof(long) ? new Int64DataFrameColumn(name, 0)
        : type == typeof(bool) ? new BooleanDataFrameColumn(name, 0)
        : type == typeof(DateTime) ? new DateTimeDataFrameColumn(name, 0)
        : throw new NotSupportedException($"A column of {type.Name} is not supported.");

    private object Fitting(object value)
    {
        if (value is null || value.GetType() == DataType) return value;
        try
        {
            return DataType == typeof(string) ? null : Convert.ChangeType(value, DataType);
        }
        catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private object Checked(object value) => value is null || value.GetType() == DataType ? value
        : throw new ArgumentException($"Column {Name} holds {DataType.Name}, not {value.GetType().Name}.", nameof(value));

    private int Index(long row) => row >= 0 && row < Cells.Count ? (int)row
        : throw new ArgumentOutOfRangeException(nameof(row), row, $"Column {Name} has {Cells.Count} rows.");
}
