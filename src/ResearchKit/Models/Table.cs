using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>A table of vectors looked up by id: word, position or segment embeddings.</summary>
/// <remarks>Ids are checked beforehand (<see cref="LanguageModel"/>): an index outside the table is an error that cannot be
/// caught on a GPU.</remarks>
internal sealed class Table : WordTable
{
    /// <summary>[rows, width]; of no value until it is drawn or loaded.</summary>
    public Parameter weight;

    public Table(int rows, int width, Device device, ScalarType type) : base(nameof(Table))
    {
        weight = new Parameter(empty(rows, width, dtype: type, device: device));
        RegisterComponents();
    }

    public override Tensor Vectors => weight;

    public override (Tensor Table, Tensor Up)? Factors => null;

    /// <summary>[...] ids to [..., width].</summary>
    public override Tensor forward(Tensor ids) => Rows(weight, ids);

    public override Tensor Predict(Tensor x, Tensor? bias = null) => nn.functional.linear(x, weight, bias);

    /// <summary>n rows from one on, [n, width], without a copy.</summary>
    public Tensor From(long start, long n) => weight.narrow(0, start, n);
}
