using ResearchKit.Data;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Training;

/// <summary>The shape of the tiny models: what the kit asks of any.</summary>
internal sealed record TinyConfig(int Vocabulary, int Classes, int MaximumLength = 32) : ModelConfig
{
    public override string ModelType => "tiny";
    public override int VocabularySize => Vocabulary;
    public override int Width => 6;
    public override int Layers => 1;
    public override int Heads => 1;
    public override int MaxLength => MaximumLength;
}

/// <summary>
/// One of each kind of parameter (embedding, linear, normalisation, plain) with dropout. As an encoder it classifies the
/// mean of its tokens, as a decoder (no classes) it predicts at every position.
/// </summary>
internal sealed class TinyModel : LanguageModel
{
    private readonly TinyConfig _config;
    private readonly Embedding embedding;
    private readonly LayerNorm norm;
    private readonly Linear head;
    private readonly Parameter scale;
    private readonly Dropout dropout;

    public TinyModel(int vocabulary = 11, int classes = 3, double dropout = 0.2, ulong seed = 5, int maxLength = 32) : base("tiny")
    {
        _config = new TinyConfig(vocabulary, classes, maxLength);
        RandomStreams.SeedGlobal(seed, CPU);
        embedding = nn.Embedding(vocabulary, 6);
        norm = nn.LayerNorm(6);
        head = nn.Linear(6, classes == 0 ? vocabulary : classes);
        scale = nn.Parameter(ones(6));
        this.dropout = nn.Dropout(dropout);
        RegisterComponents();
    }

    public override ModelConfig Config => _config;

    public override Tensor Embed(Batch batch) => embedding.call(batch.Ids);

    public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedded = null)
    {
        var hidden = dropout.call(norm.call((embedded ?? Embed(batch)) * scale));
        if (_config.Classes == 0) return new ModelOutput { Logits = head.call(hidden) };
        var mask = batch.Mask.unsqueeze(-1).to_type(hidden.dtype);
        return new ModelOutput { Logits = head.call((hidden * mask).sum(1) / mask.sum(1)) };
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

    public Batch Prepare(Batch batch, Generator sampling) => Preparing(batch, sampling);

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

    /// <summary>A batch of rows. The class of a row is its first token modulo the classes.</summary>
    public Batch Make(int[][] rows)
    {
        int width = rows.Max(r => r.Length);
        var ids = tensor(rows.SelectMany(r => r.Concat(Enumerable.Repeat(0, width - r.Length))).Select(i => (long)i).ToArray(), [rows.Length, width]);
        long[] lengths = [.. rows.Select(r => (long)r.Length)];
        if (!decoder) return new Batch(ids, lengths, labels: tensor(rows.Select(r => (long)(r[0] % classes)).ToArray()));
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
