using BenchmarkDotNet.Attributes;
using ResearchKit.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Parts;

/// <summary>One update of ten million parameters in tensors of different number: the kit's AdamW on flat buffers, TorchSharp's tensor by tensor.</summary>
public class OptimizerParts
{
    private const long Parameters = 10_000_000;

    private Parameter[] _theirs = null!;
    private FlatParameters _flat = null!;
    private Training.AdamW _ours = null!;
    private optim.Optimizer _adamW = null!;

    /// <summary>In how many tensors they are.</summary>
    [Params(10, 200, 2000)]
    public int Tensors { get; set; }

    [GlobalSetup]
    public void Make()
    {
        Parameter[] Make() => [.. Enumerable.Range(0, Tensors).Select(_ => nn.Parameter(randn(Parameters / Tensors / 100, 100)))];
        var ours = Make();
        _theirs = Make();
        _flat = new FlatParameters("model", ours.Select((p, i) => ($"p{i}", p)));
        _flat.Attach(ours.Select((p, i) => ($"p{i}", p)));
        _ours = new Training.AdamW(_flat);
        _adamW = optim.AdamW(_theirs, lr: 1e-3, weight_decay: 0.01);
        _flat.Gradient.normal_();
        foreach (var p in _theirs) p.grad = randn_like(p);
    }

    [GlobalCleanup]
    public void Drop()
    {
        _ours.Dispose();
        _flat.Dispose();
        _adamW.Dispose();
        foreach (var p in _theirs) p.Dispose();
    }

    [Benchmark]
    public void Flat() => _ours.Step(1e-3);

    [Benchmark(Baseline = true)]
    public void TensorByTensor()
    {
        using var scope = NewDisposeScope();
        _adamW.step();
    }
}
