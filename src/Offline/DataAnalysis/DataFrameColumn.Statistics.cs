using System.Globalization;

namespace Microsoft.Data.Analysis;

public abstract partial class DataFrameColumn
{
    private IEnumerable<object> Filled => Cells.Where(cell => cell is not null);

    public virtual double Mean()
    {
        var values = Numbers();
        return values.Count == 0 ? 0 : values.Average();
    }

    public virtual double Median()
    {
        var values = Numbers();
        values.Sort();
        return values.Count == 0 ? 0 : (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    public virtual object Max() => Extreme((a, b) => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Max(a, b));

    public virtual object Min() => Extreme((a, b) => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Min(a, b));

    public virtual object Sum() => Filled.Aggregate((object)null, (sum, cell) => sum is null ? cell : Sum(sum, cell));

    public DataFrameColumn CumulativeSum(bool inPlace = false) => Running(Sum, inPlace);

    public DataFrameColumn Clamp<U>(U min, U max, bool inPlace = false)
    {
        var (low, high) = (Convert.ChangeType(min, DataType, CultureInfo.InvariantCulture), Convert.ChangeType(max, DataType, CultureInfo.InvariantCulture));
        return Each((cell, _) => Comparer<object>.Default.Compare(cell, low) < 0 ? low : Comparer<object>.Default.Compare(cell, high) > 0 ? high : cell, inPlace);
    }

    public virtual DataFrame ValueCounts()
    {
        var counts = Filled.GroupBy(cell => cell).ToList();
        return new DataFrame(With(counts.Select(c => c.Key), "Values"), new Int64DataFrameColumn("Counts", counts.Select(c => (long)c.Count())));
    }

    private DataFrameColumn Running(Func<object, object, object> operation, bool inPlace)
    {
        object sum = null;
        return Each((cell, _) => sum = sum is null ? cell : operation(sum, cell), inPlace);
    }

    private DataFrameColumn Each(Func<object, int, object> change, bool inPlace)
    {
        var target = inPlace ? this : Clone();
        for (int i = 0; i < target.Cells.Count; i++)
            if (target.Cells[i] is not null) target.Cells[i] = change(target.Cells[i], i);
        return target;
    }

    private object Extreme(Func<double, double, double> choose)
    {
        var values = Numbers();
        return values.Count == 0 ? null : Convert.ChangeType(values.Aggregate(choose), DataType, CultureInfo.InvariantCulture);
    }

    private List<double> Numbers() => IsNumericColumn()
        ? [.. Filled.Select(cell => Convert.ToDouble(cell, CultureInfo.InvariantCulture))]
        : throw new NotImplementedException($"Column {Name} holds {DataType.Name}, which is no number.");
}
