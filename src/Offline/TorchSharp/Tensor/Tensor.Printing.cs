using System.Globalization;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    private static TensorStringStyle s_style = TensorStringStyle.Julia;
    private static string s_floatFormat = "g5", s_newLine = Environment.NewLine;
    private static int s_lineWidth = 100, s_maxRows = 6, s_maxColumns = 6;

    /// <summary>What <see cref="TensorStringStyle.Default"/> stands for.</summary>
    public static TensorStringStyle TensorStringStyle
    {
        get => s_style;
        set => s_style = value != TensorStringStyle.Default ? value : throw new ArgumentException("The style cannot be set to 'Default'");
    }

    public static readonly TensorStringStyle julia = TensorStringStyle.Julia;
    public static readonly TensorStringStyle numpy = TensorStringStyle.Numpy;
    public static readonly TensorStringStyle csharp = TensorStringStyle.CSharp;

    public static void set_printoptions(int precision, int? linewidth = null, string? newLine = null, bool sci_mode = false, int? maxRows = null, int? maxColumns = null) =>
        set_printoptions(null, sci_mode ? $"E{precision}" : $"F{precision}", linewidth, newLine, maxRows, maxColumns);

    public static void set_printoptions(TensorStringStyle? style = null, string? floatFormat = null, int? linewidth = null,
        string? newLine = null, int? maxRows = null, int? maxColumns = null)
    {
        s_style = style ?? s_style;
        s_floatFormat = floatFormat ?? s_floatFormat;
        s_lineWidth = linewidth ?? s_lineWidth;
        s_newLine = newLine ?? s_newLine;
        s_maxRows = maxRows ?? s_maxRows;
        s_maxColumns = maxColumns ?? s_maxColumns;
    }

    public partial class Tensor
    {
        /// <summary>Shape, dtype and device; the values are shown by str(), npstr() and cstr().</summary>
        public override string ToString() => $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null) =>
            disamb ? ToString(torch.TensorStringStyle, fltFormat, width, cultureInfo, newLine) : ToString();

        public string ToString(TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null,
            string? newLine = null)
        {
            if (style == TensorStringStyle.Default) style = s_style;
            if (style == TensorStringStyle.Metadata || is_meta) return ToString();
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            var page = new Page(fltFormat ?? s_floatFormat, width ?? s_lineWidth, cultureInfo ?? CultureInfo.CurrentCulture, newLine ?? s_newLine);
            var values = detach().cpu();
            return style switch
            {
                TensorStringStyle.Julia => page.Julia(values),
                TensorStringStyle.Numpy => page.Nested(values, '[', ']', s_maxRows, s_maxColumns, values.Dimensions),
                TensorStringStyle.CSharp => Declaration(values) + page.Nested(values, '{', '}', int.MaxValue, int.MaxValue, 0, " "),
                _ => throw new ArgumentException($"Unsupported tensor string style: {style}"),
            };
        }

        private static string Declaration(Tensor t) =>
            t.Dimensions == 0 ? "" : $"[{string.Join("x", t.shape)}], type = {t.dtype}, device = {t.device}, value = ";

        private sealed record Page(string Format, int Width, CultureInfo Culture, string NewLine)
        {
            private string Text(Tensor single)
            {
                var value = single.ToScalar();
                return single.dtype switch
                {
                    ScalarType.Bool => value.ToBoolean().ToString(Culture),
                    ScalarType.Float64 => value.ToDouble().ToString(Format, Culture),
                    ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 => value.ToSingle().ToString(Format, Culture),
                    _ => value.ToInt64().ToString(Culture),
                };
            }

            // Brackets within brackets. Long rows and columns keep their first and last.
            public string Nested(Tensor t, char open, char close, long rows, long columns, long depth, string separator = "")
            {
                if (t.Dimensions == 0) return Text(t);
                bool line = t.Dimensions == 1;
                long n = t.size(0), most = line ? columns : rows, tail = most / 2;
                var parts = new List<string>();
                for (long i = 0; i < n; i++)
                {
                    if (n > most && i == most - tail)
                    {
                        parts.Add("...");
                        i = n - tail;
                    }
                    parts.Add(Nested(t[i], open, close, rows, columns, depth, separator));
                }
                string between = line ? ", " : separator.Length > 0 ? "," + separator
                    : string.Concat(Enumerable.Repeat(NewLine, (int)t.Dimensions - 1)) + new string(' ', (int)(depth - t.Dimensions + 1));
                return open + string.Join(between, parts).Replace("..., ", "... ") + close;
            }

            // What it is, then the values: rows on lines, columns aligned, one block for each place in the leading dimensions.
            public string Julia(Tensor t)
            {
                var text = new StringBuilder(t.ToString());
                if (t.Dimensions == 0) return text.Append(", value = ").Append(Text(t)).ToString();
                if (t.Dimensions <= 2) text.Append(NewLine);
                Blocks(text, t, []);
                return text.ToString();
            }

            private void Blocks(StringBuilder text, Tensor t, long[] place)
            {
                if (t.Dimensions > 2)
                {
                    for (long i = 0; i < t.size(0); i++) Blocks(text, t[i], [.. place, i]);
                    return;
                }
                if (place.Length > 0) text.Append(NewLine).Append('[').AppendJoin(',', place).Append(",..,..] =").Append(NewLine);
                var lines = t.Dimensions == 1 ? [Row(t)] : Enumerable.Range(0, (int)t.size(0)).Select(i => Row(t[i])).ToArray();
                if (lines.Length == 0) return;
                int shown = lines.Min(l => l.Count);
                var widths = Enumerable.Range(0, shown).Select(j => lines.Max(l => l[j].Length)).ToArray();
                foreach (var line in lines)
                {
                    for (int j = 0; j < shown; j++) text.Append(' ').Append(line[j].PadLeft(widths[j]));
                    text.Append(shown < t.size((int)t.Dimensions - 1) ? " ..." : "").Append(NewLine);
                }
            }

            private List<string> Row(Tensor row)
            {
                var result = new List<string>();
                int left = Width;
                for (long i = 0; i < row.size(0); i++)
                {
                    var text = Text(row[i]);
                    if (left - text.Length - " ...".Length < 0) break;
                    result.Add(text);
                    left -= text.Length + 1;
                }
                return result;
            }
        }
    }
}
