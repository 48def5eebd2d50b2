using ResearchKit.Checkpoints;
using ResearchKit.Data;
using ResearchKit.Data.Glue;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using ResearchKit.Tensors;

namespace ResearchKit.Runs;

/// <summary>What a model shall be measured on.</summary>
/// <param name="Model">A run folder or a model folder.</param>
/// <param name="Task">The task's name; null for the one the run was trained on.</param>
/// <param name="Split"><c>validation</c> or <c>test</c>.</param>
/// <param name="Limit">Rows of the split to use; null for all, or as the run was judged.</param>
/// <param name="Reference">A run or model folder to measure loyalty against; null for the run's own reference or teacher.</param>
/// <param name="Device"><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Saliency">Measure saliency loyalty, too, where there is a reference; a run that was judged by it always is.</param>
/// <param name="Measures">What an instruction task is judged by beside (<see cref="Judgement.Measures"/>); null for what the run was judged by, on its own task.</param>
/// <param name="Responses">A file to write what the model answers into, for which <c>rouge</c> has to be measured where it is text; null for none.</param>
public sealed record ModelEvaluationSettings(string Model, string? Task = null, string Split = "test", int? Limit = null, string? Reference = null, string Device = "auto",
    bool Saliency = false, IReadOnlyList<string>? Measures = null, string? Responses = null);

/// <summary>What a model was measured at.</summary>
/// <param name="Model">Its folder.</param>
/// <param name="Task">The task's name.</param>
/// <param name="Split">The split.</param>
/// <param name="Rows">Rows it was measured on.</param>
/// <param name="Metrics">By name: shares are 0 to 1, losses in nats.</param>
/// <param name="Device">The device and its libtorch, in words.</param>
public sealed record ModelEvaluationResults(string Model, string Task, string Split, int Rows, IReadOnlyDictionary<string, double> Metrics, string Device);

/// <summary>Measures a saved model on a task, in the way its run was judged where it has one.</summary>
public static class ModelEvaluation
{
    /// <summary>Loads, measures, and lets go.</summary>
    /// <exception cref="KitException">There is no such model or task, the two do not fit, or a model folder was given without a task.</exception>
    public static ModelEvaluationResults Run(ModelEvaluationSettings settings)
    {
        var device = Devices.Resolve(settings.Device);
        var (name, trained) = TaskOf(settings.Model, settings.Task);
        var task = TaskCatalog.Open(name);
        using var saved = SavedModel.Load(settings.Model, device);
        RequireFit(saved, task);
        bool same = trained?.Data.Task == name;
        // GLUE's official test rows are another split of the question that a run on the local form was taught.
        bool taught = same || (trained is not null && GlueTask.FormatOf(name) is not null && GlueTask.Official(name) == GlueTask.Official(trained.Data.Task));
        var measures = settings.Measures ?? (same ? trained!.Evaluation.Measures : []);
        // The next word of any text is a question that a run's teacher can answer; classes are those of one task.
        bool compared = taught || (trained is not null && task.Kind is TaskKind.Instruction && measures.Any(m => m != Judgement.Rouge));
        using var reference = (settings.Reference ?? (compared ? trained!.Evaluation.Reference ?? trained.Teacher : null)) is { } other ? SavedModel.Load(other, device) : null;
        if (reference is not null) Tokenizers.RequireAlike(saved.Tokenizer, reference);
        using var adapter = reference is not null && settings.Reference is null && trained!.Evaluation.Reference is null && File.Exists(new RunFolder(settings.Model).OnlineFile)
            ? AdapterFile.Load(new RunFolder(settings.Model).OnlineFile, reference.Model) : null;
        if (adapter is not null) reference!.Model.Adapter = adapter;

        var judged = (trained?.Evaluation ?? new()) with
        {
            Split = settings.Split,
            Limit = settings.Limit ?? (same ? trained!.Evaluation.Limit : null),
            Saliency = settings.Saliency || (taught && trained!.Evaluation.Saliency),
        };
        var collator = new Collator(saved.Tokenizer.PaddingId ?? 0, device, targets: task.Kind is TaskKind.Instruction);
        var judgement = Judgement.Of(judged, measures, trained?.Data.PromptLimit, task, settings.Split == "test" ? Split.Test : Split.Validation,
            new SampleEncoder(saved.Tokenizer, LengthOf(saved, trained), words: judged.Saliency), saved.Tokenizer, collator, reference?.Model, StrideOf(trained));
        if (settings.Responses is not null && task.Kind is not TaskKind.Span && !measures.Contains(Judgement.Rouge))
            throw new KitException($"Nothing is answered that could be written to {settings.Responses}. Measure {Judgement.Rouge} too (--measure {Judgement.Rouge}).");
        var metrics = judgement.Measure(saved.Model);
        if (settings.Responses is { } file)
        {
            judgement.Responses?.Save(file);
            judgement.Spans?.Save(file);
        }
        return new(saved.Folder, name, settings.Split, judgement.Rows, metrics, Devices.Describe(device));
    }

    /// <summary>The task that a model is asked for: the given one, or that of its run, whose recipe comes along.</summary>
    /// <exception cref="KitException">A model folder was given without a task.</exception>
    internal static (string Name, Recipe? Trained) TaskOf(string model, string? task)
    {
        var run = new RunFolder(model);
        var trained = Directory.Exists(run.ModelFolder) ? run.Recipe() : null;
        return (task ?? trained?.Data.Task
            ?? throw new KitException($"{model} is no run folder, so it does not say what it is to be measured on. Name the task, for example --task wordnet-topic."), trained);
    }

    /// <summary>The longest row that the model is given: as in its training, and no longer than it reads.</summary>
    internal static int LengthOf(SavedModel saved, Recipe? trained) => Math.Min(trained?.Data.MaxLength ?? new DataSettings { Task = "" }.MaxLength, saved.Model.Config.MaxLength);

    /// <summary>The stride between the windows of a text: as in the model's training.</summary>
    internal static int StrideOf(Recipe? trained) => (trained?.Data ?? new DataSettings { Task = "" }).Stride;

    /// <summary>Refuses a model that does not answer what a task asks.</summary>
    /// <exception cref="KitException">It writes text for classes or the other way round, tells another number of classes, or has no head of spans where they are asked for.</exception>
    internal static void RequireFit(SavedModel saved, ITask task)
    {
        bool writes = saved.Model is Decoder;
        if (writes != task.Kind is TaskKind.Instruction)
            throw new KitException($"{saved.Folder}: its model is a {saved.Model.Config.ModelType}, which {(writes ? "writes text" : "tells classes or spans")}, and '{task.Name}' asks for the other. "
                + "Choose a task or a model of the same kind.");
        if (task.Kind is TaskKind.Span)
        {
            if (saved.Model.Config is not BertConfig { Head: EncoderHead.Span })
                throw new KitException($"{saved.Folder}: its model is a {saved.Model.Config.ModelType} without a head of spans, and '{task.Name}' asks for them. Train it for the task first, for example with student.from.");
            return;
        }
        if (!writes && saved.Model.Config.Classes != task.Labels.Count)
            throw new KitException(saved.Model.Config.Classes == 0
                ? $"{saved.Folder}: its model is a {saved.Model.Config.ModelType} without classes, and '{task.Name}' asks for one. Train it for the task first."
                : $"{saved.Folder}: its model tells {saved.Model.Config.Classes} classes apart, and '{task.Name}' has {task.Labels.Count}. Choose the task that it was trained on.");
    }
}
