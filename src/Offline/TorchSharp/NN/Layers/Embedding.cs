using TorchSharp.Utils;
using static TorchSharp.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// Looks up rows of a table. The layer keeps its weight apart from every dispose scope, and gives it out, and registers it,
/// as handles of their own: what the caller's scope takes away is a handle, and with it the name, but never the table.
/// </summary>
public sealed class Embedding : Module<Tensor, Tensor>
{
    private readonly EmbeddingOptions options;
    [NotAComponent]
    private Tensor table;
    private bool replaced;

    internal Embedding(long rows, long width, EmbeddingOptions options, Device? device, ScalarType? dtype) : base("torch::nn::EmbeddingImpl")
    {
        this.options = options.Normalized(rows);
        table = Draw(rows, width);
        register_parameter("weight", Another(table));
        Move(device, dtype);
    }

    // TorchSharp registers the weight that it drew before it put the given one in its place: the given one has no name here
    // until it is set through the property.
    internal Embedding(Tensor pretrained, bool freeze, EmbeddingOptions options, Device? device, ScalarType? dtype) : base("torch::nn::EmbeddingImpl")
    {
        this.options = options.Normalized(pretrained.shape[0]);
        using (var drawn = Draw(pretrained.shape[0], pretrained.shape[1]))
            register_parameter("weight", Another(drawn));
        table = Hold(pretrained);
        table.requires_grad_(!freeze);
        replaced = true;
        Move(device, dtype);
    }

    /// <summary>A new handle at each call; all of them are the one table, with its one gradient.</summary>
    public Parameter? weight
    {
        get => Another(table);
        set
        {
            using var old = table;
            table = Hold(value!);
            replaced = true;
            ConditionallyRegisterParameter("weight", value);
        }
    }

    public override Tensor forward(Tensor input) => functional.Embed(table, input, options);

    // TorchSharp's native layer converts its own weight where it stands, so every handle sees the new type; a weight that
    // was set from outside is replaced instead, as in any other module.
    private protected override void ConvertInPlace(ScalarType? dtype, Device? device)
    {
        if (replaced || !WillCopy(table, dtype, device)) return;
        using var quiet = no_grad();
        using var converted = table.to(Target(table, dtype), device ?? table.device);
        Check(rk_set_data(H(table), H(converted)));
    }

    private protected override void DisposeOwned() => table.Dispose();

    private Tensor Draw(long rows, long width)
    {
        var drawn = empty(rows, width, float32, CPU).DetachFromDisposeScope();
        init.normal_(drawn);
        if (options.PaddingIndex >= 0)
        {
            using var row = drawn.select(0, options.PaddingIndex);
            row.fill_(0);
        }
        return drawn.requires_grad_(true);
    }

    private static Parameter Another(Tensor tensor) => new(rk_share(H(tensor)));

    private static Tensor Hold(Tensor tensor) => new(rk_share(H(tensor)), register: false);

    private void Move(Device? device, ScalarType? dtype)
    {
        var (toDevice, toType) = GetDefaultDeviceAndType(device, dtype);
        _to(toDevice, toType, false);
    }
}

/// <summary>How rows are looked up. A <see cref="PaddingIndex"/> of -1 means none, a null <see cref="MaxNorm"/> no limit.</summary>
internal readonly record struct EmbeddingOptions(long? Padding, double? MaxNorm, double NormType, bool ScaleGradByFrequency, bool Sparse)
{
    public long PaddingIndex { get; private init; } = -1;

    /// <summary>The same with the padding index counted from the front.</summary>
    public EmbeddingOptions Normalized(long rows)
    {
        if (Padding is not { } index) return this with { PaddingIndex = -1 };
        if (index >= rows || index < -rows)
            throw new System.Runtime.InteropServices.ExternalException($"padding_idx {index} must be within a table of {rows} rows");
        return this with { PaddingIndex = index < 0 ? index + rows : index };
    }
}
