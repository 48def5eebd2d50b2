using ResearchKit.Offline;

namespace Plotly.NET;

// The choices that carry something with them.
public static partial class StyleParam
{
    public sealed class Colorscale : StyleWord
    {
        private Colorscale(object value) : base(value) { }

        public static Colorscale Viridis { get; } = new("Viridis");
        public static Colorscale Cividis { get; } = new("Cividis");
        public static Colorscale Greys { get; } = new("Greys");
        public static Colorscale Hot { get; } = new("Hot");
        public static Colorscale RdBu { get; } = new("RdBu");
        public static Colorscale YIGnBu { get; } = new("YIGnBu");
        public static Colorscale YIOrRd { get; } = new("YIOrRd");

        public static Colorscale NewCustom(IEnumerable<Tuple<double, Color>> item) => new(item.Select(stop => new object[] { stop.Item1, stop.Item2 }));
    }

    public sealed class Range : StyleWord
    {
        private Range(object value) : base(value) { }

        public static Range NewMinMax(IConvertible item1, IConvertible item2) => new(new object[] { item1, item2 });

        public static Range ofMinMax<a, b>(a min, b max) where a : IConvertible where b : IConvertible => NewMinMax(min, max);
    }

    public sealed class LinearAxisId : StyleWord
    {
        private LinearAxisId(string value) : base(value) { }

        public static LinearAxisId Free { get; } = new("free");

        public static LinearAxisId NewX(int item) => new(Numbered("x", item));

        public static LinearAxisId NewY(int item) => new(Numbered("y", item));
    }

    public sealed class SubPlotId : StyleWord
    {
        private SubPlotId(string value) : base(value) { }

        public static SubPlotId NewXAxis(int item) => new(Numbered("xaxis", item));

        public static SubPlotId NewYAxis(int item) => new(Numbered("yaxis", item));
    }

    // The first of its kind bears no number.
    private static string Numbered(string name, int number) => number < 2 ? name : name + number;
}
