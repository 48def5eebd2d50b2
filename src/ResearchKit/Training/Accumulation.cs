using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>
/// The forward and backward passes of one optimizer step. Every term is a mean over its unit, and the micro-batches are all
/// known before the first of them runs, so each is weighted by its share of that unit: the accumulated gradient is the
/// gradient of the one big batch, whatever the rows' lengths.
/// </summary>
internal sealed class Accumulation(IMethod method, IReadOnlyList<Learner> learners, TeacherCache? cache)
{
    /// <summary>One term of one micro-batch, waiting on the device to be read.</summary>
    private readonly record struct Measure(string Symbol, double Weight, double Share, int MicroBatch);

    /// <summary>What the passes gave, on the host.</summary>
    /// <param name="Loss">Weighted sum of the terms.</param>
    /// <param name="Terms">Each term's mean over the whole step.</param>
    /// <param name="Norms">L2 norm of each learner's gradient, in the order of the learners.</param>
    public sealed record Outcome(double Loss, IReadOnlyDictionary<string, double> Terms, double[] Norms);

    /// <summary>Fills the learners' gradients. One transfer to the host, at the end: until then a device has work, and the host time.</summary>
    /// <param name="batches">The micro-batches.</param>
    /// <param name="number">The optimizer step, from 1.</param>
    /// <param name="progress">How much of the training is done, 0 to 1.</param>
    /// <param name="meanwhile">What the host does while the device is at work; null for nothing.</param>
    /// <exception cref="KitException">A loss or a gradient is not finite; nothing was updated.</exception>
    public Outcome Run(IReadOnlyList<Batch> batches, long number, double progress, Action? meanwhile = null)
    {
        using var scope = NewDisposeScope();
        foreach (var learner in learners) learner.Parameters.ClearGradient();
        var measures = new List<Measure>();
        var waiting = new List<Tensor>();
        for (int i = 0; i < batches.Count; i++)
        {
            using var inner = NewDisposeScope();
            Backward(batches, i, new Step(method, batches[i], number, progress, cache), measures, waiting);
            foreach (var learner in learners) learner.Parameters.CollectGradient();
        }
        waiting.AddRange(learners.Select(l => l.GradientNorm().to_type(ScalarType.Float64)));
        var together = stack(waiting);
        meanwhile?.Invoke();
        var numbers = together.cpu().data<double>().ToArray();
        return Read(numbers, measures, batches.Count, number);
    }

    private void Backward(IReadOnlyList<Batch> batches, int index, Step step, List<Measure> measures, List<Tensor> waiting)
    {
        Tensor? loss = null;
        foreach (var term in method.Losses(step))
        {
            RequireSound(term);
            long total = batches.Sum(b => b.Count(term.Unit));
            double share = total == 0 ? 0 : (double)batches[index].Count(term.Unit) / total;
            measures.Add(new Measure(term.Symbol, term.Weight, share, index));
            waiting.Add(term.Value.detach().to_type(ScalarType.Float64).MoveToOuterDisposeScope());

            double factor = term.Weight * share;
            if (factor == 0) continue;   // shown as a curve, and no part of the graph
            var weighted = factor == 1 ? term.Value : term.Value * factor;
            loss = loss is null ? weighted : loss + weighted;
        }
        if (loss is null) return;
        if (!loss.requires_grad)
            throw new InvalidOperationException($"No term of method '{method.Name}' depends on a parameter that is trained.");
        loss.backward();
    }

    private Outcome Read(double[] numbers, List<Measure> measures, int batches, long number)
    {
        double loss = 0;
        var terms = new Dictionary<string, double>();
        for (int i = 0; i < measures.Count; i++)
        {
            var (symbol, weight, share, index) = measures[i];
            if (!double.IsFinite(numbers[i]))
                throw new KitException($"Step {number}: the loss term '{symbol}' is {numbers[i]}{(batches > 1 ? $" in micro-batch {index + 1} of {batches}" : "")}. "
                    + "Nothing was updated and the last checkpoint stands. Lower 'learningRate', set 'clip', or look at the rows of this step.");
            loss += weight * share * numbers[i];
            terms[symbol] = terms.GetValueOrDefault(symbol) + share * numbers[i];
        }
        var norms = numbers[measures.Count..];
        for (int i = 0; i < norms.Length; i++)
            if (!double.IsFinite(norms[i]))
            {
                var parameter = learners[i].Parameters.FirstNonFiniteGradient();
                throw new KitException($"Step {number}: the gradient of '{learners[i].Name}' is not finite"
                    + (parameter is null ? ", its norm overflows. " : $", first at parameter '{parameter}'. ")
                    + $"The loss terms are finite: {string.Join(", ", terms.Select(t => $"{t.Key} = {t.Value:G6}"))}. "
                    + "Nothing was updated and the last checkpoint stands. Lower 'learningRate', or look at the rows of this step.");
            }
        return new Outcome(loss, terms, norms);
    }

    private void RequireSound(LossTerm term)
    {
        if (term.Value.numel() != 1)
            throw new InvalidOperationException($"Term '{term.Symbol}' of method '{method.Name}' must be a scalar, it has shape [{string.Join(", ", term.Value.shape)}].");
        if (term.Learner is { } name && learners.All(l => l.Name != name))
            throw new InvalidOperationException($"Term '{term.Symbol}' of method '{method.Name}' is for '{name}'; trained are {string.Join(", ", learners.Select(l => l.Name))}.");
    }
}
