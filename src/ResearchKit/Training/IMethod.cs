using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>One named term of a loss, as its paper names it.</summary>
/// <param name="Symbol">The curve's name in logs and figures, e.g. <c>L_CE</c>.</param>
/// <param name="Value">Scalar: the mean over <paramref name="Unit"/>s of this micro-batch, with its graph.</param>
/// <param name="Weight">Factor in the total.</param>
/// <param name="Unit">What the mean is over; accumulation over micro-batches is exact because of it.</param>
/// <param name="Learner">Whose loss it is (<see cref="TrainedPart.Name"/>); null when the method trains one part only.</param>
public sealed record LossTerm(string Symbol, Tensor Value, double Weight, Unit Unit, string? Learner = null);

/// <summary>A set of parameters that one optimizer trains.</summary>
/// <param name="Name"><c>student</c>, or for a method that trains more, the part's own name.</param>
/// <param name="Parameters">Checkpoint names and tensors; frozen ones are left out by the trainer.</param>
/// <param name="LearningRateFactor">Multiplies the recipe's rate.</param>
public sealed record TrainedPart(string Name, IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Value)> Parameters, double LearningRateFactor = 1);

/// <summary>
/// A method says what it compares. It names what it wants to see of teacher and student, and gives the terms of its loss;
/// the trainer runs the models and steps the optimizers.
/// </summary>
public interface IMethod
{
    /// <summary>The method's id in recipes, e.g. <c>kd</c>.</summary>
    string Name { get; }

    /// <summary>The model that learns.</summary>
    LanguageModel Student { get; }

    /// <summary>The model it learns from, or null.</summary>
    LanguageModel? Teacher => null;

    /// <summary>Intermediates to keep of the student.</summary>
    Observe StudentObserves => Observe.None;

    /// <summary>Intermediates to keep of the teacher.</summary>
    Observe TeacherObserves => Observe.None;

    /// <summary>
    /// Whether the method differentiates by the input: both models then read an embedding output that a gradient can be taken at
    /// (<see cref="ModelOutput.Embedding"/>), made without dropout, and the teacher has a graph down to it.
    /// </summary>
    bool DifferentiatesInput => false;

    /// <summary>
    /// Derivatives that the method takes of a teacher that does not learn, [B, T, …] without a graph, each of a row alone: by a name that says all that decides
    /// them. The method asks for them by <see cref="Step.Lesson"/>, and a <see cref="TeacherCache"/> can keep them.
    /// </summary>
    IReadOnlyDictionary<string, Func<Step, Tensor>> Lessons => new Dictionary<string, Func<Step, Tensor>>();

    /// <summary>Whether the teacher runs with a graph, because some of it is trained. <see cref="DifferentiatesInput"/> gives it one too.</summary>
    bool TeacherLearns => false;

    /// <summary>Whether the student's dropout may be active; the recipe's <see cref="TrainSettings.Dropout"/> has to allow it as well.</summary>
    bool Dropout => true;

    /// <summary>What is trained: the student alone unless the method says otherwise.</summary>
    IReadOnlyList<TrainedPart> Trains => [new("student", [.. Student.named_parameters().Select(p => (p.name, p.parameter))])];

    /// <summary>Every module of the method: the trainer brings them to its device and precision.</summary>
    IReadOnlyList<nn.Module> Modules => Teacher is null ? [Student] : [Student, Teacher];

    /// <summary>
    /// For methods that generate: gives another batch in place of this one, before any model sees it. Runs without gradients;
    /// put the generating model into <see cref="EvaluationMode"/>. The trainer disposes both batches.
    /// </summary>
    /// <param name="batch">The rows of the data.</param>
    /// <param name="sampling">Random numbers of this step, from the recipe's sampling seed; on the CPU.</param>
    /// <param name="progress">How much of the training is done, 0 to 1: the same for every micro-batch of a step.</param>
    Batch Prepare(Batch batch, Generator sampling, double progress) => batch;

    /// <summary>Hears what an evaluation during training measured on the validation split.</summary>
    /// <param name="metrics">By name.</param>
    void Evaluated(IReadOnlyDictionary<string, double> metrics) { }

    /// <summary>Tensors that the method carries from step to step beside its models, for the checkpoint: none unless it says so.</summary>
    IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor>();

    /// <summary>Takes up a checkpoint's <see cref="State"/>. The tensors are on the CPU and go when the call returns.</summary>
    void Restore(IReadOnlyDictionary<string, Tensor> state) { }

    /// <summary>Writes what the training made beside the student, when it is at its end: nothing unless the method says so.</summary>
    /// <param name="folder">The run's folder.</param>
    void Save(string folder) { }

    /// <summary>The terms of the loss on one micro-batch. Tensors made here belong to the trainer's dispose scope.</summary>
    IReadOnlyList<LossTerm> Losses(Step step);
}
