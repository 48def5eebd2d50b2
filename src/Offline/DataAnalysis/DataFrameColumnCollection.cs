using System.Collections.ObjectModel;

namespace Microsoft.Data.Analysis;

/// <summary>The columns of a frame: equally long, each name once.</summary>
public class DataFrameColumnCollection : Collection<DataFrameColumn>
{
    internal DataFrameColumnCollection() { }

    internal long RowCount => Count == 0 ? 0 : this[0].Length;

    public DataFrameColumn this[string columnName]
    {
        get => this[Known(columnName)];
        set
        {
            int index = IndexOf(columnName);
            value.SetName(columnName);
            if (index < 0) Add(value);
            else this[index] = value;
        }
    }

    public int IndexOf(string columnName) => Enumerable.Range(0, Count).FirstOrDefault(i => this[i].Name == columnName, -1);

    public void Remove(string columnName)
    {
        if (IndexOf(columnName) is >= 0 and var index) RemoveAt(index);
    }

    public void RenameColumn(string currentName, string newName) => this[currentName].SetName(newName);

    public DoubleDataFrameColumn GetDoubleColumn(string name) => Kind<DoubleDataFrameColumn>(name);

    public SingleDataFrameColumn GetSingleColumn(string name) => Kind<SingleDataFrameColumn>(name);

    public Int32DataFrameColumn GetInt32Column(string name) => Kind<Int32DataFrameColumn>(name);

    public Int64DataFrameColumn GetInt64Column(string name) => Kind<Int64DataFrameColumn>(name);

    public BooleanDataFrameColumn GetBooleanColumn(string name) => Kind<BooleanDataFrameColumn>(name);

    public StringDataFrameColumn GetStringColumn(string name) => Kind<StringDataFrameColumn>(name);

    protected override void InsertItem(int columnIndex, DataFrameColumn column)
    {
        if (Count > 0 && column.Length != RowCount)
            throw new ArgumentException($"Column {column.Name} has {column.Length} rows, the frame {RowCount}.", nameof(column));
        if (IndexOf(column.Name) >= 0) throw new ArgumentException($"The frame already has a column {column.Name}.", nameof(column));
        base.InsertItem(columnIndex, column);
    }

    protected override void SetItem(int columnIndex, DataFrameColumn column)
    {
        if (column.Length != RowCount) throw new ArgumentException($"Column {column.Name} has {column.Length} rows, the frame {RowCount}.", nameof(column));
        if (IndexOf(column.Name) is >= 0 and var taken && taken != columnIndex)
            throw new ArgumentException($"The frame already has a column {column.Name}.", nameof(column));
        base.SetItem(columnIndex, column);
    }

    internal int Known(string name) => IndexOf(name) is >= 0 and var index ? index
        : throw new ArgumentException($"There is no column {name}; there are {string.Join(", ", this.Select(c => c.Name))}.", nameof(name));

    private T Kind<T>(string name) where T : DataFrameColumn => this[name] as T
        ?? throw new ArgumentException($"Column {name} holds {this[name].DataType.Name}.", nameof(name));
}
