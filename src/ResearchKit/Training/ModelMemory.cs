using ResearchKit.Models;

namespace ResearchKit.Training;

/// <summary>What a training keeps in the device's memory from beginning to end, in bytes; what the models compute in a step comes to it.</summary>
/// <param name="Teacher">The teacher's parameters.</param>
/// <param name="Student">The student's, in the type that it computes in.</param>
/// <param name="Optimizer">Gradients and moments of all that is trained, and its float32 values where a model computes in another type.</param>
public sealed record ModelMemory(long Teacher, long Student, long Optimizer)
{
    internal static long Of(LanguageModel model) => model.parameters().Sum(p => p.numel() * p.element_size());
}
