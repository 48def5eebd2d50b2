using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Notebooks.Formatting;

/// <summary>A tensor in a few lines: what it is, how its values spread, and a corner of them.</summary>
internal static class TensorText
{
    private const int CornerRows = 5, CornerColumns = 8;

    // Statistics of more than these would be felt when a cell ends.
    private const long Measured = 1 << 20;

    public static string Of(Tensor tensor)
    {
        if (tensor.IsInvalid) return "Tensor (disposed)";
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var head = $"Tensor [{string.Join(", ", tensor.shape)}]  {tensor.dtype}  {tensor.device}{(tensor.requires_grad ? "  requires grad" : "")}";
        if (tensor.numel() == 0 || tensor.is_complex()) return head;
        var spread = Spread(tensor);
        return $"{head}{(spread.Length > 0 ? $"\n{spread}" : "")}\n{Corner(tensor)}";
    }

    private static string Spread(Tensor tensor)
    {
        bool part = tensor.numel() > Measured;
        if (part && !tensor.is_contiguous()) return "";
        var values = (part ? tensor.view(-1).narrow(0, 0, Measured) : tensor).to_type(ScalarType.Float64);
        var numbers = stack([values.min(), values.mean(), values.max()]).cpu().data<double>().ToArray();
        return $"min {Number(numbers[0])}  mean {Number(numbers[1])}  max {Number(numbers[2])}{(part ? $"  (of the first {Measured:N0} values)" : "")}";
    }

    private static string Corner(Tensor tensor)
    {
        var part = tensor;
        while (part.dim() > 2) part = part[0];
        if (part.dim() == 0) return Number(part.to_type(ScalarType.Float64).cpu().item<double>());
        var lead = tensor.dim() > 2 ? $"[{string.Join(", ", Enumerable.Repeat("0", (int)tensor.dim() - 2))}, …] = " : "";
        if (part.dim() == 1) part = part.unsqueeze(0);
        var (rows, columns) = (Math.Min(part.shape[0], CornerRows), Math.Min(part.shape[1], CornerColumns));
        var values = part.narrow(0, 0, rows).narrow(1, 0, columns).to_type(ScalarType.Float64).contiguous().cpu().data<double>().ToArray();
        var lines = values.Chunk((int)columns).Select(row => "[" + string.Join(", ", row.Select(v => Number(v).PadLeft(9))) + (part.shape[1] > columns ? ", …" : "") + "]");
        return lead + (lead.Length > 0 ? "\n" : "") + string.Join('\n', lines) + (part.shape[0] > rows ? "\n…" : "");
    }

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
