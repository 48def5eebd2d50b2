using System.Collections;

namespace Microsoft.Data.Analysis;

/// <summary>A column of numbers, truth values or times.</summary>
public class PrimitiveDataFrameColumn<T> : DataFrameColumn, IEnumerable<T?> where T : unmanaged
{
    public PrimitiveDataFrameColumn(string name, IEnumerable<T?> values) : base(name, 0, typeof(T)) => Cells.AddRange(values.Select(v => (object)v));

    public PrimitiveDataFrameColumn(string name, IEnumerable<T> values) : base(name, 0, typeof(T)) => Cells.AddRange(values.Cast<object>());

    public PrimitiveDataFrameColumn(string name, long length = 0) : base(name, length, typeof(T)) { }

    public new T? this[long rowIndex]
    {
        get => (T?)base[rowIndex];
        set => base[rowIndex] = value;
    }

    public new IReadOnlyList<T?> this[long startIndex, int length] => [.. base[startIndex, length].Select(cell => (T?)cell)];

    public override long NullCount => Cells.Count(cell => cell is null);

    public override bool IsNumericColumn() => IsNumber(typeof(T));

    public void Append(T? value) => Cells.Add(value);

    public IEnumerator<T?> GetEnumerator() => Cells.Select(cell => (T?)cell).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Cells.GetEnumerator();

    public void ApplyElementwise(Func<T?, long, T?> func)
    {
        for (int i = 0; i < Cells.Count; i++) Cells[i] = func((T?)Cells[i], i);
    }

    public PrimitiveDataFrameColumn<TResult> Apply<TResult>(Func<T?, TResult?> func) where TResult : unmanaged => new("Result", this.Select(func));

    internal override DataFrameColumn With(IEnumerable<object> cells, string name = null)
    {
        var column = IsNumber(typeof(T)) || typeof(T) == typeof(bool) || typeof(T) == typeof(DateTime)
            ? Of(typeof(T), name ?? Name) : new PrimitiveDataFrameColumn<T>(name ?? Name);
        column.Cells.AddRange(cells);
        return column;
    }

    internal override GroupBy Grouped(DataFrame parent, int index) => new GroupBy<T>(parent, index);
}

/// <summary>A column of texts.</summary>
public class StringDataFrameColumn : DataFrameColumn, IEnumerable<string>
{
    public StringDataFrameColumn(string name, IEnumerable<string> values) : base(name, 0, typeof(string)) => Cells.AddRange(values);

    public StringDataFrameColumn(string name, long length = 0) : base(name, length, typeof(string)) { }

    public new string this[long rowIndex]
    {
        get => (string)base[rowIndex];
        set => base[rowIndex] = value;
    }

    public override long NullCount => Cells.Count(cell => cell is null);

    public void Append(string value) => Cells.Add(value);

    public IEnumerator<string> GetEnumerator() => Cells.Cast<string>().GetEnumerator();

    internal override DataFrameColumn With(IEnumerable<object> cells, string name = null) => new StringDataFrameColumn(name ?? Name, cells.Cast<string>());

    internal override GroupBy Grouped(DataFrame parent, int index) => new GroupBy<string>(parent, index);
}

public class DoubleDataFrameColumn : PrimitiveDataFrameColumn<double>
{
    public DoubleDataFrameColumn(string name, IEnumerable<double?> values) : base(name, values) { }

    public DoubleDataFrameColumn(string name, IEnumerable<double> values) : base(name, values) { }

    public DoubleDataFrameColumn(string name, long length = 0) : base(name, length) { }
}

public class SingleDataFrameColumn : PrimitiveDataFrameColumn<float>
{
    public SingleDataFrameColumn(string name, IEnumerable<float?> values) : base(name, values) { }

    public SingleDataFrameColumn(string name, IEnumerable<float> values) : base(name, values) { }

    public SingleDataFrameColumn(string name, long length = 0) : base(name, length) { }
}

public class Int32DataFrameColumn : PrimitiveDataFrameColumn<int>
{
    public Int32DataFrameColumn(string name, IEnumerable<int?> values) : base(name, values) { }

    public Int32DataFrameColumn(string name, IEnumerable<int> values) : base(name, values) { }

    public Int32DataFrameColumn(string name, long length = 0) : base(name, length) { }
}

public class Int64DataFrameColumn : PrimitiveDataFrameColumn<long>
{
    public Int64DataFrameColumn(string name, IEnumerable<long?> values) : base(name, values) { }

    public Int64DataFrameColumn(string name, IEnumerable<long> values) : base(name, values) { }

    public Int64DataFrameColumn(string name, long length = 0) : base(name, length) { }
}

public class BooleanDataFrameColumn : PrimitiveDataFrameColumn<bool>
{
    public BooleanDataFrameColumn(string name, IEnumerable<bool?> values) : base(name, values) { }

    public BooleanDataFrameColumn(string name, IEnumerable<bool> values) : base(name, values) { }

    public BooleanDataFrameColumn(string name, long length = 0) : base(name, length) { }
}

public class DateTimeDataFrameColumn : PrimitiveDataFrameColumn<DateTime>
{
    public DateTimeDataFrameColumn(string name, IEnumerable<DateTime?> values) : base(name, values) { }

    public DateTimeDataFrameColumn(string name, IEnumerable<DateTime> values) : base(name, values) { }

    public DateTimeDataFrameColumn(string name, long length = 0) : base(name, length) { }
}
