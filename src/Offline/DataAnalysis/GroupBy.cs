using System.Collections;
using System.Globalization;

namespace Microsoft.Data.Analysis;

/// <summary>Rows that share a value; the groups come in the order their value is first met, and rows without a value are left out.</summary>
public abstract class GroupBy
{
    public abstract DataFrame Count(params string[] columnNames);

    public abstract DataFrame First(params string[] columnNames);

    public abstract DataFrame Max(params string[] columnNames);

    public abstract DataFrame Min(params string[] columnNames);

    public abstract DataFrame Sum(params string[] columnNames);

    public abstract DataFrame Mean(params string[] columnNames);
}

public class GroupBy<TKey> : GroupBy
{
    private readonly DataFrame _frame;
    private readonly int _key;
    private readonly List<(TKey Key, List<long> Rows)> _groups;

    internal GroupBy(DataFrame frame, int key)
    {
        (_frame, _key) = (frame, key);
        _groups = [.. Enumerable.Range(0, (int)frame.Rows.Count).Select(i => (long)i).Where(i => frame[i, key] is not null)
            .GroupBy(i => (TKey)frame[i, key]).Select(group => (group.Key, group.ToList()))];
    }

    public IEnumerable<IGrouping<TKey, DataFrameRow>> Groupings => _groups.Select(g => new Grouping(g.Key, g.Rows.Select(row => _frame.Rows[row])));

    public override DataFrame Count(params string[] columnNames) => Aggregate(columnNames, column => column.Length - column.NullCount, numeric: false);

    public override DataFrame First(params string[] columnNames) => Aggregate(columnNames, column => column[0], numeric: false);

    public override DataFrame Max(params string[] columnNames) => Aggregate(columnNames, column => column.Max());

    public override DataFrame Min(params string[] columnNames) => Aggregate(columnNames, column => column.Min());

    public override DataFrame Sum(params string[] columnNames) =>
        Aggregate(columnNames, column => column.Sum() ?? Convert.ChangeType(0, column.DataType, CultureInfo.InvariantCulture));

    public override DataFrame Mean(params string[] columnNames) => Aggregate(columnNames, column => column.Mean());

    private DataFrame Aggregate(string[] names, Func<DataFrameColumn, object> value, bool numeric = true)
    {
        var columns = names.Length > 0 ? names.Select(name => _frame.Columns[name])
            : _frame.Columns.Where((c, i) => i != _key && (!numeric || c.IsNumericColumn()));
        var key = _frame.Columns[_key];
        return new DataFrame([key.With(_groups.Select(g => (object)g.Key)), .. columns.Select(column =>
        {
            var cells = _groups.Select(g => value(column.At(g.Rows))).ToList();
            var kind = cells.FirstOrDefault(cell => cell is not null)?.GetType() ?? column.DataType;
            return DataFrameColumn.Of(kind, column.Name).With(cells);
        })]);
    }

    private sealed class Grouping(TKey key, IEnumerable<DataFrameRow> rows) : IGrouping<TKey, DataFrameRow>
    {
        public TKey Key => key;

        public IEnumerator<DataFrameRow> GetEnumerator() => rows.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

public partial class DataFrame
{
    public GroupBy GroupBy(string columnName) => Columns[columnName].Grouped(this, Columns.Known(columnName));

    public GroupBy<TKey> GroupBy<TKey>(string columnName) => GroupBy(columnName) as GroupBy<TKey>
        ?? throw new InvalidCastException($"Column {columnName} holds {Columns[columnName].DataType.Name}, not {typeof(TKey).Name}.");
}
