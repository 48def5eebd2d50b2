using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Modules one after another, named by index unless told otherwise. It owns them.</summary>
public class Sequential : Module<Tensor, Tensor>
{
    private readonly List<(string Name, IModule<Tensor, Tensor> Stage, Module Module)> stages = [];

    protected Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) : this()
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params Module<Tensor, Tensor>[] modules) : this()
    {
        foreach (var module in modules) Add(module);
    }

    internal Sequential() : base("torch::nn::SequentialImpl") { }

    public int Count => stages.Count;

    [IndexerName("SequentialItems")]
    public IModule<Tensor, Tensor> this[int index] => stages[index].Stage;

    [IndexerName("SequentialItems")]
    public Sequential this[(int? start, int? end) index] => Slice(index.start ?? 0, index.end ?? Count);

    [IndexerName("SequentialItems")]
    public Sequential this[Range index] => Slice(index.Start.GetOffset(Count), index.End.GetOffset(Count));

    public Sequential append(string name, IModule<Tensor, Tensor> module)
    {
        Add(name, module);
        return this;
    }

    public Sequential append(IModule<Tensor, Tensor> module)
    {
        Add(module);
        return this;
    }

    /// <summary>Disposes each stage's input as soon as the next stage has used it, except the caller's.</summary>
    public override Tensor forward(Tensor tensor)
    {
        if (stages.Count == 0) return tensor.alias();
        var at = stages[0].Stage.call(tensor);
        for (int i = 1; i < stages.Count; i++)
        {
            var next = stages[i].Stage.call(at);
            at.Dispose();
            at = next;
        }
        return at;
    }

    public override IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
    {
        if (!recurse) yield break;
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var (name, _, module) in stages)
            foreach (var (inner, parameter) in module.named_parameters(true))
                if (seen.Add(parameter)) yield return ($"{name}.{inner}", parameter);
    }

    public override IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_persistent = true)
    {
        if (!recurse) yield break;
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var (name, _, module) in stages)
            foreach (var (inner, buffer) in module.named_buffers(true, include_persistent))
                if (seen.Add(buffer)) yield return ($"{name}.{inner}", buffer);
    }

    public override IEnumerable<(string name, Module module)> named_children()
    {
        foreach (var (name, _, module) in stages) yield return (name, module);
    }

    public override IEnumerable<(string name, Module module)> named_modules()
    {
        foreach (var (name, _, module) in stages) yield return (name, module);
        foreach (var (name, _, module) in stages)
            foreach (var (inner, deeper) in module.named_modules()) yield return ($"{name}.{inner}", deeper);
    }

    public override Module apply(Action<Module> fn)
    {
        foreach (var (_, _, module) in stages) module.apply(fn);
        fn(this);
        return this;
    }

    protected internal override Module _to(Device device, ScalarType dtype, bool non_blocking)
    {
        foreach (var (_, _, module) in stages) module._to(device, dtype, non_blocking);
        return this;
    }

    protected internal override Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        foreach (var (_, _, module) in stages) module._to(deviceType, deviceIndex, non_blocking);
        return this;
    }

    protected internal override Module _to(ScalarType dtype, bool non_blocking)
    {
        foreach (var (_, _, module) in stages) module._to(dtype, non_blocking);
        return this;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var (_, _, module) in stages) module.Dispose();
        base.Dispose(disposing);
    }

    internal void Add(IModule<Tensor, Tensor> module) => Add($"{stages.Count}", module);

    internal void Add(string name, IModule<Tensor, Tensor> module) => stages.Add((name, module, (Module)module));

    private Sequential Slice(int start, int end)
    {
        if (start < 0 || start > Count) throw new IndexOutOfRangeException($"{start} is not a valid index.");
        if (end < 0 || end > Count) throw new IndexOutOfRangeException($"{end} is not a valid index.");
        var slice = new Sequential();
        for (int i = start; i < end; i++) slice.Add(stages[i].Name, stages[i].Stage);
        return slice;
    }
}
