using ResearchKit.Models;

namespace ResearchKit.Distillation;

/// <summary>
/// Which of the teacher's layers every one of the student's layers is compared with. Layers are counted as hidden states are: 0 is the
/// embedding output, k the state after layer k.
/// </summary>
internal static class UniformLayers
{
    /// <summary>
    /// The map of TinyBERT (Jiao et al., arXiv 1909.10351, section 4.2, "uniform"): with k = N/M the student's layer m faces the teacher's m·k, the last of
    /// the m-th block of k layers, by its attention and by its hidden state alike.
    /// </summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="student">Of M layers.</param>
    /// <param name="teacher">Of N layers.</param>
    /// <param name="given">The teacher's layers, 1..N, for the student's layers 1..M instead of the rule; null for the rule.</param>
    /// <returns>M numbers in 1..N.</returns>
    /// <exception cref="KitException">M does not divide N, or what is given does not fit.</exception>
    public static IReadOnlyList<int> Of(string method, ModelConfig student, ModelConfig teacher, IReadOnlyList<int>? given)
    {
        if (given is null)
        {
            if (teacher.Layers % student.Layers != 0)
                throw new KitException($"Method '{method}' compares blocks of equally many layers, and the teacher's {teacher.Layers} are no multiple of the student's {student.Layers}. "
                    + "Choose another depth, or name the teacher's layer for each of the student's in 'layers'.");
            return [.. Enumerable.Range(1, student.Layers).Select(m => m * (teacher.Layers / student.Layers))];
        }
        if (given.Count != student.Layers)
            throw new KitException($"Method '{method}': 'layers' names {given.Count} of the teacher's layers, and the student has {student.Layers}. Name one for each.");
        foreach (int layer in given)
            if (layer < 1 || layer > teacher.Layers)
                throw new KitException($"Method '{method}': 'layers' ({string.Join(", ", given)}) asks for layer {layer} of the teacher, which has the layers 1 to {teacher.Layers}.");
        return given;
    }
}
