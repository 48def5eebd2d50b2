using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>The table of a vocabulary's vectors, which a tied model predicts with too: whole, or as two factors.</summary>
internal abstract class WordTable(string name) : nn.Module<Tensor, Tensor>(name)
{
    /// <summary>Makes one; its values are drawn or loaded. With a rank k, so many numbers are stored of a word, and a second factor makes the vector of them.</summary>
    public static WordTable Of(int rows, int width, int? rank, Device device, ScalarType type) =>
        rank is { } k ? new LowRankTable(rows, width, k, device, type) : new Table(rows, width, device, type);

    /// <summary>[rows, width]: the parameter, or the factors' product.</summary>
    public abstract Tensor Vectors { get; }

    /// <summary>Table [rows, k] and up [width, k], where it is a product of two; else null.</summary>
    public abstract (Tensor Table, Tensor Up)? Factors { get; }

    /// <summary>The table as the last map: [..., width] to [..., rows].</summary>
    public abstract Tensor Predict(Tensor x, Tensor? bias = null);

    // Backward adds the rows up. Of the two ways to select them, each is summed in a fixed order on one kind of device alone:
    // indexing on a CPU adds with atomics, in whatever order its threads come, and no run would repeat to the bit.
    private protected static Tensor Rows(Tensor weight, Tensor ids)
    {
        if (ids.device_type != TorchSharp.DeviceType.CPU) return weight.index(ids);
        using var flat = ids.reshape(-1);
        using var rows = weight.index_select(0, flat);
        return rows.view([.. ids.shape, weight.shape[1]]);
    }
}

/// <summary>A table of vectors as two factors, E = table · upᵀ: k (rows + width) numbers in place of rows · width.</summary>
internal sealed class LowRankTable : WordTable
{
    /// <summary>[rows, k]; of no value until it is drawn, computed or loaded.</summary>
    public Parameter table;

    /// <summary>[width, k]; likewise.</summary>
    public Parameter up;

    public LowRankTable(int rows, int width, int rank, Device device, ScalarType type) : base(nameof(LowRankTable))
    {
        table = new Parameter(empty(rows, rank, dtype: type, device: device));
        up = new Parameter(empty(width, rank, dtype: type, device: device));
        RegisterComponents();
    }

    public override Tensor Vectors => table.matmul(up.t());

    public override (Tensor Table, Tensor Up)? Factors => (table, up);

    /// <summary>[...] ids to [..., width].</summary>
    public override Tensor forward(Tensor ids)
    {
        using var narrow = Rows(table, ids);
        return nn.functional.linear(narrow, up);
    }

    public override Tensor Predict(Tensor x, Tensor? bias = null)
    {
        using var narrow = x.matmul(up);                                                   // [..., k]
        return nn.functional.linear(narrow, table, bias);
    }
}
