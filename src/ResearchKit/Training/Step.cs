using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>
/// One micro-batch on its way through a method. Each model runs at most once, when first asked for, with the union of what
/// the method observes: the student with a graph, the teacher without.
/// </summary>
public sealed class Step(IMethod method, Batch batch, long number, double progress)
{
    private ModelOutput? _student, _teacher;

    /// <summary>The rows of this step.</summary>
    public Batch Batch => batch;

    /// <summary>The optimizer step this belongs to, from 1.</summary>
    public long Number => number;

    /// <summary>How much of the training is done, 0 to 1.</summary>
    public double Progress => progress;

    /// <summary>The student's output, with its graph.</summary>
    public ModelOutput Student => _student ??= method.Student.Forward(batch, method.StudentObserves);

    /// <summary>The teacher's output, without a graph.</summary>
    /// <exception cref="InvalidOperationException">The method has no teacher.</exception>
    public ModelOutput Teacher => _teacher ??= RunTeacher();

    private ModelOutput RunTeacher()
    {
        var teacher = method.Teacher ?? throw new InvalidOperationException($"Method '{method.Name}' has no teacher.");
        using var frozen = no_grad();
        return teacher.Forward(batch, method.TeacherObserves);
    }
}
