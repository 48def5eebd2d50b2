using BenchmarkDotNet.Attributes;
using ResearchKit.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Parts;

/// <summary>Losses of 512 positions, forward and backward to the student's logits or states.</summary>
public class LossParts
{
    private const int Positions = 512, Width = 256;

    private Tensor _logits = null!, _teacher = null!, _hidden = null!, _teacherHidden = null!, _map = null!, _teacherMap = null!, _targets = null!;

    /// <summary>Tokens in the vocabulary.</summary>
    [Params(8192, 50257)]
    public int Vocabulary { get; set; }

    [GlobalSetup]
    public void Make()
    {
        Tensor Random(params long[] shape) => randn(shape).mul_(0.1);
        (_logits, _teacher) = (Random(Positions, Vocabulary).requires_grad_(), Random(Positions, Vocabulary));
        (_hidden, _teacherHidden) = (Random(Positions, Width).requires_grad_(), Random(Positions, Width));
        (_map, _teacherMap) = (Random(Vocabulary, Width).requires_grad_(), Random(Vocabulary, Width));
        _targets = randint(0, Vocabulary, [Positions]);
    }

    [GlobalCleanup]
    public void Drop()
    {
        foreach (var tensor in (Tensor[])[_logits, _teacher, _hidden, _teacherHidden, _map, _teacherMap, _targets]) tensor.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void CrossEntropyOfTokens() => Backward(() => CrossEntropy.Mean(_logits, _targets));

    [Benchmark]
    public void ForwardKl() => Backward(() => Divergence.ForwardKl(_logits, _teacher));

    [Benchmark]
    public void ReverseKl() => Backward(() => Divergence.ReverseKl(_logits, _teacher));

    [Benchmark]
    public void JensenShannon() => Backward(() => Divergence.JensenShannon(_logits, _teacher, 0.5));

    [Benchmark]
    public void SkewKl() => Backward(() => Divergence.SkewKl(_logits, _teacher, 0.1));

    [Benchmark]
    public void TotalVariation() => Backward(() => Divergence.TotalVariation(_logits, _teacher));

    /// <summary>The last maps of both sides, and forward KL of what they say.</summary>
    [Benchmark]
    public void ForwardKlWithItsMaps() => Backward(() => Divergence.ForwardKl(_hidden.matmul(_map.t()), _teacherHidden.matmul(_teacherMap.t())));

    /// <summary>The same in chunks of positions.</summary>
    [Benchmark]
    public void ForwardKlChunked() => Backward(() => Divergence.Chunked(TokenDivergence.ForwardKl, LogitSource.Of(_hidden, _map), LogitSource.Of(_teacherHidden, _teacherMap)));

    private void Backward(Func<Tensor> loss)
    {
        using var scope = NewDisposeScope();
        _logits.grad = null;
        _hidden.grad = null;
        _map.grad = null;
        loss().backward();
    }
}

/// <summary>Losses of what lies inside the models: 32 rows of 64 tokens, width 256, 4 heads.</summary>
public class FeatureLossParts
{
    private Tensor _states = null!, _teacherStates = null!, _maps = null!, _teacherMaps = null!, _mask = null!;

    [GlobalSetup]
    public void Make()
    {
        (_states, _teacherStates) = (randn([32, 64, 256]).requires_grad_(), randn([32, 64, 256]));
        (_maps, _teacherMaps) = (randn([32, 4, 64, 64]).softmax(-1).requires_grad_(), randn([32, 4, 64, 64]).softmax(-1));
        _mask = ones([32, 64], dtype: ScalarType.Bool);
    }

    [GlobalCleanup]
    public void Drop()
    {
        foreach (var tensor in (Tensor[])[_states, _teacherStates, _maps, _teacherMaps, _mask]) tensor.Dispose();
    }

    [Benchmark]
    public void GradientDirections() => Backward(() => GradientAlignment.OfTokens(_states, _teacherStates, _mask));

    [Benchmark]
    public void AttentionMaps() => Backward(() => AttentionDivergence.OfLayer(_maps, _teacherMaps, _mask));

    [Benchmark]
    public void Relations() => Backward(() => RelationDivergence.OfLayer(_states, _teacherStates, 4, _mask));

    [Benchmark]
    public void HiddenStates() => Backward(() => SquaredError.Mean(_states, _teacherStates));

    private void Backward(Func<Tensor> loss)
    {
        using var scope = NewDisposeScope();
        _states.grad = null;
        _maps.grad = null;
        loss().backward();
    }
}
