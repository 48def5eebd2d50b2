namespace Microsoft.Data.Analysis;

// Cell by cell; a null on either side gives null, the result keeps the left name, and integers stay integers.
public abstract partial class DataFrameColumn
{
    public virtual DataFrameColumn Add(DataFrameColumn column, bool inPlace = false) => Combine(column, Sum, inPlace);

    public virtual DataFrameColumn Add<T>(T value, bool inPlace = false) => Combine(value, Sum, inPlace);

    public DataFrameColumn Subtract(DataFrameColumn column, bool inPlace = false) => Combine(column, Difference, inPlace);

    public DataFrameColumn Subtract<T>(T value, bool inPlace = false) => Combine(value, Difference, inPlace);

    public DataFrameColumn Multiply(DataFrameColumn column, bool inPlace = false) => Combine(column, Product, inPlace);

    public DataFrameColumn Multiply<T>(T value, bool inPlace = false) => Combine(value, Product, inPlace);

    public DataFrameColumn Divide(DataFrameColumn column, bool inPlace = false) => Combine(column, Quotient, inPlace);

    public DataFrameColumn Divide<T>(T value, bool inPlace = false) => Combine(value, Quotient, inPlace);

    public static DataFrameColumn operator +(DataFrameColumn left, DataFrameColumn right) => left.Add(right);

    public static DataFrameColumn operator +(DataFrameColumn column, int value) => column.Add(value);

    public static DataFrameColumn operator +(DataFrameColumn column, float value) => column.Add(value);

    public static DataFrameColumn operator +(DataFrameColumn column, double value) => column.Add(value);

    public static DataFrameColumn operator -(DataFrameColumn left, DataFrameColumn right) => left.Subtract(right);

    public static DataFrameColumn operator -(DataFrameColumn column, int value) => column.Subtract(value);

    public static DataFrameColumn operator -(DataFrameColumn column, float value) => column.Subtract(value);

    public static DataFrameColumn operator -(DataFrameColumn column, double value) => column.Subtract(value);

    public static DataFrameColumn operator *(DataFrameColumn left, DataFrameColumn right) => left.Multiply(right);

    public static DataFrameColumn operator *(DataFrameColumn column, int value) => column.Multiply(value);

    public static DataFrameColumn operator *(DataFrameColumn column, float value) => column.Multiply(value);

    public static DataFrameColumn operator *(DataFrameColumn column, double value) => column.Multiply(value);

    public static DataFrameColumn operator /(DataFrameColumn left, DataFrameColumn right) => left.Divide(right);

    public static DataFrameColumn operator /(DataFrameColumn column, int value) => column.Divide(value);

    public static DataFrameColumn operator /(DataFrameColumn column, float value) => column.Divide(value);

    public static DataFrameColumn operator /(DataFrameColumn column, double value) => column.Divide(value);

    private protected DataFrameColumn Combine(DataFrameColumn other, Func<object, object, object> operation, bool inPlace)
    {
        if (other.Length != Length) throw new ArgumentException($"Columns {Name} and {other.Name} differ in length.", nameof(other));
        return Result(Promoted(DataType, other.DataType), Cells.Zip(other.Cells), operation, inPlace);
    }

    private protected DataFrameColumn Combine(object value, Func<object, object, object> operation, bool inPlace) =>
        Result(Promoted(DataType, value.GetType()), Cells.Select(cell => (cell, value)), operation, inPlace);

    private DataFrameColumn Result(Type type, IEnumerable<(object, object)> pairs, Func<object, object, object> operation, bool inPlace)
    {
        var cells = pairs.Select(p => p.Item1 is null || p.Item2 is null ? null
            : operation(Convert.ChangeType(p.Item1, type), Convert.ChangeType(p.Item2, type))).ToList();
        if (!inPlace) return Of(type, Name).With(cells);
        if (type != DataType) throw new ArgumentException($"Column {Name} holds {DataType.Name}, and the result would be {type.Name}.");
        for (int i = 0; i < cells.Count; i++) Cells[i] = cells[i];
        return this;
    }

    private static Type Promoted(Type a, Type b)
    {
        if (a == b) return a;
        if (!IsNumber(a) || !IsNumber(b)) throw new NotImplementedException($"{a.Name} and {b.Name} cannot be calculated with.");
        return Fractional(a) || Fractional(b) ? typeof(double) : typeof(long);
    }

    private static bool Fractional(Type type) => type == typeof(float) || type == typeof(double);

    internal static bool IsNumber(Type type) => Fractional(type) || type == typeof(int) || type == typeof(long);

    private static object Sum(object a, object b) => (a, b) switch
    {
        (int x, int y) => x + y,
        (long x, long y) => x + y,
        (float x, float y) => x + y,
        (string x, string y) => x + y,
        _ => (double)a + (double)b,
    };

    private static object Difference(object a, object b) => (a, b) switch
    {
        (int x, int y) => x - y,
        (long x, long y) => x - y,
        (float x, float y) => x - y,
        _ => (double)a - (double)b,
    };

    private static object Product(object a, object b) => (a, b) switch
    {
        (int x, int y) => x * y,
        (long x, long y) => x * y,
        (float x, float y) => x * y,
        _ => (double)a * (double)b,
    };

    private static object Quotient(object a, object b) => (a, b) switch
    {
        (int x, int y) => x / y,
        (long x, long y) => x / y,
        (float x, float y) => x / y,
        _ => (double)a / (double)b,
    };
}
