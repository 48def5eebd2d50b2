using System.Globalization;

namespace Microsoft.Data.Analysis;

// Cell by cell, to columns of true and false. As in the real package a null number counts as 0 here.
public abstract partial class DataFrameColumn
{
    public PrimitiveDataFrameColumn<bool> ElementwiseEquals(DataFrameColumn column) => Compare(column, (a, b) => Equal(a, b));

    public PrimitiveDataFrameColumn<bool> ElementwiseEquals<T>(T value) => Compare(value, (a, b) => Equal(a, b));

    public PrimitiveDataFrameColumn<bool> ElementwiseNotEquals(DataFrameColumn column) => Compare(column, (a, b) => !Equal(a, b));

    public PrimitiveDataFrameColumn<bool> ElementwiseNotEquals<T>(T value) => Compare(value, (a, b) => !Equal(a, b));

    public PrimitiveDataFrameColumn<bool> ElementwiseGreaterThan(DataFrameColumn column) => Compare(column, (a, b) => Number(a) > Number(b));

    public PrimitiveDataFrameColumn<bool> ElementwiseGreaterThan<T>(T value) => Compare(value, (a, b) => Number(a) > Number(b));

    public PrimitiveDataFrameColumn<bool> ElementwiseGreaterThanOrEqual<T>(T value) => Compare(value, (a, b) => Number(a) >= Number(b));

    public PrimitiveDataFrameColumn<bool> ElementwiseLessThan(DataFrameColumn column) => Compare(column, (a, b) => Number(a) < Number(b));

    public PrimitiveDataFrameColumn<bool> ElementwiseLessThan<T>(T value) => Compare(value, (a, b) => Number(a) < Number(b));

    public PrimitiveDataFrameColumn<bool> ElementwiseLessThanOrEqual<T>(T value) => Compare(value, (a, b) => Number(a) <= Number(b));

    public virtual PrimitiveDataFrameColumn<bool> ElementwiseIsNull() => new BooleanDataFrameColumn(Name, Cells.Select(cell => cell is null));

    public virtual PrimitiveDataFrameColumn<bool> ElementwiseIsNotNull() => new BooleanDataFrameColumn(Name, Cells.Select(cell => cell is not null));

    private BooleanDataFrameColumn Compare(DataFrameColumn column, Func<object, object, bool> comparison) => column.Length == Length
        ? new(Name, Cells.Zip(column.Cells, comparison))
        : throw new ArgumentException($"Columns {Name} and {column.Name} differ in length.", nameof(column));

    private BooleanDataFrameColumn Compare(object value, Func<object, object, bool> comparison) => new(Name, Cells.Select(cell => comparison(cell, value)));

    private bool Equal(object a, object b) => IsNumericColumn() ? Number(a) == Number(b) : Equals(a, b);

    private static double Number(object value) => Convert.ToDouble(value ?? 0, CultureInfo.InvariantCulture);
}
