namespace ResearchKit.Benchmarks;

/// <summary>Something that is timed: prepared once, then stepped many times. Its twin of the same name stands in <c>benchmarks/pytorch</c>.</summary>
public abstract class Workload : IDisposable
{
    /// <summary>The name that both sides know it by.</summary>
    public abstract string Name { get; }

    /// <summary>Units of work in one step: tokens of a training step, operations of a loop, rows of a product.</summary>
    public abstract long UnitsPerStep { get; }

    /// <summary>One timed step.</summary>
    public abstract void Step();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Every workload's name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["op-add", "op-linear"];

    /// <summary>Makes a workload.</summary>
    /// <exception cref="KitException">No workload has that name.</exception>
    public static Workload Create(string name) => name switch
    {
        "op-add" => new AddWorkload(),
        "op-linear" => new LinearWorkload(),
        _ => throw new KitException($"There is no workload '{name}'. Choose one of {string.Join(", ", Names)}."),
    };
}
