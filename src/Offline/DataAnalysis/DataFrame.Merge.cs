namespace Microsoft.Data.Analysis;

public enum JoinAlgorithm { Left, Right, FullOuter, Inner }

public partial class DataFrame
{
    public DataFrame Merge(DataFrame other, string[] leftJoinColumns, string[] rightJoinColumns, string leftSuffix = "_left",
        string rightSuffix = "_right", JoinAlgorithm joinAlgorithm = JoinAlgorithm.Left)
    {
        var pairs = joinAlgorithm is JoinAlgorithm.Right
            ? Matches(other, rightJoinColumns, this, leftJoinColumns, keepUnmatched: true).Select(p => (Left: p.Second, Right: p.First)).ToList()
            : Matches(this, leftJoinColumns, other, rightJoinColumns, keepUnmatched: joinAlgorithm is not JoinAlgorithm.Inner)
                .Select(p => (Left: p.First, Right: p.Second)).ToList();
        if (joinAlgorithm is JoinAlgorithm.FullOuter)
        {
            var met = pairs.Select(p => p.Right).ToHashSet();
            for (long row = 0; row < other.Rows.Count; row++)
                if (!met.Contains(row)) pairs.Add((-1, row));
        }
        var both = Columns.Select(c => c.Name).Intersect(other.Columns.Select(c => c.Name)).ToHashSet();
        DataFrameColumn Taken(DataFrameColumn column, IEnumerable<long> rows, string suffix)
        {
            var taken = column.At(rows);
            if (both.Contains(column.Name)) taken.SetName(column.Name + suffix);
            return taken;
        }
        return new([.. Columns.Select(c => Taken(c, pairs.Select(p => p.Left), leftSuffix)),
            .. other.Columns.Select(c => Taken(c, pairs.Select(p => p.Right), rightSuffix))]);
    }

    public DataFrame Merge<TKey>(DataFrame other, string leftJoinColumn, string rightJoinColumn, string leftSuffix = "_left",
        string rightSuffix = "_right", JoinAlgorithm joinAlgorithm = JoinAlgorithm.Left) =>
        Merge(other, [leftJoinColumn], [rightJoinColumn], leftSuffix, rightSuffix, joinAlgorithm);

    // Every row of the first with each row of the second that has the same key; -1 where there is none.
    private static IEnumerable<(long First, long Second)> Matches(DataFrame first, string[] firstKeys, DataFrame second, string[] secondKeys, bool keepUnmatched)
    {
        var rows = Enumerable.Range(0, (int)second.Rows.Count).ToLookup(i => Key(second, secondKeys, i));
        for (long i = 0; i < first.Rows.Count; i++)
        {
            var matches = rows[Key(first, firstKeys, i)].ToList();
            if (matches.Count == 0 && keepUnmatched) yield return (i, -1);
            foreach (int match in matches) yield return (i, match);
        }
    }

    private static object Key(DataFrame frame, string[] names, long row) => names.Length == 1 ? (frame.Columns[names[0]][row], 0)
        : names.Reverse().Aggregate((object)0, (rest, name) => (frame.Columns[name][row], rest));
}
