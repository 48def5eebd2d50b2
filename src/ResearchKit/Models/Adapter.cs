using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>Which adapter, and how large.</summary>
public record AdapterSettings
{
    /// <summary><c>lora</c> beside the query and value maps (<see cref="Lora"/>), <c>prefix</c> keys and values before the text
    /// (<see cref="PrefixTuning"/>), or <c>p-tuning</c>, vectors read before the text (<see cref="PromptTuning"/>).</summary>
    [AllowedValues(Lora.Kind, PrefixTuning.Kind, PromptTuning.Kind)]
    public string Module { get; init; } = Lora.Kind;

    /// <summary>r: the rank of what <c>lora</c> adds.</summary>
    [Range(1, 4096)]
    public int Rank { get; init; } = 32;

    /// <summary>s: the factor of what <c>lora</c> adds (α/r where a file gives α).</summary>
    [Range(0.0, 1e4, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 1;

    /// <summary>n: places before the text, of <c>prefix</c> and <c>p-tuning</c>.</summary>
    [Range(1, 4096)]
    public int Tokens { get; init; } = 20;

    /// <summary>h: inner width of the net that what stands before the text is made by; 0 to train it itself. Null for the kind's own:
    /// none for <c>prefix</c>, the model's width for <c>p-tuning</c>.</summary>
    [Range(0, 1 << 20)]
    public int? Hidden { get; init; }

    /// <summary>These settings alone, where they are part of a method's.</summary>
    internal AdapterSettings Alone() => new() { Module = Module, Rank = Rank, Scale = Scale, Tokens = Tokens, Hidden = Hidden };
}

/// <summary>
/// A small trainable module that changes what a model computes and nothing of the model itself: the model reads it while
/// <see cref="LanguageModel.Adapter"/> names it, and neither its parameters nor their names change.
/// </summary>
/// <remarks>A change of the model's device or type does not reach it: convert both. No dropout.</remarks>
public abstract class Adapter : Block
{
    private protected const double Deviation = 0.02;

    private protected Adapter(string name, AdapterSettings settings) : base(name) => Settings = settings.Alone();

    /// <summary>What it is, and its size.</summary>
    public AdapterSettings Settings { get; }

    /// <summary>Makes an adapter for a model, on its device and in its type; the model does not know of it yet.</summary>
    /// <param name="model">The model it is to stand at.</param>
    /// <param name="settings">Which, and its size.</param>
    /// <param name="seed">Of its initial values; null to leave it without, for one who loads them.</param>
    /// <exception cref="KitException">There is no such adapter for this kind of model.</exception>
    public static Adapter Create(LanguageModel model, AdapterSettings settings, long? seed) => settings.Module switch
    {
        Lora.Kind => new Lora(model, settings, seed),
        PrefixTuning.Kind => new PrefixTuning(model, settings, seed),
        PromptTuning.Kind => new PromptTuning(model, settings, seed),
        var other => throw new KitException($"There is no adapter '{other}'. Choose one of {Lora.Kind}, {PrefixTuning.Kind}, {PromptTuning.Kind}."),
    };

    /// <summary>Makes the adapter's work the model's own, where that can be: the model then computes without it what it computed with it, up to
    /// rounding. The adapter stays as it is; take it off the model.</summary>
    /// <exception cref="KitException">It was made for another shape of model, or is of a kind that no model can take in.</exception>
    public virtual void MergeInto(LanguageModel model) =>
        throw new KitException($"A '{Settings.Module}' adapter cannot be merged: it adds places before the text, and no weight of the model has its like. Keep it beside the model.");

    /// <summary>The output of a map with the adapter's added to it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="matrix"><see cref="Lora.Query"/> or <see cref="Lora.Value"/>.</param>
    /// <param name="x">[B, T, D]: what the map reads.</param>
    /// <param name="output">[B, T, k]: what it says.</param>
    internal virtual Tensor Beside(int layer, string matrix, Tensor x, Tensor output) => output;

    /// <summary>Keys and values before the text, [1, K, n, d] of each layer; null where there are none. With their graph.</summary>
    internal virtual IReadOnlyList<(Tensor Key, Tensor Value)>? Before(LanguageModel model) => null;

    /// <summary>Requires a model of the shape that this one was made for.</summary>
    /// <exception cref="KitException">It has another; the message names the first difference.</exception>
    internal abstract void RequireFit(LanguageModel model);

    // A matrix drawn on the CPU in single precision, as the models draw: a seed means the same adapter everywhere.
    private protected static void Draw(Tensor weight, Generator generator) =>
        weight.copy_(randn(weight.shape, dtype: ScalarType.Float32, generator: generator).mul_(Deviation));

    private protected static Decoder RequireDecoder(LanguageModel model, string kind) => model as Decoder
        ?? throw new KitException($"There is no '{kind}' adapter for a '{model.Config.ModelType}' model: it stands before a text that a decoder continues. Use lora.");
}
