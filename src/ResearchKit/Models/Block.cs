using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// A module that names its parts as the checkpoint does, at the place where it makes them: <c>Add("attention.self.query", …)</c>.
/// Fields are then plain C#, and the tree of modules is the one that Hugging Face's names describe.
/// </summary>
public abstract class Block : nn.Module
{
    /// <summary>Names the module.</summary>
    protected Block(string name) : base(name) { }

    /// <summary>Nothing: parts are registered by <see cref="Add"/>, under the checkpoint's names, and not by their fields' names.</summary>
    protected override void RegisterComponents() { }

    /// <summary>Registers a part under its name in the checkpoint. Dots make modules between, shared by the parts below them.</summary>
    /// <param name="path">The name below this module, e.g. <c>attention.self.query</c>.</param>
    /// <param name="part">The part, with its parameters.</param>
    /// <returns>The part.</returns>
    protected T Add<T>(string path, T part) where T : nn.Module
    {
        // A dispose scope around the construction would take the parameters with it when it ends: some layers guard theirs,
        // others do not, and the model would silently have fewer. Here all of them leave the scope.
        foreach (var parameter in part.parameters()) parameter.DetachFromDisposeScope();
        foreach (var buffer in part.buffers()) buffer.DetachFromDisposeScope();
        var names = path.Split('.');
        nn.Module parent = this;
        foreach (var name in names[..^1]) parent = Group.Within(parent, name);
        parent.register_module(names[^1], part);
        return part;
    }

    /// <summary>A linear map whose weights have no value yet: <see cref="LanguageModel"/> draws them in one place, from one seed, or a checkpoint
    /// has them, and memory that nobody wrote to costs none. The bias is zero.</summary>
    protected static Linear Map(int inputs, int outputs, Device device, ScalarType type, bool bias = true) => nn.Linear(
        new Parameter(empty(outputs, inputs, dtype: type, device: device)), bias ? new Parameter(zeros(outputs, dtype: type, device: device)) : null);

    /// <summary>The same, or where a rank is given two factors.</summary>
    protected static nn.Module<Tensor, Tensor> Map(int? rank, int inputs, int outputs, Device device, ScalarType type, bool bias = true) =>
        rank is { } r ? new LowRankLinear(inputs, outputs, r, device, type, bias) : Map(inputs, outputs, device, type, bias);

    /// <summary>Layer normalization of the last dimension, scale 1 and shift 0.</summary>
    protected static LayerNorm Norm(int width, double epsilon, Device device, ScalarType type) =>
        nn.LayerNorm(width, epsilon, device: device, dtype: type);

    // A module between that only carries a name.
    private sealed class Group(string name) : Block(name)
    {
        public static nn.Module Within(nn.Module parent, string name)
        {
            foreach (var (child, module) in parent.named_children())
                if (child == name) return module;
            var group = new Group(name);
            parent.register_module(name, group);
            return group;
        }
    }
}
