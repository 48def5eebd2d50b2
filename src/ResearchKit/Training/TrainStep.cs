namespace ResearchKit.Training;

/// <summary>What one optimizer step did. A progress bar, a log file and a live chart are readers of a stream of these.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Total">Steps of the whole training.</param>
/// <param name="Epoch">Epochs done, with the fraction of the current one.</param>
/// <param name="Loss">The weighted sum of the terms.</param>
/// <param name="Terms">Each term's unweighted mean under its symbol.</param>
/// <param name="GradientNorms">L2 norm before clipping, per trained part.</param>
/// <param name="LearningRate">The rate of this step (of the first part).</param>
/// <param name="Tokens">Real tokens in this step.</param>
/// <param name="Seconds">Wall time of this step.</param>
/// <param name="Evaluation">Metrics, where an evaluation followed this step.</param>
public sealed record TrainStep(
    long Number, long Total, double Epoch, double Loss,
    IReadOnlyDictionary<string, double> Terms, IReadOnlyDictionary<string, double> GradientNorms,
    double LearningRate, long Tokens, double Seconds,
    IReadOnlyDictionary<string, double>? Evaluation = null);
