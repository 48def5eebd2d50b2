using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>y = x Wᵀ + b, with W of shape [out, in].</summary>
public sealed class Linear : Module<Tensor, Tensor>
{
    [ComponentName(Name = "bias")]
    private Parameter? _bias;
    [ComponentName(Name = "weight")]
    private Parameter? _weight;

    internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
    {
        in_features = weight.shape[1];
        out_features = weight.shape[0];
        this.weight = weight;
        if (bias is not null) this.bias = bias;
    }

    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
    {
        in_features = inputSize;
        out_features = outputSize;
        weight = new Parameter(empty(outputSize, inputSize, dtype, device));
        init.kaiming_uniform_(weight, a: Math.Sqrt(5));
        if (!hasBias) return;
        bias = new Parameter(empty(outputSize, dtype, device));
        double bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
        init.uniform_(bias!, -bound, bound);
    }

    public long in_features { get; set; }

    public long out_features { get; set; }

    /// <summary>Setting it disposes the old one and takes the new one out of its dispose scope: the layer owns it.</summary>
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

    public override Tensor forward(Tensor tensor) => functional.linear(tensor, _weight!, _bias);

    protected internal override Module _to(Device device, ScalarType dtype, bool non_blocking) => Convert(dtype, device);

    protected internal override Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Convert(null, new Device(deviceType, deviceIndex));

    protected internal override Module _to(ScalarType dtype, bool non_blocking) => Convert(dtype, null);

    private Linear Convert(ScalarType? dtype, Device? device)
    {
        if (_weight is not null && ReplaceParameter(dtype, device, _weight, out var w)) weight = w!;
        if (_bias is not null && ReplaceParameter(dtype, device, _bias, out var b)) bias = b;
        return this;
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _weight?.Dispose();
        _bias?.Dispose();
    }
}
