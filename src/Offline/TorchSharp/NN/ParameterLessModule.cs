using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A module without parameters and buffers: there is nothing to convert, and nothing may be registered.</summary>
public interface IParameterLessModule;

internal static class ParameterLess
{
    internal static InvalidOperationException Refuse(string what) =>
        new($"Cannot register a {what} on a module that is declared 'parameter-less.'");

    internal static void RequireParameterLess(nn.Module? submodule)
    {
        if (submodule is not IParameterLessModule) throw new InvalidOperationException("Submodules of a parameter-less module must also be parameter-less.");
    }
}

public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string name) : base(name) { }

    protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

    protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => this;

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer");

    public override void register_parameter(string name, Parameter param) => throw ParameterLess.Refuse("parameter");

    public override void register_module(string name, nn.Module? submodule)
    {
        ParameterLess.RequireParameterLess(submodule);
        base.register_module(name, submodule);
    }
}

public abstract class ParameterLessModule<T1, T2, TResult> : nn.Module<T1, T2, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string name) : base(name) { }

    protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

    protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => this;

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer");

    public override void register_parameter(string name, Parameter param) => throw ParameterLess.Refuse("parameter");

    public override void register_module(string name, nn.Module? submodule)
    {
        ParameterLess.RequireParameterLess(submodule);
        base.register_module(name, submodule);
    }
}

public abstract class ParameterLessModule<T1, T2, T3, TResult> : nn.Module<T1, T2, T3, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string name) : base(name) { }

    protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

    protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => this;

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer");

    public override void register_parameter(string name, Parameter param) => throw ParameterLess.Refuse("parameter");

    public override void register_module(string name, nn.Module? submodule)
    {
        ParameterLess.RequireParameterLess(submodule);
        base.register_module(name, submodule);
    }
}
