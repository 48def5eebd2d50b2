using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Training;

/// <summary>The shape of the tiny models: what the kit asks of any.</summary>
internal sealed record TinyConfig : ModelConfig
{
    public override string ModelType => "tiny";
    public override int VocabularySize { get; init; } = 11;
    public override int Width { get; init; } = 6;
    public override int Layers { get; init; } = 1;
    public override int Heads { get; init; } = 1;
    public override int MaxLength { get; init; } = 32;
    public override int Classes => ClassCount;
    public int ClassCount { get; init; } = 3;

    public override ModelConfig WithoutDropout() => this;
    protected override JsonObject Describe() => throw new NotSupportedException("a tiny model is never saved");
    public override void Validate() { }
}

/// <summary>
/// One of each kind of parameter (embedding, linear, normalisation, plain) with dropout. As an encoder it classifies the
/// mean of its tokens, as a decoder (no classes) it predicts at every position.
/// </summary>
internal sealed class TinyModel : LanguageModel
{
    private readonly TinyConfig _config;
    private readonly Embedding _embedding;
    private readonly LayerNorm _norm;
    private readonly Linear _head;
    private readonly Parameter scale;   // a change of type finds a plain parameter's field by its registered name
    private readonly Dropout _dropout;

    public TinyModel(int vocabulary = 11, int classes = 3, double dropout = 0.2, ulong seed = 5, int maxLength = 32) : base("tiny")
    {
        _config = new TinyConfig { VocabularySize = vocabulary, ClassCount = classes, MaxLength = maxLength };
        RandomStreams.SeedGlobal(seed, CPU);
        register_module("embedding", _embedding = nn.Embedding(vocabulary, 6));
        register_module("norm", _norm = nn.LayerNorm(6));
        register_module("head", _head = nn.Linear(6, classes == 0 ? vocabulary : classes));
        register_parameter("scale", scale = nn.Parameter(ones(6)));
        register_module("dropout", _dropout = nn.Dropout(dropout));
    }

    public override ModelConfig Config => _config;

    public override Tensor Embed(Batch batch) => _embedding.call(batch.Ids);

    public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedded = null)
    {
        var hidden = _dropout.call(_norm.call((embedded ?? Embed(batch)) * scale));
        if (_config.ClassCount == 0) return new ModelOutput { Logits = _head.call(hidden) };
        var mask = batch.Mask.unsqueeze(-1).to_type(hidden.dtype);
        return new ModelOutput { Logits = _head.call((hidden * mask).sum(1) / mask.sum(1)) };
    }
}

/// <summary>Cross-entropy of the tiny model, as a mean over the unit that fits: enough of a method to test a trainer with.</summary>
internal sealed class TinyMethod(LanguageModel student, bool decoder = false) : IMethod
{
    public string Name => "tiny";
    public LanguageModel Student => student;
    public double Weight { get; init; } = 1;
    public Func<Step, Tensor, Tensor> Spoil { get; init; } = (_, loss) => loss;
    public Func<Batch, Generator, Batch> Preparing { get; init; } = (batch, _) => batch;

    public Batch Prepare(Batch batch, Generator sampling, double progress) => Preparing(batch, sampling);

    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        var loss = decoder
            ? nn.functional.cross_entropy(step.Student.Logits.flatten(0, 1), step.Batch.Targets!.flatten(), ignore_index: Batch.Ignored)
            : nn.functional.cross_entropy(step.Student.Logits, step.Batch.Labels!);
        return [new LossTerm("L_CE", Spoil(step, loss), Weight, decoder ? Unit.Target : Unit.Example)];
    }
}

/// <summary>Batches made from numbers alone, the same at every call; each epoch has its own order.</summary>
internal sealed class TinyData(int batches, int rows = 4, bool decoder = false, int vocabulary = 11, int classes = 3) : IBatchSource
{
    public int BatchesPerEpoch => batches;

    public IEnumerable<Batch> Epoch(int epoch, int from = 0)
    {
        var order = Enumerable.Range(0, batches).ToArray();
        new Random(epoch).Shuffle(order);
        return order.Skip(from).Select(i => Make(Rows(i)));
    }

    /// <summary>The rows of a batch, of different lengths.</summary>
    public int[][] Rows(int index)
    {
        var random = new Random(1000 + index);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, random.Next(2, 9)).Select(_ => random.Next(vocabulary)).ToArray())];
    }

    /// <summary>A batch of rows. The class of a row is the commonest residue of its tokens, which their mean embedding can tell.</summary>
    public Batch Make(int[][] rows)
    {
        int width = rows.Max(r => r.Length);
        var ids = tensor(rows.SelectMany(r => r.Concat(Enumerable.Repeat(0, width - r.Length))).Select(i => (long)i).ToArray(), [rows.Length, width]);
        long[] lengths = [.. rows.Select(r => (long)r.Length)];
        if (!decoder) return new Batch(ids, lengths, labels: tensor(rows.Select(r => (long)r.GroupBy(t => t % classes).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key).ToArray()));
        var targets = rows.SelectMany(r => Batch.NextTokenTargets(r, 0).Concat(Enumerable.Repeat(Batch.Ignored, width - r.Length))).ToArray();
        return new Batch(ids, lengths, targets: tensor(targets, [rows.Length, width]), targetCount: targets.Count(t => t != Batch.Ignored));
    }
}

/// <summary>Batches that are given one by one.</summary>
internal sealed class GivenData(params Func<Batch>[] batches) : IBatchSource
{
    public int BatchesPerEpoch => batches.Length;
    public IEnumerable<Batch> Epoch(int epoch, int from = 0) => batches.Skip(from).Select(make => make());
}

internal static class Bits
{
    /// <summary>Every parameter's values, for comparing bit by bit.</summary>
    public static Dictionary<string, double[]> Of(nn.Module module) =>
        module.named_parameters().ToDictionary(p => p.name, p => Numbers(p.parameter));

    /// <summary>A tensor's values as doubles, which hold every float exactly.</summary>
    public static double[] Numbers(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }
}
