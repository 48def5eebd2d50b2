using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// BERT with a pooler and a classification head (Devlin et al., arXiv 1810.04805): the whole model in this file, its parts named
/// as in Hugging Face's BertForSequenceClassification.
/// </summary>
/// <remarks>B rows, T positions, D width, F inner width, H heads, C classes.</remarks>
public sealed class Bert : LanguageModel
{
    private readonly BertConfig _config;
    private readonly Table _words, _positions, _segments;
    private readonly LayerNorm _norm;
    private readonly BertLayer[] _layers;
    private readonly Linear _pooler, _classifier;

    /// <summary>Makes the model on a device, in a type.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Initialisation seed; null to leave the weights at zero, for one who loads them.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The shape is impossible.</exception>
    public Bert(BertConfig config, long? seed, Device? device = null, ScalarType type = ScalarType.Float32) : base(nameof(Bert))
    {
        config.Validate();
        _config = config;
        device ??= CPU;
        int d = config.Width;
        _words = Add("bert.embeddings.word_embeddings", new Table(config.VocabularySize, d, device, type));
        _positions = Add("bert.embeddings.position_embeddings", new Table(config.MaxLength, d, device, type));
        _segments = Add("bert.embeddings.token_type_embeddings", new Table(config.Segments, d, device, type));
        _norm = Add("bert.embeddings.LayerNorm", Norm(d, config.LayerNormEpsilon, device, type));
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => Add($"bert.encoder.layer.{i}", new BertLayer(config, device, type)))];
        _pooler = Add("bert.pooler.dense", Map(d, d, device, type));
        _classifier = Add("classifier", Map(d, config.Labels.Count, device, type));
        if (seed is { } s) Draw(s, _ => config.InitializerRange);
    }

    /// <inheritdoc/>
    public override ModelConfig Config => _config;

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch)
    {
        Check(batch);
        using var scope = NewDisposeScope();
        var places = _positions.First(batch.Width);                              // [T, D]
        if (batch.Segments is null) places = places + _segments.First(1);        // all in segment 0: one row for everybody
        var x = _words.call(batch.Ids) + places;                                 // [B, T, D]
        if (batch.Segments is not null)
        {
            var (least, most) = batch.SegmentRange;
            if (least < 0 || most >= _config.Segments)
                throw new KitException(
                    $"Segment {(least < 0 ? least : most)} is outside the model's {_config.Segments} segments (type_vocab_size).");
            x = x + _segments.call(batch.Segments);
        }
        x = _norm.call(x);
        if (training) x = Pass.Drop(x, _config.EmbeddingDropout ?? _config.HiddenDropout);
        return x.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null)
    {
        var seen = new Observer(observe);
        using var scope = NewDisposeScope();
        if (embedding is not null) Check(batch, embedding);
        bool train = training;
        var x = seen.Begin(embedding ?? Embed(batch), injected: embedding is not null);   // [B, T, D]
        var pass = new Pass
        {
            Seen = seen,
            Mask = Attention.PaddingMask(batch, x.dtype),
            HiddenDropout = train ? _config.HiddenDropout : 0,
            AttentionDropout = train ? _config.AttentionDropout : 0,
            Fused = FusedAttention,
        };
        foreach (var layer in _layers) x = seen.Layer(x, layer.Forward(x, pass));
        var pooled = _pooler.call(x.select(1, 0)).tanh();                                 // [B, D], of the first token
        if (train) pooled = Pass.Drop(pooled, _config.ClassifierDropout ?? _config.HiddenDropout);
        return seen.Output(_classifier.call(pooled));                                     // [B, C]
    }

    /// <inheritdoc/>
    public override string? ParameterName(string stored)
    {
        // The first checkpoints carry TensorFlow's names for the norms, and some the position ids, which are no parameter.
        if (stored.EndsWith("embeddings.position_ids", StringComparison.Ordinal)) return null;
        stored = stored.Replace("LayerNorm.gamma", "LayerNorm.weight").Replace("LayerNorm.beta", "LayerNorm.bias");
        return StartsWithAny(stored, "embeddings.", "encoder.", "pooler.") ? "bert." + stored : stored;
    }
}

/// <summary>One encoder layer, normalized after each block: attention, then the feed-forward pair.</summary>
internal sealed class BertLayer : Block
{
    private readonly int _heads;
    private readonly Activation _activation;
    private readonly Linear _query, _key, _value, _output, _up, _down;
    private readonly LayerNorm _attentionNorm, _outputNorm;

    public BertLayer(BertConfig config, Device device, ScalarType type) : base(nameof(BertLayer))
    {
        int d = config.Width, f = config.FeedForward;
        _heads = config.Heads;
        _activation = config.Activation;
        _query = Add("attention.self.query", Map(d, d, device, type));
        _key = Add("attention.self.key", Map(d, d, device, type));
        _value = Add("attention.self.value", Map(d, d, device, type));
        _output = Add("attention.output.dense", Map(d, d, device, type));
        _attentionNorm = Add("attention.output.LayerNorm", Norm(d, config.LayerNormEpsilon, device, type));
        _up = Add("intermediate.dense", Map(d, f, device, type));
        _down = Add("output.dense", Map(f, d, device, type));
        _outputNorm = Add("output.LayerNorm", Norm(d, config.LayerNormEpsilon, device, type));
    }

    public Tensor Forward(Tensor x, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor query = _query.call(x), key = _key.call(x), value = _value.call(x);                 // [B, T, D]
        var context = Attention.Attend(Attention.Split(query, _heads), Attention.Split(key, _heads), Attention.Split(value, _heads), pass);
        var output = _output.call(Attention.Merge(context));                                       // [B, T, D]
        x = _attentionNorm.call(Pass.Drop(output, pass.HiddenDropout) + x);
        var up = _up.call(x);                                                                      // [B, T, F]
        var down = _down.call(_activation.Apply(up));                                              // [B, T, D]
        pass.Seen.Matrices(query, key, value, output, up, down);
        return _outputNorm.call(Pass.Drop(down, pass.HiddenDropout) + x).MoveToOuterDisposeScope();
    }
}
