using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>A table of vectors looked up by id: word, position or segment embeddings.</summary>
/// <remarks>Ids are checked beforehand (<see cref="LanguageModel"/>): an index outside the table is an error that cannot be
/// caught on a GPU.</remarks>
internal sealed class Table : nn.Module<Tensor, Tensor>
{
    /// <summary>[rows, width]; of no value until it is drawn or loaded.</summary>
    public Parameter weight;

    public Table(int rows, int width, Device device, ScalarType type) : base(nameof(Table))
    {
        weight = new Parameter(empty(rows, width, dtype: type, device: device));
        RegisterComponents();
    }

    /// <summary>[...] ids to [..., width].</summary>
    public override Tensor forward(Tensor ids)
    {
        // Backward adds the rows up. Of the two ways to select them, each is summed in a fixed order on one kind of device alone:
        // indexing on a CPU adds with atomics, in whatever order its threads come, and no run would repeat to the bit.
        if (ids.device_type != DeviceType.CPU) return weight.index(ids);
        using var flat = ids.reshape(-1);
        using var rows = weight.index_select(0, flat);
        return rows.view([.. ids.shape, weight.shape[1]]);
    }

    /// <summary>n rows from one on, [n, width], without a copy.</summary>
    public Tensor From(long start, long n) => weight.narrow(0, start, n);
}
