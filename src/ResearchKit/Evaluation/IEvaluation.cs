using ResearchKit.Models;

namespace ResearchKit.Evaluation;

/// <summary>Judges a model on the rows it was made with. Rows are fixed, so two models are judged on the same ones.</summary>
public interface IEvaluation
{
    /// <summary>Metrics by name: shares 0 to 1, losses in nats. Without gradients and with dropout off; the model's mode is as before afterwards.</summary>
    IReadOnlyDictionary<string, double> Measure(LanguageModel model);
}
