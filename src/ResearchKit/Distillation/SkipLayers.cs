using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// Which of the teacher's layers each of the student's lower layers is compared with. Layers are counted as hidden states are:
/// 0 is the embedding output, k the state after layer k.
/// </summary>
/// <param name="Student">1, 2, …: the student's layers.</param>
/// <param name="Teacher">The teacher's layer for each of them.</param>
public sealed record SkipLayers(IReadOnlyList<int> Student, IReadOnlyList<int> Teacher)
{
    /// <summary>
    /// The map of Patient Knowledge Distillation (Sun et al., arXiv 1908.09355, "skip") for any two depths: student layer j below
    /// the last faces teacher layer ⌊j·L_T/L_S⌋. The last one is left out, because the logits cover it. Six of twelve layers give
    /// {1, 2, 3, 4, 5} and {2, 4, 6, 8, 10}.
    /// </summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="student">The model that learns.</param>
    /// <param name="teacher">The model it learns from.</param>
    /// <param name="given">The teacher's layers for the student's layers 1, 2, …, instead of the rule; null for the rule.</param>
    /// <exception cref="KitException">A layer is out of range, the student is too shallow, or the widths differ.</exception>
    public static SkipLayers Of(string method, ModelConfig student, ModelConfig teacher, IReadOnlyList<int>? given = null)
    {
        if (student.Width != teacher.Width)
            throw new KitException($"Method '{method}' compares hidden states: the student's width is {student.Width}, the teacher's {teacher.Width}. "
                + "Give the student the teacher's width, for example with student.from = teacher.");
        if (given is not null)
        {
            if (given.Count == 0 || given.Count > student.Layers)
                throw new KitException($"Method '{method}': 'layers' names {given.Count} of the teacher's layers, and the student has {student.Layers}. Name one for each of the student's layers 1, 2, … that shall be compared.");
            foreach (int layer in given)
                if (layer < 1 || layer > teacher.Layers)
                    throw new KitException($"Method '{method}': 'layers' ({string.Join(", ", given)}) asks for layer {layer} of the teacher, which has the layers 1 to {teacher.Layers}.");
            return new([.. Enumerable.Range(1, given.Count)], given);
        }
        if (student.Layers < 2 || teacher.Layers < student.Layers)
            throw new KitException($"Method '{method}' compares the layers below the last, and the student has {student.Layers} layers, the teacher {teacher.Layers}. "
                + "Take a student of at least 2 layers and at most the teacher's, or name the layers to compare in 'layers'.");
        int[] lower = [.. Enumerable.Range(1, student.Layers - 1)];
        return new(lower, [.. lower.Select(j => j * teacher.Layers / student.Layers)]);
    }

    /// <summary>What has to be kept of a model for these layers: all of its stream only where the last is among them.</summary>
    public static Observe Needs(IReadOnlyList<int> layers, ModelConfig model) => layers.Contains(model.Layers) ? Observe.Hidden : Observe.LowerHidden;

    /// <summary>The first token's vectors at some layers.</summary>
    /// <param name="hidden">L+1 tensors [B, T, D], as <see cref="ModelOutput.Hidden"/> has them, or gradients at them.</param>
    /// <param name="layers">Which: <see cref="Student"/> or <see cref="Teacher"/>.</param>
    /// <returns>A tensor [B, D] for each layer.</returns>
    public static Tensor[] FirstTokens(IReadOnlyList<Tensor> hidden, IReadOnlyList<int> layers) => [.. layers.Select(k => hidden[k].select(1, 0))];
}
