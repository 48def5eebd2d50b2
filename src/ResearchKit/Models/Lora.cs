using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// A low-rank adapter beside the query and value maps of every attention (Hu et al., arXiv 2106.09685; equation 15 of Online Knowledge
/// Distillation, arXiv 2409.12512):
/// <code>h ← h + s · x W_down W_up        W_down [D, r] from N(0, 0.02²),  W_up [r, k] = 0</code>
/// so a fresh one changes nothing.
/// </summary>
public sealed class Lora : Adapter
{
    internal const string Kind = "lora";
    private static readonly string[] Matrices = [Query, Value];
    private readonly Dictionary<(int Layer, string Matrix), (Linear Down, Linear Up)> _branches = [];

    internal const string Query = "query", Value = "value";

    /// <summary>Makes an adapter for a model, on its device and in its type; the model does not know of it yet.</summary>
    /// <param name="model">The model it is to stand beside.</param>
    /// <param name="settings">Its size.</param>
    /// <param name="seed">Of W_down; null to leave it without values, for one who loads it.</param>
    public Lora(LanguageModel model, AdapterSettings settings, long? seed) : base(nameof(Lora), settings with { Module = Kind })
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator(unchecked((ulong)(seed ?? 0)));
        var like = model.parameters().First();
        for (int layer = 0; layer < model.Config.Layers; layer++)
            foreach (var matrix in Matrices)
            {
                var map = model.Map(layer, matrix);
                var down = Add($"{map.Name}.lora_down", Map(map.Inputs, settings.Rank, like.device, like.dtype, bias: false));
                var up = Add($"{map.Name}.lora_up", Map(settings.Rank, map.Outputs, like.device, like.dtype, bias: false));
                up.weight!.fill_(0);
                if (seed is not null) Draw(down.weight!, generator);
                _branches[(layer, matrix)] = (down, up);
            }
    }

    /// <inheritdoc/>
    internal override Tensor Beside(int layer, string matrix, Tensor x, Tensor output)
    {
        var (down, up) = _branches[(layer, matrix)];
        return output.add(up.call(down.call(x)), Settings.Scale);
    }

    /// <inheritdoc/>
    /// <remarks>W ← W + s W_down W_up.</remarks>
    public override void MergeInto(LanguageModel model)
    {
        RequireFit(model);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var ((layer, matrix), (down, up)) in _branches)
        {
            var map = model.Map(layer, matrix);
            if (map.Factors is not null)
                throw new KitException($"The adapter cannot be merged: '{map.Name}' is a product of two factors, and what it adds has no room in them. Merge the factors first, or keep the adapter beside the model.");
            var weight = map.Weight;
            // In single precision at least: the sum of many small products is rounded once.
            var wide = weight.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
            weight.copy_(weight.to(wide).add(up.weight!.to(wide).matmul(down.weight!.to(wide)), Settings.Scale));
        }
    }

    /// <inheritdoc/>
    internal override void RequireFit(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        if (model.Config.Layers * Matrices.Length != _branches.Count)
            throw new KitException($"The adapter is for a model of {_branches.Count / Matrices.Length} layers, this '{model.Config.ModelType}' has {model.Config.Layers}. Make an adapter for this model.");
        foreach (var ((layer, matrix), (down, up)) in _branches)
        {
            var map = model.Map(layer, matrix);
            if (map.Inputs != down.weight!.shape[1] || map.Outputs != up.weight!.shape[0])
                throw new KitException($"The adapter maps {down.weight!.shape[1]} to {up.weight!.shape[0]} units at layer {layer}, the model's '{map.Name}' {map.Inputs} to {map.Outputs}. Make an adapter for this model.");
        }
    }
}
