using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// Trained keys and values that every layer of a decoder finds before the text (Li and Liang, arXiv 2101.00190): n of them a layer, of each
/// head of keys and values. With an inner width h they are made from one table [n, D] by D → h, tanh, → 2·L·k, the
/// reparameterisation of the paper's section 4.3; without, they are trained themselves. N(0, 0.02²), biases 0.
/// </summary>
/// <remarks>The text's own positions stay what they were. A fresh prefix is not nothing: it takes its share of the attention.</remarks>
public sealed class PrefixTuning : Adapter
{
    internal const string Kind = "prefix";
    private readonly (int Layers, int Heads, int HeadWidth) _shape;
    private readonly Table _table;
    private readonly Linear? _inner, _outer;

    /// <summary>Makes a prefix for a decoder, on its device and in its type; the model does not know of it yet.</summary>
    /// <param name="model">The model it is to stand at.</param>
    /// <param name="settings">n and h.</param>
    /// <param name="seed">Of its initial values; null to leave it without, for one who loads them.</param>
    /// <exception cref="KitException">The model is no decoder.</exception>
    public PrefixTuning(LanguageModel model, AdapterSettings settings, long? seed) : base(nameof(PrefixTuning), settings with { Module = Kind, Hidden = settings.Hidden ?? 0 })
    {
        var config = RequireDecoder(model, Kind).Config;
        _shape = Shape(config);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var like = model.parameters().First();
        int all = 2 * config.Layers * config.KeyValueHeads * config.HeadWidth, hidden = Settings.Hidden!.Value;
        _table = Add("prefix", new Table(settings.Tokens, hidden > 0 ? config.Width : all, like.device, like.dtype));
        if (hidden > 0)
        {
            _inner = Add("inner", Map(config.Width, hidden, like.device, like.dtype));
            _outer = Add("outer", Map(hidden, all, like.device, like.dtype));
        }
        if (seed is not { } s) return;
        using var generator = new Generator(unchecked((ulong)s));
        foreach (var (_, parameter) in named_parameters())
            if (parameter.dim() > 1) Draw(parameter, generator);
    }

    internal override IReadOnlyList<(Tensor Key, Tensor Value)> Before(LanguageModel model)
    {
        var all = _inner is null ? _table.weight : _outer!.call(_inner.call(_table.weight).tanh());             // [n, 2·L·K·d]
        // [2·L, 1, K, n, d]
        var parts = all.view(Settings.Tokens, 2 * _shape.Layers, 1, _shape.Heads, _shape.HeadWidth).permute(1, 2, 3, 0, 4);
        return [.. Enumerable.Range(0, _shape.Layers).Select(layer => (parts.select(0, 2 * layer), parts.select(0, 2 * layer + 1)))];
    }

    internal override void RequireFit(LanguageModel model)
    {
        var shape = Shape(RequireDecoder(model, Kind).Config);
        if (shape != _shape)
            throw new KitException($"The prefix is for a model of {_shape.Layers} layers and {_shape.Heads} heads of keys of width {_shape.HeadWidth}, this '{model.Config.ModelType}' has {shape.Layers}, {shape.Heads} and {shape.HeadWidth}. Make one for this model.");
    }

    private static (int Layers, int Heads, int HeadWidth) Shape(ModelConfig config) => (config.Layers, config.KeyValueHeads, config.HeadWidth);
}
