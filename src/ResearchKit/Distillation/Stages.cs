using System.ComponentModel.DataAnnotations;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>What every method says that first teaches what happens inside a model, and then what it is to answer.</summary>
/// <remarks>Both stages are one training: one optimizer and one schedule of rates. Two recipes, the second with <c>student.from</c>, give each its own:
/// the first with 1, the second with 0.</remarks>
public record StageSettings
{
    /// <summary>The share of the training's steps that the intermediate stage takes, 0..1: with 1 there is no other, with 0 it is left out.</summary>
    [Range(0.0, 1.0)]
    public double Intermediate { get; init; } = 0.5;

    internal bool HasFirst => Intermediate > 0;

    internal bool HasSecond => Intermediate < 1;
}

/// <summary>A method that does not give all of its terms at every step, and says which there can be.</summary>
internal interface IStaged
{
    /// <summary>The symbols of all terms that any step can have.</summary>
    IReadOnlyList<string> Symbols { get; }
}

/// <summary>What methods of two stages have in common.</summary>
internal static class Stages
{
    /// <summary>Whether a step belongs to the intermediate stage. Of N steps, the first ⌈share·N⌉ do.</summary>
    public static bool IsFirst(Step step, StageSettings settings) => step.Progress < settings.Intermediate;

    /// <summary>The symbols of both stages, as far as there are both.</summary>
    public static IReadOnlyList<string> Symbols(StageSettings settings, IEnumerable<string> first, IEnumerable<string> second) =>
        [.. settings.HasFirst ? first : [], .. settings.HasSecond ? second : []];

    /// <summary>What the first stage looks at; nothing where there is none.</summary>
    public static Observe Observes(StageSettings settings, Observe what) => settings.HasFirst ? what : Observe.None;

    /// <summary>Whether a model's tokens see only those before them.</summary>
    public static bool IsCausal(LanguageModel model) => model.Config is not BertConfig;

    /// <summary>[B, T] bool, true at real tokens; null where all are.</summary>
    public static Tensor? Mask(Batch batch) => batch.IsFull ? null : batch.Mask;
}
