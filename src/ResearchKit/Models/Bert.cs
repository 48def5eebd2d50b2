using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// BERT, RoBERTa and DistilBERT: the whole model in this file, its parts named as in Hugging Face's checkpoints. The three
/// compute the same; <see cref="BertNames"/> holds what they call things, and the differences stand where they act: segments
/// (DistilBERT has none), the first position (RoBERTa's), the nonlinearity before the classes.
/// </summary>
/// <remarks>B rows, T positions, D width, F inner width, H heads, V vocabulary, C classes.</remarks>
public sealed class Bert : LanguageModel
{
    private readonly BertConfig _config;
    private readonly BertNames _names;
    private readonly WordTable _words;
    private readonly Table _positions;
    private readonly Table? _segments;
    private readonly LayerNorm _norm;
    private readonly BertLayer[] _layers;
    private readonly Linear? _dense, _output;       // the two maps of a head; a span has but the second, a vocabulary but the first
    private readonly LayerNorm? _denseNorm;
    private readonly Bias? _vocabulary;

    /// <summary>Makes the model on a device, in a type.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Initialisation seed; null to leave matrices and tables without values, for one who loads them.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The shape is impossible.</exception>
    public Bert(BertConfig config, long? seed, Device? device = null, ScalarType type = ScalarType.Float32) : base(nameof(Bert))
    {
        config.Validate();
        _config = config;
        _names = config.Names;
        device ??= CPU;
        int d = config.Width;
        string at = _names.Base + ".";
        _words = Add(at + "embeddings.word_embeddings", WordTable.Of(config.VocabularySize, d, config.LowRank?.Embedding, device, type));
        _positions = Add(at + "embeddings.position_embeddings", new Table(config.FirstPosition + config.MaxLength, d, device, type));
        if (_names.Segments is { } segments) _segments = Add(at + segments, new Table(config.Segments, d, device, type));
        _norm = Add(at + "embeddings.LayerNorm", Norm(d, config.LayerNormEpsilon, device, type));
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => Add($"{at}{_names.Layer}.{i}", new BertLayer(config, _names, i, device, type)))];
        switch (config.Head)
        {
            case EncoderHead.Classes:
                _dense = Add(_names.Pre, Map(d, d, device, type));
                _output = Add(_names.Classifier, Map(d, config.Labels.Count, device, type));
                break;
            case EncoderHead.MaskedTokens:
                _vocabulary = Add(_names.Vocabulary, new Bias(config.VocabularySize, device, type));
                _dense = Add(_names.Transform, Map(d, d, device, type));
                _denseNorm = Add(_names.TransformNorm, Norm(d, config.LayerNormEpsilon, device, type));
                break;
            case EncoderHead.Span:
                _output = Add("qa_outputs", Map(d, 2, device, type));
                break;
            default:
                // Carried along for whoever puts a head on it: the bare checkpoints of BERT and RoBERTa have a pooler.
                if (config.Variant != BertVariant.DistilBert) _dense = Add(at + _names.Pooler, Map(d, d, device, type));
                break;
        }
        if (seed is { } s) Draw(s, _ => config.InitializerRange);
    }

    /// <inheritdoc/>
    public override ModelConfig Config => _config;

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch)
    {
        Check(batch);
        using var scope = NewDisposeScope();
        bool segmented = _config.Segments > 1 && batch.Segments is not null;
        var places = _positions.From(_config.FirstPosition, batch.Width);                // [T, D]
        if (!segmented && _segments is not null) places = places + _segments.From(0, 1);  // all in segment 0: one row for everybody
        var x = _words.call(batch.Ids) + places;                                          // [B, T, D]
        if (segmented && _segments is not null)
        {
            var (least, most) = batch.SegmentRange;
            if (least < 0 || most >= _config.Segments)
                throw new KitException(
                    $"Segment {(least < 0 ? least : most)} is outside the model's {_config.Segments} segments (type_vocab_size).");
            x = x + _segments.call(batch.Segments!);
        }
        return Drop(_norm.call(x), _config.EmbeddingDropout ?? _config.HiddenDropout).MoveToOuterDisposeScope();
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
            Adapter = Adapter,
        };
        // A class is read off the first token: where nobody looks at the last layer, it computes that one alone.
        bool first = _config.Head == EncoderHead.Classes && !seen.Wants(Observe.Hidden | Observe.Attention | Observe.Matrices | Observe.Scores | Observe.Inputs);
        foreach (var layer in _layers) x = seen.Layer(x, layer.Forward(x, pass, first && layer == _layers[^1]), last: layer == _layers[^1]);
        return seen.Output(_config.Head switch
        {
            EncoderHead.Classes => Classify(x.select(1, 0)),                               // [B, C], of the first token
            EncoderHead.MaskedTokens => Fill(x),                                           // [B, T, V]
            EncoderHead.Span => _output!.call(Drop(x, _config.SpanDropout)),               // [B, T, 2]
            _ => x.alias(),                                                                // [B, T, D]
        });
    }

    private protected override LinearMap MapOf(int layer, string matrix) => new($"{_names.Base}.{_names.Layer}.{layer}.{_names.Map(matrix)}", _layers[layer].Map(matrix));

    internal override WordTable Words => _words;

    private protected override IReadOnlyList<string> EmbeddingNames => [_names.Base + ".embeddings"];

    internal override ParameterLayout Layout => new($"{_names.Base}.{_names.Layer}.",
    [
        new("embeddings.word_embeddings", Axis.Tokens, Axis.Width), new("embeddings.position_embeddings", Axis.Positions, Axis.Width),
        new("embeddings.token_type_embeddings", Axis.Tokens, Axis.Width),
        new(_names.Query, Axis.Heads, Axis.Width), new(_names.Key, Axis.Heads, Axis.Width), new(_names.Value, Axis.Heads, Axis.Width),
        new(_names.Output, Axis.Width, Axis.Heads), new(_names.Up, Axis.Inner, Axis.Width), new(_names.Down, Axis.Width, Axis.Inner),
        new(_names.Pooler, Axis.Width, Axis.Width), new(_names.Pre, Axis.Width, Axis.Width), new(_names.Transform, Axis.Width, Axis.Width),
        new(_names.Classifier, Axis.Classes, Axis.Width), new("qa_outputs", Axis.Classes, Axis.Width), new(_names.Vocabulary, Axis.Tokens, Axis.Width),
    ], [_names.Pre, $"{_names.Base}.{_names.Pooler}", _names.Classifier, "qa_outputs", _names.Transform, _names.TransformNorm, _names.Vocabulary]);

    /// <inheritdoc/>
    public override string? ParameterName(string stored)
    {
        // The first checkpoints carry TensorFlow's names for the norms, and some the position ids, which are no parameter.
        if (stored.EndsWith("embeddings.position_ids", StringComparison.Ordinal)) return null;
        stored = Placed(stored.Replace("LayerNorm.gamma", "LayerNorm.weight").Replace("LayerNorm.beta", "LayerNorm.bias"), _names.Base + ".");
        if (Has(stored)) return stored;
        // A pooler where this head needs none; the copies of the tied decoder; the head that guesses the next sentence.
        bool pooler = !Has($"{_names.Base}.{_names.Pooler}.weight") && (Under(_names.Pooler) || Under($"{_names.Base}.{_names.Pooler}"));
        bool useless = pooler || (_config.Head == EncoderHead.MaskedTokens
            && (Under(_names.Vocabulary + ".decoder") || stored == _names.Vocabulary + ".weight" || Under("cls.seq_relationship")));
        return useless ? null : stored;

        bool Under(string part) => stored.StartsWith(part + ".", StringComparison.Ordinal);
    }

    // [B, D] to [B, C]. BERT's pooler and RoBERTa's head end in tanh, DistilBERT's in ReLU; RoBERTa drops before its map too.
    private Tensor Classify(Tensor first)
    {
        bool distil = _config.Variant == BertVariant.DistilBert;
        double dropout = _config.ClassifierDropout ?? (distil ? 0.2 : _config.HiddenDropout);
        if (_config.Variant == BertVariant.Roberta) first = Drop(first, dropout);
        var pooled = _dense!.call(first);                                                  // [B, D]
        return _output!.call(Drop(distil ? nn.functional.relu(pooled) : pooled.tanh(), dropout));
    }

    // [B, T, D] to [B, T, V]. RoBERTa's head has GELU whatever the layers have.
    private Tensor Fill(Tensor x)
    {
        var activation = _config.Variant == BertVariant.Roberta ? Activation.Gelu : _config.Activation;
        return _words.Predict(_denseNorm!.call(activation.Apply(_dense!.call(x))), _vocabulary!.bias);
    }

    private Tensor Drop(Tensor x, double probability) => training ? Pass.Drop(x, probability) : x;

    // The bias of the vocabulary, a parameter that stands alone because its matrix is the word table.
    private sealed class Bias : nn.Module
    {
        public Parameter bias;

        public Bias(int width, Device device, ScalarType type) : base(nameof(Bias))
        {
            bias = new Parameter(zeros(width, dtype: type, device: device));
            RegisterComponents();
        }
    }
}

