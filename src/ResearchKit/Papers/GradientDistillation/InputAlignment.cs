using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>
/// The gradients of both models' signals at the encoder's input and at the first token's hidden states, and how far they differ:
/// L_GKD (equation 3) and L_GKD-CLS (equation 6). One <c>autograd.grad</c> a model: the teacher's without a graph, the student's with
/// one, so that the loss is differentiated through the gradient.
/// </summary>
internal sealed class InputAlignment(Signal signal, AlignmentReduction reduction, bool input, SkipLayers? layers)
{
    /// <summary>The terms, L_GKD before L_GKD-CLS.</summary>
    /// <param name="step">The step of a method that differentiates by the input.</param>
    /// <param name="weight">Of both.</param>
    public IEnumerable<LossTerm> Terms(Step step, double weight)
    {
        var teacher = layers is null ? [step.Lesson(Lesson)] : Gradients(step, step.Teacher, layers.Teacher, createGraph: false);
        var student = Gradients(step, step.Student, layers?.Student, createGraph: true);
        if (input)
            yield return new("L_GKD", GradientAlignment.OfTokens(student[0], teacher[0], step.Batch.Mask, reduction), weight,
                reduction == AlignmentReduction.Tokens ? Unit.Token : Unit.Example);
        if (layers is null) yield break;
        int first = input ? 1 : 0;
        var sum = student.Zip(teacher).Skip(first)
            .Select(pair => GradientAlignment.OfRows(pair.First.select(1, 0), pair.Second.select(1, 0)))
            .Aggregate((a, b) => a + b);
        yield return new("L_GKD-CLS", sum, weight, Unit.Example);
    }

    /// <summary>The teacher's gradient at the input, where it is the only one: it depends on the row alone, and on the signal.</summary>
    public IReadOnlyDictionary<string, Func<Step, Tensor>> Lessons =>
        layers is null ? new Dictionary<string, Func<Step, Tensor>> { [Lesson] = step => Gradients(step, step.Teacher, null, createGraph: false)[0] } : new Dictionary<string, Func<Step, Tensor>>();

    private string Lesson => $"gradient of {signal}";

    private Tensor[] Gradients(Step step, ModelOutput output, IReadOnlyList<int>? hidden, bool createGraph)
    {
        var value = Signals.Of(signal, output.Logits, step.Teacher.Logits.detach(), step.Batch.Labels is { dtype: ScalarType.Int64 } labels ? labels : null);
        List<Tensor> at = input ? [output.Embedding!] : [];
        if (hidden is not null) at.AddRange(hidden.Select(k => output.Hidden[k]));
        return InputGradient.Of(value, at, createGraph, retainGraph: step.SharesTeacher);
    }
}
