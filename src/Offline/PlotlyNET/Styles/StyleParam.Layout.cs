using ResearchKit.Offline;

namespace Plotly.NET;

// The words for axes and layout.
public static partial class StyleParam
{
    public sealed class LayoutGridPattern : StyleWord
    {
        private LayoutGridPattern(object value) : base(value) { }

        public static LayoutGridPattern Independent { get; } = new("independent");
        public static LayoutGridPattern Coupled { get; } = new("coupled");
    }

    public sealed class LayoutGridRowOrder : StyleWord
    {
        private LayoutGridRowOrder(object value) : base(value) { }

        public static LayoutGridRowOrder TopToBottom { get; } = new("top to bottom");
        public static LayoutGridRowOrder BottomToTop { get; } = new("bottom to top");
    }

    public sealed class AxisType : StyleWord
    {
        private AxisType(object value) : base(value) { }

        public static AxisType Auto { get; } = new("-");
        public static AxisType Linear { get; } = new("linear");
        public static AxisType Log { get; } = new("log");
        public static AxisType Date { get; } = new("date");
        public static AxisType Category { get; } = new("category");
        public static AxisType MultiCategory { get; } = new("multicategory");
    }

    public sealed class AutoRange : StyleWord
    {
        private AutoRange(object value) : base(value) { }

        public static AutoRange True { get; } = new(true);
        public static AutoRange False { get; } = new(false);
        public static AutoRange Reversed { get; } = new("reversed");
    }

    public sealed class Side : StyleWord
    {
        private Side(object value) : base(value) { }

        public static Side Top { get; } = new("top");
        public static Side Bottom { get; } = new("bottom");
        public static Side Left { get; } = new("left");
        public static Side Right { get; } = new("right");
    }

    public sealed class TickAutoMargin : StyleWord
    {
        private TickAutoMargin(object value) : base(value) { }

        public static TickAutoMargin Height { get; } = new("height");
        public static TickAutoMargin Width { get; } = new("width");
        public static TickAutoMargin Left { get; } = new("left");
        public static TickAutoMargin Right { get; } = new("right");
        public static TickAutoMargin Top { get; } = new("top");
        public static TickAutoMargin Bottom { get; } = new("bottom");
        public static TickAutoMargin All { get; } = new("height+width+left+right+top+bottom");
    }

    public sealed class TickOptions : StyleWord
    {
        private TickOptions(object value) : base(value) { }

        public static TickOptions Outside { get; } = new("outside");
        public static TickOptions Inside { get; } = new("inside");
        public static TickOptions Empty { get; } = new("");
    }

    public sealed class TickMode : StyleWord
    {
        private TickMode(object value) : base(value) { }

        public static TickMode Auto { get; } = new("auto");
        public static TickMode Linear { get; } = new("linear");
        public static TickMode Array { get; } = new("array");
    }

    public sealed class RangeMode : StyleWord
    {
        private RangeMode(object value) : base(value) { }

        public static RangeMode Normal { get; } = new("normal");
        public static RangeMode ToZero { get; } = new("tozero");
        public static RangeMode NonNegative { get; } = new("nonnegative");
    }

    public sealed class XAnchorPosition : StyleWord
    {
        private XAnchorPosition(object value) : base(value) { }

        public static XAnchorPosition Auto { get; } = new("auto");
        public static XAnchorPosition Left { get; } = new("left");
        public static XAnchorPosition Center { get; } = new("center");
        public static XAnchorPosition Right { get; } = new("right");
    }

    public sealed class YAnchorPosition : StyleWord
    {
        private YAnchorPosition(object value) : base(value) { }

        public static YAnchorPosition Auto { get; } = new("auto");
        public static YAnchorPosition Top { get; } = new("top");
        public static YAnchorPosition Middle { get; } = new("middle");
        public static YAnchorPosition Bottom { get; } = new("bottom");
    }

    public sealed class AnnotationAlignment : StyleWord
    {
        private AnnotationAlignment(object value) : base(value) { }

        public static AnnotationAlignment Left { get; } = new("left");
        public static AnnotationAlignment Center { get; } = new("center");
        public static AnnotationAlignment Right { get; } = new("right");
    }

    public sealed class HoverMode : StyleWord
    {
        private HoverMode(object value) : base(value) { }

        public static HoverMode X { get; } = new("x");
        public static HoverMode Y { get; } = new("y");
        public static HoverMode Closest { get; } = new("closest");
        public static HoverMode False { get; } = new(false);
        public static HoverMode XUnified { get; } = new("x unified");
        public static HoverMode YUnified { get; } = new("y unified");
    }

    public sealed class BarMode : StyleWord
    {
        private BarMode(object value) : base(value) { }

        public static BarMode Stack { get; } = new("stack");
        public static BarMode Group { get; } = new("group");
        public static BarMode Overlay { get; } = new("overlay");
        public static BarMode Relative { get; } = new("relative");
    }

    public sealed class Layer : StyleWord
    {
        private Layer(object value) : base(value) { }

        public static Layer AboveTraces { get; } = new("above traces");
        public static Layer BelowTraces { get; } = new("below traces");
        public static Layer Above { get; } = new("above");
        public static Layer Below { get; } = new("below");
    }

    public sealed class ShapeType : StyleWord
    {
        private ShapeType(object value) : base(value) { }

        public static ShapeType Circle { get; } = new("circle");
        public static ShapeType Rectangle { get; } = new("rect");
        public static ShapeType SvgPath { get; } = new("path");
        public static ShapeType Line { get; } = new("line");
    }

    public sealed class CategoryOrder : StyleWord
    {
        private CategoryOrder(object value) : base(value) { }

        public static CategoryOrder Trace { get; } = new("trace");
        public static CategoryOrder CategoryAscending { get; } = new("category ascending");
        public static CategoryOrder CategoryDescending { get; } = new("category descending");
        public static CategoryOrder Array { get; } = new("array");
        public static CategoryOrder TotalAscending { get; } = new("total ascending");
        public static CategoryOrder TotalDescending { get; } = new("total descending");
    }

    public sealed class FontFamily : StyleWord
    {
        private FontFamily(object value) : base(value) { }

        public static FontFamily Arial { get; } = new("Arial");
        public static FontFamily Courier_New { get; } = new("Courier New");
        public static FontFamily Open_Sans { get; } = new("Open Sans");
        public static FontFamily Times_New_Roman { get; } = new("Times New Roman");

        public static FontFamily NewCustom(string item) => new(item);
    }
}