/// <summary>One encoder layer, normalized after each block: attention, then the feed-forward pair.</summary>
internal sealed class BertLayer : Block
{
    private readonly int _index, _heads;
    private readonly Activation _activation;
    private readonly nn.Module<Tensor, Tensor> _query, _key, _value, _output, _up, _down;
    private readonly LayerNorm _attentionNorm, _outputNorm;

    public BertLayer(BertConfig config, BertNames names, int index, Device device, ScalarType type) : base(nameof(BertLayer))
    {
        int d = config.Width, f = config.FeedForward;
        _index = index;
        _heads = config.Heads;
        _activation = config.Activation;
        nn.Module<Tensor, Tensor> Part(string matrix, int inputs, int outputs) => Add(names.Map(matrix), Map(config.LowRank?.Of(index, matrix), inputs, outputs, device, type));
        _query = Part("query", d, d);
        _key = Part("key", d, d);
        _value = Part("value", d, d);
        _output = Part("output", d, d);
        _attentionNorm = Add(names.AttentionNorm, Norm(d, config.LayerNormEpsilon, device, type));
        _up = Part("up", d, f);
        _down = Part("down", f, d);
        _outputNorm = Add(names.OutputNorm, Norm(d, config.LayerNormEpsilon, device, type));
    }

    public nn.Module<Tensor, Tensor> Map(string matrix) => matrix switch
    {
        "query" => _query,
        "key" => _key,
        "value" => _value,
        "output" => _output,
        "up" => _up,
        _ => _down,
    };

