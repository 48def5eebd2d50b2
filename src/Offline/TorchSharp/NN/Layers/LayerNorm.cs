using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Normalises over the last dimensions to mean 0 and variance 1 (biased), then scales and shifts.</summary>
public sealed class LayerNorm : Module<Tensor, Tensor>
{
    [ComponentName(Name = "bias")]
    private Parameter? _bias;
    [ComponentName(Name = "weight")]
    private Parameter? _weight;

    internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, Device? device, ScalarType? dtype) : base(nameof(LayerNorm))
    {
        this.normalized_shape = normalized_shape;
        this.eps = eps;
        this.elementwise_affine = elementwise_affine;
        if (elementwise_affine)
        {
            weight = new Parameter(empty(normalized_shape, dtype, device));
            if (bias) this.bias = new Parameter(empty(normalized_shape, dtype, device));
        }
        reset_parameters();
    }

    public long[] normalized_shape { get; set; }

    public double eps { get; set; }

    public bool elementwise_affine { get; set; }

    public Parameter weight
    {
        get => _weight!;
        set
        {
            if (ReferenceEquals(value, _weight)) return;
            _weight?.Dispose();
            _weight = (Parameter)value.DetachFromDisposeScope();
            ConditionallyRegisterParameter("weight", _weight);
        }
    }

    public Parameter? bias
    {
        get => _bias;
        set
        {
            _bias?.Dispose();
            _bias = (Parameter?)value?.DetachFromDisposeScope();
            ConditionallyRegisterParameter("bias", _bias);
        }
    }

    public void reset_parameters()
    {
        if (elementwise_affine) init.ones_(weight);
        if (bias is not null) init.zeros_(bias);
    }

    public override Tensor forward(Tensor tensor) => functional.layer_norm(tensor, normalized_shape, _weight, _bias, eps);

    protected internal override Module _to(Device device, ScalarType dtype, bool non_blocking) => Convert(dtype, device);

    protected internal override Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Convert(null, new Device(deviceType, deviceIndex));

    protected internal override Module _to(ScalarType dtype, bool non_blocking) => Convert(dtype, null);

    private LayerNorm Convert(ScalarType? dtype, Device? device)
    {
        if (_weight is not null && ReplaceParameter(dtype, device, _weight, out var w)) weight = w!;
        if (_bias is not null && ReplaceParameter(dtype, device, _bias, out var b)) bias = b;
        return this;
    }

    protected override void Dispose(bool disposing)
    {
        _weight?.Dispose();
        _bias?.Dispose();
        base.Dispose(disposing);
    }
}
