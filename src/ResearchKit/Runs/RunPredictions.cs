using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tensors;

namespace ResearchKit.Runs;

/// <summary>What a trained classifier says of every row of a split, beside the labels: what figures of agreement are made from.</summary>
public sealed record RunPredictions
{
    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method's id.</summary>
    public required string Method { get; init; }

    /// <summary>Whether it is shown as the one that teaches.</summary>
    public bool IsTeacher { get; init; }

    /// <summary>The split, in small letters.</summary>
    public required string Split { get; init; }

    /// <summary>Names of the classes.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The rows as people read them.</summary>
    public required IReadOnlyList<TextExample> Examples { get; init; }

    /// <summary>The logits.</summary>
    public required Predictions Predictions { get; init; }

    /// <summary>The class of the largest logit of each row.</summary>
    public int[] Classes => Predictions.Classes;

    /// <summary>The true class of each row.</summary>
    public int[] Expected => [.. Examples.Select(e => e.Label)];

    /// <summary>The softmax of each row.</summary>
    public IReadOnlyList<double[]> Probabilities => [.. Predictions.Logits.Select(Softmax)];

    /// <summary>Runs a finished classifier over a split of its own task.</summary>
    /// <param name="run">The run.</param>
    /// <param name="split">Which rows.</param>
    /// <param name="limit">At most so many of them, always the same ones; null for all.</param>
    /// <param name="teacher">Whether figures shall show it as the one that teaches.</param>
    /// <exception cref="KitException">The run is not complete, or its task has no classes.</exception>
    public static RunPredictions Of(RunFolder run, Split split = Data.Tasks.Split.Test, int? limit = null, bool teacher = false)
    {
        var recipe = run.Recipe();
        var task = TaskCatalog.Open(recipe.Data.Task);
        if (task.Kind is not (TaskKind.Classification or TaskKind.Pair) || task.Labels.Count == 1)
            throw new KitException($"{run.Path}: '{task.Name}' asks for no classes, so there are no class predictions. Give a run of a classifier.");
        var device = Devices.Resolve(recipe.Train.Device);
        using var saved = SavedModel.Load(run.Path, device);
        var examples = task.Examples(split, limit).Cast<TextExample>().ToList();
        if (examples.Any(e => e.Label < 0)) throw new KitException($"{run.Path}: the {split.ToString().ToLowerInvariant()} split of '{task.Name}' has no labels to lay predictions beside. Take the validation split.");
        var samples = new SampleEncoder(saved.Tokenizer, recipe.Data.MaxLength).Encode(examples);
        var collator = new Collator(saved.Tokenizer.PaddingId ?? 0, device, targets: false);
        return new()
        {
            Name = recipe.Name,
            Method = recipe.MethodName,
            IsTeacher = teacher,
            Split = split.ToString().ToLowerInvariant(),
            Labels = task.Labels,
            Examples = examples,
            Predictions = new ClassEvaluation(samples, collator, recipe.Evaluation.BatchSize).Predict(saved.Model),
        };
    }

    /// <summary>KL(other ‖ this) of each row, in nats.</summary>
    /// <exception cref="KitException">The other judged other rows.</exception>
    public IEnumerable<double> DivergenceFrom(RunPredictions other)
    {
        RequireSameRows(other);
        return other.Probabilities.Zip(Probabilities, (p, q) => p.Zip(q, (a, b) => a > 0 ? a * Math.Log(a / b) : 0).Sum());
    }

    /// <summary>Refuses predictions on other rows.</summary>
    /// <exception cref="KitException">They are on other rows.</exception>
    public void RequireSameRows(RunPredictions other)
    {
        if (Examples.Count != other.Examples.Count || !Examples.SequenceEqual(other.Examples))
            throw new KitException($"'{Name}' and '{other.Name}' were asked about different rows ({Examples.Count} and {other.Examples.Count}). "
                + "Take the predictions of both with one split and one limit.");
    }

    private static double[] Softmax(float[] logits)
    {
        double max = logits.Max();
        double[] exp = [.. logits.Select(z => Math.Exp(z - max))];
        double sum = exp.Sum();
        return [.. exp.Select(e => e / sum)];
    }
}
