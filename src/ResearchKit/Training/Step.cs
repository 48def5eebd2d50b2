using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>
/// One micro-batch on its way through a method. Each model runs at most once, when first asked for, with the union of what
/// the method observes: the student with a graph, the teacher without unless the method needs one of it; or not at all, where a
/// <see cref="TeacherCache"/> has what it says of these rows.
/// </summary>
public sealed class Step(IMethod method, Batch batch, long number, double progress, TeacherCache? cache = null)
{
    private ModelOutput? _student, _teacher;
    private Step? _whole;

    /// <summary>
    /// The same step as one of several methods sees it that share its two passes. To one that takes no gradient through the teacher, the teacher is
    /// a constant.
    /// </summary>
    /// <param name="part">The method: of the same student, and of the same teacher or none.</param>
    /// <param name="sharesTeacher">Whether another one goes back through the teacher's graph too.</param>
    internal Step Of(IMethod part, bool sharesTeacher) => new(part, batch, number, progress, cache) { _whole = this, SharesTeacher = sharesTeacher || SharesTeacher };

    /// <summary>Whether whoever goes back through the teacher's graph has to leave it for another.</summary>
    internal bool SharesTeacher { get; private init; }

    /// <summary>The rows of this step.</summary>
    public Batch Batch => batch;

    /// <summary>The optimizer step this belongs to, from 1.</summary>
    public long Number => number;

    /// <summary>How much of the training is done, 0 to 1.</summary>
    public double Progress => progress;

    /// <summary>The student's output, with its graph.</summary>
    public ModelOutput Student => _student ??= _whole?.Student ?? Run(method.Student, method.StudentObserves);

    /// <summary>The teacher's output; without a graph unless <see cref="IMethod.DifferentiatesInput"/> or <see cref="IMethod.TeacherLearns"/>.</summary>
    /// <exception cref="InvalidOperationException">The method has no teacher.</exception>
    public ModelOutput Teacher => _teacher ??= RunTeacher();

    /// <summary>One of the method's <see cref="IMethod.Lessons"/>: computed, or taken from the cache.</summary>
    /// <param name="name">Its name.</param>
    public Tensor Lesson(string name) => IsKept ? cache!.Lesson(name, batch) : method.Lessons[name](this);

    // Rows that a method made have no number, and nobody knew of them before.
    private bool IsKept => cache is not null && batch.Samples is not null;

    private ModelOutput RunTeacher()
    {
        var teacher = method.Teacher ?? throw new InvalidOperationException($"Method '{method.Name}' has no teacher.");
        bool graph = method.DifferentiatesInput || method.TeacherLearns;
        if (_whole is not null) return graph ? _whole.Teacher : _whole.Teacher.Detached();
        if (IsKept) return cache!.Output(batch);
        if (graph) return Run(teacher, method.TeacherObserves);
        using var frozen = no_grad();
        return teacher.Forward(batch, method.TeacherObserves);
    }

    private ModelOutput Run(LanguageModel model, Observe observe) => method.DifferentiatesInput
        ? model.Forward(batch, observe | Observe.Embedding, InputGradient.Leaf(model, batch))
        : model.Forward(batch, observe);
}
