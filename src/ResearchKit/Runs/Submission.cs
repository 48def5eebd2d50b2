using ResearchKit.Data.Glue;
using ResearchKit.Data.Squad;

namespace ResearchKit.Runs;

/// <summary>A file of predictions for those who keep a benchmark's answers.</summary>
/// <param name="File">The file.</param>
/// <param name="Task">The task, with the official splits.</param>
/// <param name="Rows">Predictions in it.</param>
/// <param name="Device">The device and its libtorch, in words.</param>
public sealed record Submission(string File, string Task, int Rows, string Device)
{
    internal const int BatchSize = 64;

    /// <summary>Writes what a model says of the official rows, in the form that the task's benchmark takes: <see cref="GlueSubmission"/>, <see cref="SquadSubmission"/>.</summary>
    /// <param name="model">A run folder or a model folder.</param>
    /// <param name="folder">Where to write; other files in it stay.</param>
    /// <param name="task">The task; null for the one that the run was trained on. With <c>-local</c> or without, it is the official set. A model of <c>mnli</c> is asked for
    /// <c>mnli-mm</c> as well.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="KitException">Nobody takes predictions for the task, its rows are not there, or the model does not fit it.</exception>
    public static Submission Write(string model, string folder, string? task = null, string device = "auto")
    {
        var (name, recipe) = ModelEvaluation.TaskOf(model, task);
        return SquadTask.Names.Contains(name) ? SquadSubmission.Write(model, recipe, name, folder, device)
            : GlueTask.FormatOf(name) is { } format ? GlueSubmission.Write(model, recipe, name, format, folder, device)
            : throw new KitException($"'{name}' is no task of GLUE and no version of SQuAD, and nobody else takes predictions. Name one with --task: {string.Join(", ", [.. GlueFormat.All.Keys, .. SquadTask.Names])}.");
    }
}
