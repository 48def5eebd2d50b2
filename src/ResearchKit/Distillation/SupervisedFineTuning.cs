using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// Supervised fine-tuning of a decoder: L_MLE = −log p_S(y_m | y_&lt;m, x), mean over the scored targets (equation 1 of
/// Online Knowledge Distillation, arXiv 2409.12512, which sums where this takes the mean).
/// </summary>
public sealed class SupervisedFineTuning : IMethod
{
    /// <summary>Supervised fine-tuning has no settings of its own.</summary>
    public sealed record Settings;

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("sft", "cross-entropy with the next token of the target", (_, student) => new SupervisedFineTuning(student));

    /// <summary>Makes the method.</summary>
    /// <exception cref="KitException">The student is a classifier.</exception>
    public SupervisedFineTuning(LanguageModel student)
    {
        Fit.RequireDecoder(Name, student);
        Student = student;
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public Observe StudentObserves => Observe.ScoredLogits;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) => [TokenDistillation.Likelihood(Name, step, 1)];
}
