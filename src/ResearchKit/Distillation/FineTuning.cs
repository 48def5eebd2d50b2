using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// Fine-tuning of an encoder on its labels, the baseline of every distillation: L_CE = −log p_S(y | x), mean over rows, of a span the mean of both
/// its ends; or L_MSE = (z_S − y)² where the task asks for a number.
/// </summary>
public sealed class FineTuning : IMethod
{
    /// <summary>Fine-tuning has no settings of its own.</summary>
    public sealed record Settings;

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("fine-tune", "cross-entropy with the labels, or squared error with numbers", (_, student) => new FineTuning(student));

    /// <summary>Makes the method.</summary>
    /// <exception cref="KitException">The student answers with neither classes nor spans.</exception>
    public FineTuning(LanguageModel student)
    {
        Fit.RequireEncoder(Name, student);
        Student = student;
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) => [Supervision.Hard(Name, step.Batch, step.Student.Logits)];
}
