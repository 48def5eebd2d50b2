using System.Text.Json.Nodes;

namespace ResearchKit.Benchmarks;

/// <summary>Something that is timed: prepared once, then stepped many times. Its twin of the same name stands in <c>benchmarks/pytorch</c>.</summary>
public abstract class Workload : IDisposable
{
    private static readonly Dictionary<string, Func<Workload>> Known = new()
    {
        ["op-add"] = () => new AddWorkload(),
        ["op-linear"] = () => new LinearWorkload(),
        ["kd-encoder"] = () => new EncoderWorkload("kd-encoder", new JsonObject { ["name"] = "kd", ["alpha"] = 0.5, ["temperature"] = 5 }),
        ["gradkd-encoder"] = () => new EncoderWorkload("gradkd-encoder", new JsonObject { ["name"] = "gradkd", ["alpha"] = 0.5, ["temperature"] = 5, ["beta"] = 0.2 }),
    };

    /// <summary>The name that both sides know it by.</summary>
    public abstract string Name { get; }

    /// <summary>Units of work in one step: tokens of a training step, operations of a loop, rows of a product.</summary>
    public abstract long UnitsPerStep { get; }

    /// <summary>One timed step.</summary>
    public abstract void Step();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Steps that both sides make before any is timed: the runtime's compiler needs them as much as the caches.</summary>
    public virtual int WarmUp => 40;

    /// <summary>Timed rounds, each of <see cref="StepsPerRound"/> steps of both sides.</summary>
    public virtual int Rounds => 100;

    /// <summary>Steps of a round.</summary>
    public virtual int StepsPerRound => 5;

    /// <summary>Parameters of the models, by the names that the other side gives them; none where there are no models.</summary>
    public virtual IReadOnlyDictionary<string, long> Parameters => new Dictionary<string, long>();

    /// <summary>Every workload's name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>Makes a workload.</summary>
    /// <exception cref="KitException">No workload has that name.</exception>
    public static Workload Create(string name) => Known.TryGetValue(name, out var make) ? make()
        : throw new KitException($"There is no workload '{name}'. Choose one of {string.Join(", ", Names)}.");
}