    /// <param name="x">[B, T, D].</param>
    /// <param name="pass">What all layers share.</param>
    /// <param name="first">Compute the first position alone, which still sees all: T is 1 from the queries on.</param>
    public Tensor Forward(Tensor x, Pass pass, bool first = false)
    {
        using var scope = NewDisposeScope();
        Tensor key = _key.call(x), value = pass.Value(_index, x, _value.call(x));                  // [B, T, D]
        var read = x;
        if (first) x = x.narrow(1, 0, 1);
        var query = pass.Query(_index, x, _query.call(x));                                         // [B, T, D]
        var context = Attention.Attend(Attention.Split(query, _heads), Attention.Split(key, _heads), Attention.Split(value, _heads), pass);
        var merged = Attention.Merge(context);                                                     // [B, T, D]
        var output = _output.call(merged);                                                         // [B, T, D]
        x = _attentionNorm.call(Pass.Drop(output, pass.HiddenDropout) + x);
        var up = _up.call(x);                                                                      // [B, T, F]
        var inner = _activation.Apply(up);                                                         // [B, T, F]
        var down = _down.call(inner);                                                              // [B, T, D]
        pass.Seen.Inputs(read, merged, x, inner);
        pass.Seen.Matrices(query, key, value, output, up, down);
        return _outputNorm.call(Pass.Drop(down, pass.HiddenDropout) + x).MoveToOuterDisposeScope();
    }
}
