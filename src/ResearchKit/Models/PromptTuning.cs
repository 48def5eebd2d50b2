using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// Trained vectors that a decoder reads before the text as if they were words (P-tuning, Liu et al., arXiv 2103.10385): a table [n, D], and
/// with an inner width h the prompt encoder D → h, ReLU, → h, ReLU, → D behind it. N(0, 0.02²), biases 0.
/// </summary>
/// <remarks>In a decoder nothing before the text looks at the text, so the vectors go through the layers once a pass and not once a row. They
/// have no position of their own to be added; where positions are turns, they stand at -n..-1. The text's own positions stay what they were.</remarks>
public sealed class PromptTuning : Adapter
{
    internal const string Kind = "p-tuning";
    private readonly string _model;
    private readonly int _width;
    private readonly Table _table;
    private readonly Linear[] _encoder = [];

    /// <summary>Makes vectors for a decoder, on its device and in its type; the model does not know of them yet.</summary>
    /// <param name="model">The model they are to stand at.</param>
    /// <param name="settings">n and h.</param>
    /// <param name="seed">Of the initial values; null to leave it without, for one who loads them.</param>
    /// <exception cref="KitException">The model is no decoder.</exception>
    public PromptTuning(LanguageModel model, AdapterSettings settings, long? seed)
        : base(nameof(PromptTuning), settings with { Module = Kind, Hidden = settings.Hidden ?? model.Config.Width })
    {
        var config = RequireDecoder(model, Kind).Config;
        (_model, _width) = (config.ModelType, config.Width);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var like = model.parameters().First();
        int hidden = Settings.Hidden!.Value;
        _table = Add("prompt", new Table(settings.Tokens, _width, like.device, like.dtype));
        if (hidden > 0)
            _encoder = [.. new[] { (_width, hidden), (hidden, hidden), (hidden, _width) }.Select((size, i) => Add($"encoder.{i}", Map(size.Item1, size.Item2, like.device, like.dtype)))];
        if (seed is not { } s) return;
        using var generator = new Generator(unchecked((ulong)s));
        foreach (var (_, parameter) in named_parameters())
            if (parameter.dim() > 1) Draw(parameter, generator);
    }

    internal override IReadOnlyList<(Tensor Key, Tensor Value)> Before(LanguageModel model)
    {
        Tensor x = _table.weight;                                                                                 // [n, D]
        foreach (var map in _encoder) x = map.call(ReferenceEquals(map, _encoder[0]) ? x : x.relu());
        return ((Decoder)model).Keys(x.unsqueeze(0));
    }

    internal override void RequireFit(LanguageModel model)
    {
        var config = RequireDecoder(model, Kind).Config;
        if (config.Width != _width)
            throw new KitException($"The vectors are for a '{_model}' of width {_width}, this '{config.ModelType}' has {config.Width}. Make some for this model.");
    }
}
