using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// A model says what it computes: logits, and the intermediates that a method asks to see. Parameters bear the names of the
/// Hugging Face checkpoint of the same architecture.
/// </summary>
public abstract class LanguageModel : Block
{
    private HashSet<string>? _parameterNames;

    /// <summary>Names the module.</summary>
    protected LanguageModel(string name) : base(name) { }

    /// <summary>The shape of the model, as its <c>config.json</c> says it.</summary>
    public abstract ModelConfig Config { get; }

    /// <summary>
    /// Use libtorch's fused attention wherever no attention map is asked for: less memory, the same numbers up to rounding.
    /// Off by default, because it has no second derivative.
    /// </summary>
    public bool FusedAttention { get; set; }

    /// <summary>The adapter that the model reads, or null. The model does not own it: it is not among its parts, is not saved with it, and is
    /// let go by whoever made it.</summary>
    /// <exception cref="KitException">It was made for another shape of model.</exception>
    public Adapter? Adapter
    {
        get;
        set
        {
            value?.RequireFit(this);
            field = value;
        }
    }

    /// <summary>Runs the model.</summary>
    /// <param name="batch">Token ids and lengths; labels and targets are not looked at.</param>
    /// <param name="observe">The intermediates to keep.</param>
    /// <param name="embedding">[B, T, D] output of the embedding block to use in place of <see cref="Embed"/>'s, so that a
    /// gradient can be taken at it; null to compute it.</param>
    /// <returns>Logits and the intermediates asked for, in the current dispose scope.</returns>
    /// <exception cref="KitException">A row is longer than the model allows, or an id is outside its vocabulary.</exception>
    public abstract ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null);

    /// <summary>The output of the whole embedding block, [B, T, D]: what the first layer reads.</summary>
    /// <exception cref="KitException">As in <see cref="Forward"/>.</exception>
    public abstract Tensor Embed(Batch batch);

    /// <summary>What its parameters are, dimension by dimension; null where no student can be cut out of it.</summary>
    internal virtual ParameterLayout? Layout => null;

    /// <summary>The parameters of the embedding block, which <see cref="Embed"/> computes with. A tied output map is among them.</summary>
    public IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Value)> EmbeddingParameters =>
        [.. named_parameters().Where(p => EmbeddingNames.Any(e => p.name.StartsWith(e + ".", StringComparison.Ordinal))).Select(p => (p.name, p.parameter))];

    /// <summary>The parts that <see cref="Embed"/> computes with, by their names in the checkpoint.</summary>
    private protected virtual IReadOnlyList<string> EmbeddingNames => [];

    /// <summary>The linear maps of each layer by their names: <c>query</c>, <c>key</c>, <c>value</c>, <c>output</c>, <c>up</c>, <c>down</c>, LLaMA's also
    /// <c>gate</c>.</summary>
    public IReadOnlyList<string> MapNames => Config.MapNames;

    /// <summary>A linear map of a layer.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="matrix">One of <see cref="MapNames"/>.</param>
    /// <exception cref="ArgumentException">There is no such layer or map.</exception>
    public LinearMap Map(int layer, string matrix)
    {
        if (layer < 0 || layer >= Config.Layers) throw new ArgumentOutOfRangeException(nameof(layer), layer, $"The model has the layers 0 to {Config.Layers - 1}.");
        if (!MapNames.Contains(matrix)) throw new ArgumentException($"A {Config.ModelType} has the maps {string.Join(", ", MapNames)}, not '{matrix}'.", nameof(matrix));
        return MapOf(layer, matrix);
    }

    private protected virtual LinearMap MapOf(int layer, string matrix) => throw new KitException($"The maps of a '{Config.ModelType}' model are not known.");

    /// <summary>The vocabulary's table.</summary>
    internal virtual WordTable Words => throw new KitException($"The table of a '{Config.ModelType}' model is not known.");

    /// <summary>The map to the vocabulary where it is not the table itself.</summary>
    internal virtual LinearMap? OutputMap => null;

    /// <summary>Number of trainable and frozen parameters, tied ones counted once.</summary>
    public long ParameterCount => parameters().Sum(p => p.numel());

    /// <summary>
    /// The name by which this model knows a tensor of a checkpoint; null for one that no model of this kind has use for (a stored
    /// mask, the copy of a tied weight). Older checkpoints and those of the headless model use other names.
    /// </summary>
    /// <param name="stored">The name in the checkpoint.</param>
    public virtual string? ParameterName(string stored) => stored;

    /// <summary>Whether the model has a parameter of that name.</summary>
    private protected bool Has(string name) => (_parameterNames ??= [.. named_parameters().Select(p => p.name)]).Contains(name);

    /// <summary>The name as the model has it: checkpoints of the bare model leave out what stands before its parts' names.</summary>
    /// <param name="stored">The name in the checkpoint.</param>
    /// <param name="base">For instance <c>bert.</c>.</param>
    private protected string Placed(string stored, string @base) => !Has(stored) && Has(@base + stored) ? @base + stored : stored;

    /// <summary>
    /// Draws the weights: every matrix and table from N(0, σ²), in the order of their names; biases stay 0, norms 1. On the CPU
    /// in single precision whatever the model's device and type, so that a seed means the same model everywhere.
    /// </summary>
    /// <param name="seed">The recipe's initialisation seed.</param>
    /// <param name="deviation">σ of a parameter, by its name.</param>
    private protected void Draw(long seed, Func<string, double> deviation)
    {
        using var frozen = no_grad();
        using var generator = new Generator(unchecked((ulong)seed));
        foreach (var (name, parameter) in named_parameters())
        {
            if (parameter.dim() < 2) continue;
            using var scope = NewDisposeScope();
            // Two factors share the deviation of their product: each entry of it is a sum over the rank.
            double one = deviation(name), each = RankOf(name, parameter) is { } rank ? Math.Sqrt(one / Math.Sqrt(rank)) : one;
            parameter.copy_(randn(parameter.shape, dtype: ScalarType.Float32, generator: generator).mul_(each));
        }
    }

    private static long? RankOf(string name, Tensor parameter) => name[(name.LastIndexOf('.') + 1)..] switch
    {
        nameof(LowRankLinear.down) => parameter.shape[0],
        nameof(LowRankLinear.up) or nameof(LowRankTable.table) => parameter.shape[1],
        _ => null,
    };

    /// <summary>Refuses what would crash further in, where the message would say less or a GPU would take the process down.</summary>
    private protected void Check(Batch batch)
    {
        // Padding before a row takes none of its positions.
        long longest = batch.PaddedLeft ? batch.Lengths.Max() : batch.Width;
        if (longest > Config.MaxLength)
            throw new KitException(
                $"A row of {longest} tokens is longer than the {Config.MaxLength} positions of the {Config.ModelType} model. "
                + "Cut the rows, or use a model with more positions.");
        var (least, most) = batch.IdRange;
        if (least < 0 || most >= Config.VocabularySize)
            throw new KitException(
                $"Token id {(least < 0 ? least : most)} is outside the vocabulary of the {Config.ModelType} model, "
                + $"0 to {Config.VocabularySize - 1}. Does the tokenizer belong to this model?");
    }

    /// <summary>Refuses an embedding that is not [B, T, D]: a wrong shape in a product ends the process.</summary>
    private protected void Check(Batch batch, Tensor embedding)
    {
        if (!embedding.shape.AsSpan().SequenceEqual([batch.Rows, batch.Width, Config.Width]))
            throw new ArgumentException(
                $"The embedding must be [{batch.Rows}, {batch.Width}, {Config.Width}], got [{string.Join(", ", embedding.shape)}].",
                nameof(embedding));
    }
}
