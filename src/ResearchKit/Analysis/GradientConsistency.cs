using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>Two places whose gradients are compared, counted as hidden states are: 0 is the embedding output, k the state after layer k.</summary>
/// <param name="Student">The student's place.</param>
/// <param name="Teacher">The teacher's.</param>
public readonly record struct LayerPair(int Student, int Teacher);

/// <summary>
/// How far student and teacher look at the same things: the cosine between the gradients of their signals (each one's own confidence, unless
/// told otherwise) at every token, at the embedding and at hidden states. It is what Gradient Knowledge Distillation (arXiv 2211.01071)
/// trains for, 1 − L_GKD/2 token by token, here of any student and on any rows.
/// <code>
/// var consistency = new GradientConsistency(samples, collator, batchSize: 32);
/// foreach (var step in experiment.Train())
///     if (step.Number % 50 == 0) Console.WriteLine(consistency.Measure(experiment.Student, experiment.Teacher!).Layers[0].OverTokens.Mean);
/// </code>
/// </summary>
/// <param name="samples">The rows; with classes where the signal needs them.</param>
/// <param name="collator">Pads them and puts them where the models are.</param>
/// <param name="batchSize">Rows a batch.</param>
/// <param name="layers">The places to compare; null for <see cref="Layers"/>.</param>
/// <param name="signal">What is differentiated.</param>
public sealed class GradientConsistency(IReadOnlyList<Sample> samples, Collator collator, int batchSize, IReadOnlyList<LayerPair>? layers = null,
    Signal signal = Signal.Confidence)
{
    /// <summary>The embedding, and the student's layers below the last beside the teacher's ⌊j·L_T/L_S⌋ (the map that patient and gradient
    /// distillation train with). Above the last layer only the first token has a gradient, and the logits cover it.</summary>
    public static IReadOnlyList<LayerPair> Layers(ModelConfig student, ModelConfig teacher) =>
        [.. Enumerable.Range(0, Math.Max(1, student.Layers)).Select(j => new LayerPair(j, student.Layers == 0 ? 0 : j * teacher.Layers / student.Layers))];

    /// <summary>
    /// Compares two models: one forward and one backward pass of each a batch. Dropout is off meanwhile; modes, parameters and their
    /// gradients are afterwards as they were, and padding plays no part.
    /// </summary>
    /// <param name="student">The one.</param>
    /// <param name="teacher">The other; where <see cref="Signal.TeacherClass"/> is asked for, its class counts.</param>
    /// <exception cref="KitException">A model is no classifier, the two do not fit, a layer is out of range, or there are no samples.</exception>
    public ConsistencyReport Measure(LanguageModel student, LanguageModel teacher)
    {
        var pairs = layers ?? Layers(student.Config, teacher.Config);
        Check(student.Config, teacher.Config, pairs);
        var cosines = pairs.Select(_ => new double[samples.Count][]).ToArray();
        var same = new bool[samples.Count];
        using var quiet = new EvaluationMode(student, teacher);
        using var recording = enable_grad();
        foreach (var (rows, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            var (theirLogits, theirs) = Gradients(teacher, batch, [.. pairs.Select(p => p.Teacher)], teacherLogits: null);
            var (ourLogits, ours) = Gradients(student, batch, [.. pairs.Select(p => p.Student)], theirLogits);
            var flat = stack([.. ours.Zip(theirs, Cosine)]).cpu().contiguous().data<double>().ToArray();   // [K, B, T]
            var agree = ourLogits.argmax(1).eq(theirLogits.argmax(1)).cpu().data<bool>().ToArray();
            for (int i = 0; i < rows.Count; i++)
            {
                same[rows[i]] = agree[i];
                int length = (int)batch.Lengths[i];
                for (int k = 0; k < cosines.Length; k++) cosines[k][rows[i]] = flat.AsSpan((k * rows.Count + i) * batch.Width, length).ToArray();
            }
        }
        return new([.. pairs.Zip(cosines, (pair, values) => new LayerConsistency(pair, values))], same);
    }

    private (Tensor Logits, Tensor[] At) Gradients(LanguageModel model, Batch batch, IReadOnlyList<int> places, Tensor? teacherLogits)
    {
        int deepest = places.Max();
        var observe = deepest == 0 ? Observe.Embedding : deepest < model.Config.Layers ? Observe.LowerHidden : Observe.Hidden;
        Tensor embedding;
        using (no_grad()) embedding = model.Embed(batch);   // without a graph of its own parameters
        embedding.requires_grad_();
        var output = model.Forward(batch, observe, embedding);
        var logits = output.Logits.detach();
        var labels = batch.Labels is { dtype: ScalarType.Int64 } classes ? classes : null;
        var value = Signals.Of(signal, output.Logits, teacherLogits ?? logits, labels);
        int[] distinct = [.. places.Distinct()];
        var gradients = InputGradient.Of(value, [.. distinct.Select(k => k == 0 ? embedding : output.Hidden[k])], createGraph: false);
        return (logits, [.. places.Select(k => gradients[Array.IndexOf(distinct, k)])]);
    }

    // [B, T] float64; not a number where one of the two has no direction.
    private static Tensor Cosine(Tensor ours, Tensor theirs)
    {
        using var scope = NewDisposeScope();
        Tensor a = GradientAlignment.Unit(ours).to_type(ScalarType.Float64), b = GradientAlignment.Unit(theirs).to_type(ScalarType.Float64);
        var without = a.square().sum(-1).lt(0.5).logical_or(b.square().sum(-1).lt(0.5));
        return (a * b).sum(-1).masked_fill(without, double.NaN).MoveToOuterDisposeScope();
    }

    private static void Check(ModelConfig student, ModelConfig teacher, IReadOnlyList<LayerPair> pairs)
    {
        if (student.Classes == 0 || teacher.Classes == 0)
            throw new KitException($"Gradient consistency compares classifiers; the student is a '{student.ModelType}' with {student.Classes} classes, the teacher a '{teacher.ModelType}' with {teacher.Classes}.");
        if (student.Classes != teacher.Classes)
            throw new KitException($"Gradient consistency compares models of one task: the student has {student.Classes} classes, the teacher {teacher.Classes}.");
        if (student.Width != teacher.Width)
            throw new KitException($"Gradient consistency compares gradients of one space: the student's width is {student.Width}, the teacher's {teacher.Width}. Give it a student with the teacher's width.");
        if (pairs.Count == 0) throw new KitException("Gradient consistency has no layers to compare: name some, or leave them out for the default.");
        foreach (var pair in pairs)
            if (pair.Student < 0 || pair.Student > student.Layers || pair.Teacher < 0 || pair.Teacher > teacher.Layers)
                throw new KitException($"Gradient consistency is asked for layer {pair.Student} of the student and {pair.Teacher} of the teacher, which have 0 (the embedding) to {student.Layers} and to {teacher.Layers}.");
    }
}
