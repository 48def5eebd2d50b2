namespace ResearchKit.Data.Tasks;

/// <summary>A task whose examples are at hand.</summary>
/// <param name="name">The task's id.</param>
/// <param name="kind">What it asks for.</param>
/// <param name="labels">Names of the classes.</param>
/// <param name="splits">The examples of each split; a split may be missing.</param>
public sealed class InMemoryTask(string name, TaskKind kind, IReadOnlyList<string> labels,
    IReadOnlyDictionary<Split, IReadOnlyList<Example>> splits) : ITask
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public TaskKind Kind => kind;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => labels;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics { get; init; } = ["accuracy"];

    /// <inheritdoc/>
    public SpanRules Spans { get; init; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Example> Examples(Split which) => splits.TryGetValue(which, out var examples) && examples.Count > 0 ? examples
        : throw new KitException($"The task '{name}' has no {which.ToString().ToLowerInvariant()} examples"
            + (splits.ContainsKey(which) ? "." : $"; it has {string.Join(" and ", splits.Keys.Select(s => s.ToString().ToLowerInvariant()))}."));
}
