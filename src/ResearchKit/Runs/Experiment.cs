using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Distillation;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tensors;
using ResearchKit.Text;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>
/// A recipe at work: data, teacher, student, method, training, evaluation, read from top to bottom in <see cref="Open"/>. Command line,
/// notebook and test call the same.
/// </summary>
/// <example><code>
/// using var experiment = Experiment.Open(recipe, new RunFolder("runs/mine"));
/// foreach (var step in experiment.Train()) …
/// var results = experiment.Finish();
/// </code></example>
public sealed class Experiment : IDisposable
{
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly Tokenizer _tokenizer;
    private readonly IMethod _method;
    private readonly Trainer _trainer;
    private readonly Judgement _final;
    private readonly int _trainingRows;
    private readonly List<IDisposable> _owned;
    private readonly MetricsLog _log;
    private readonly PeakMemory? _memory;

    /// <summary>Makes everything ready. Whatever is wrong with the recipe, its files or the data is said here, before the run folder is touched.</summary>
    /// <param name="recipe">What to run.</param>
    /// <param name="folder">Where it is kept.</param>
    /// <param name="resume">Go on with the run that stands there.</param>
    /// <param name="observer">Who watches.</param>
    /// <exception cref="KitException">Something does not fit; the message says what, where and what to do.</exception>
    public static Experiment Open(Recipe recipe, RunFolder folder, bool resume = false, IRunObserver? observer = null)
    {
        observer ??= NoObserver.Instance;
        recipe.Train.Check();
        MethodCatalog.Check(recipe.Method).RequireTeacher(recipe.Teacher is not null);
        folder.Check(recipe, resume);
        Host.UseThreads(recipe.Train.Threads);
        var device = Devices.Resolve(recipe.Train.Device);
        List<IDisposable> owned = [];
        try
        {
            observer.Begin($"{recipe.Name}: reading {recipe.Data.Task}");
            var task = TaskCatalog.Open(recipe.Data.Task);

            var teacher = recipe.Teacher is { } path ? Own(SavedModel.Load(path, device)) : null;
            var start = recipe.Student.From is not { } from ? null
                : from != Students.Teacher ? Own(Students.Start(recipe, task, device, observer))
                : teacher ?? throw new KitException("The student starts from 'teacher', and the recipe has none. Set teacher, or give student.from a run or model folder.");
            var reference = recipe.Evaluation.Reference is { } other ? Own(SavedModel.Load(other, device)) : teacher;
            var tokenizer = teacher?.Tokenizer ?? start?.Tokenizer ?? Tokenizers.Of(recipe, task, observer);
            if (start is not null) Tokenizers.RequireAlike(tokenizer, start);
            if (reference is not null) Tokenizers.RequireAlike(tokenizer, reference);

            var encoder = new SampleEncoder(tokenizer, recipe.Data.MaxLength);
            var judged = new SampleEncoder(tokenizer, recipe.Data.MaxLength, words: recipe.Evaluation.Saliency);
            var rows = task.Examples(Split.Train, recipe.Data.TrainLimit);
            var taught = encoder.WithPromptsUpTo(recipe.Data.PromptLimit, rows);
            if (taught.Count == 0) throw new KitException($"None of the {rows.Count} training rows has a prompt of at most {recipe.Data.PromptLimit} tokens. Raise data.promptLimit.");
            var train = task.Kind is TaskKind.Span ? Windows(recipe, tokenizer, rows, observer) : encoder.Encode(taught);
            var collator = new Collator(tokenizer.PaddingId ?? 0, device, targets: task.Kind is TaskKind.Instruction);
            Judgement Judge(EvaluationSettings how, string[] measures, Split split, SampleEncoder by, LanguageModel? beside, string[] also) =>
                Judgement.Of(how, measures, recipe.Data.PromptLimit, task, split, by, tokenizer, collator, beside, recipe.Data.Stride, [.. also.Select(name => TaskCatalog.Open(name))]);
            var meanwhile = recipe.Evaluation.DuringTraining;
            var validation = Judge(recipe.Evaluation.WithOneSeed(), meanwhile, Split.Validation, encoder, meanwhile.Length > 0 ? reference?.Model : null, []);
            var final = Judge(recipe.Evaluation, recipe.Evaluation.Measures, recipe.Evaluation.Split == "test" ? Split.Test : Split.Validation, judged, reference?.Model, recipe.Evaluation.Also);
            if (rows.Count - taught.Count + validation.LeftOut + final.LeftOut > 0)
                observer.Say($"prompts of more than {recipe.Data.PromptLimit} tokens left out: {rows.Count - taught.Count} of {rows.Count} training rows, {validation.LeftOut} of {validation.Rows + validation.LeftOut} for validation, {final.LeftOut} of {final.Rows + final.LeftOut} for the results");

            var memory = PeakMemory.Watch();   // data and teacher are there: what comes now is the training's
            var student = Own(Students.Create(recipe, task, tokenizer, start, device, n => Batches.ByLength([.. train.Take(n)], collator, recipe.Train.BatchSize).Select(b => b.Batch)));
            var method = MethodCatalog.Create(recipe.Method, student, teacher?.Model);
            if (method is IDisposable made) Own(made);
            var batches = new Batches(train, collator, new BatchSettings(recipe.Train.BatchSize, recipe.Train.Seeds.Data));
            var trainer = Own(new Trainer(method, batches, recipe.Train, new TrainerOptions
            {
                CheckpointFolder = folder.CheckpointFolder,
                Evaluate = () => validation.Measure(student),
                Cache = recipe.Train.CacheTeacher ? Own(new TeacherCache(method, train, collator, say: observer.Say)) : null,
                Identity = Identity(recipe),
                Warn = observer.Say,
            }));

            var held = trainer.Memory;
            observer.Say($"in memory: teacher {held.Teacher / 1e6:F0} MB, student {held.Student / 1e6:F0}, gradients and moments {held.Optimizer / 1e6:F0}; and what they compute");
            folder.Begin(recipe, resume);
            if (resume && trainer.Resume()) observer.Say($"resumed after step {trainer.Steps}");
            var log = Own(MetricsLog.Open(folder.MetricsFile, trainer.Steps));
            return new(recipe, folder, tokenizer, method, trainer, final, train.Length, owned, log, trainer.Steps == 0 && device.type == TorchSharp.DeviceType.CPU ? memory : null);
        }
        catch
        {
            owned.ForEach(o => o.Dispose());
            throw;
        }

        T Own<T>(T thing) where T : IDisposable
        {
            owned.Insert(0, thing);   // let go in the opposite order: what uses a thing goes before it
            return thing;
        }
    }

    private Experiment(Recipe recipe, RunFolder folder, Tokenizer tokenizer, IMethod method, Trainer trainer, Judgement final,
        int trainingRows, List<IDisposable> owned, MetricsLog log, PeakMemory? memory)
    {
        _memory = memory;
        (_recipe, _folder, _tokenizer, _method, _trainer, _final) = (recipe, folder, tokenizer, method, trainer, final);
        (_trainingRows, _owned, _log) = (trainingRows, owned, log);
    }

    /// <summary>The student, at whatever point its training is.</summary>
    public LanguageModel Student => _method.Student;

    /// <summary>The model it learns from, or null.</summary>
    public LanguageModel? Teacher => _method.Teacher;

    /// <summary>The tokenizer of student and teacher.</summary>
    public Tokenizer Tokenizer => _tokenizer;

    /// <summary>Where the run is kept.</summary>
    public RunFolder Folder => _folder;

    /// <summary>Runs a recipe from beginning to end.</summary>
    /// <param name="recipe">What to run.</param>
    /// <param name="folder">Where it is kept.</param>
    /// <param name="resume">Go on with the run that stands there.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="stop">Ends the training after the step in progress, with a checkpoint.</param>
    /// <param name="through">What the stream of steps goes through on its way: something that measures between steps, for instance. Null for nothing.</param>
    /// <exception cref="OperationCanceledException">It was asked to stop; a checkpoint is written, and <paramref name="resume"/> goes on from it.</exception>
    /// <exception cref="KitException">As <see cref="Open"/>, or a loss was not finite.</exception>
    public static RunResults Run(Recipe recipe, RunFolder folder, bool resume = false, IRunObserver? observer = null, CancellationToken stop = default,
        Func<Experiment, IEnumerable<TrainStep>, IEnumerable<TrainStep>>? through = null)
    {
        observer ??= NoObserver.Instance;
        using var experiment = Open(recipe, folder, resume, observer);
        observer.Begin($"{recipe.Name}: training");
        var steps = experiment.Train(stop);
        foreach (var step in through?.Invoke(experiment, steps) ?? steps) observer.Step(step);
        stop.ThrowIfCancellationRequested();
        observer.Begin($"{recipe.Name}: evaluating");
        var results = experiment.Finish();
        observer.Complete(results);
        return results;
    }

    /// <summary>The training as a stream; every step is in <c>metrics.jsonl</c> before it is given out.</summary>
    /// <param name="stop">Ends the stream after the step in progress, with a checkpoint.</param>
    public IEnumerable<TrainStep> Train(CancellationToken stop = default) => _log.Record(_trainer.Run(stop));

    /// <summary>Takes the best weights, saves the model, judges it, and writes the results, which completes the run.</summary>
    /// <exception cref="InvalidOperationException">The training is not at its end.</exception>
    public RunResults Finish()
    {
        if (!_trainer.IsComplete) throw new InvalidOperationException($"The training is at step {_trainer.Steps} of {_trainer.TotalSteps}; run it to its end first.");
        var (peak, held) = (_memory?.Bytes, _trainer.Memory);
        var onGpu = Student.parameters().First().device_type == TorchSharp.DeviceType.CUDA ? GpuMemory.OfProcess(Environment.ProcessId) : null;
        _trainer.UseBest();
        SavedModel.Save(_folder.ModelFolder, Student, _tokenizer);
        _method.Save(_folder.Path);
        Dictionary<string, double> metrics = new(_final.Measure(Student));
        _final.Save(_folder);
        var steps = MetricsLog.Read(_folder.MetricsFile);
        double seconds = steps.Sum(s => s.Seconds);
        var results = new RunResults
        {
            Name = _recipe.Name,
            Method = _method.Name,
            Settings = MethodCatalog.Settings(_recipe.Method),
            Task = _recipe.Data.Task,
            Split = _recipe.Evaluation.Split,
            Metrics = metrics,
            Parameters = Student.ParameterCount,
            TeacherParameters = _method.Teacher?.ParameterCount,
            Seed = _recipe.Train.Seeds.Initialisation,
            TrainingRows = _trainingRows,
            Steps = _trainer.Steps,
            TrainingSeconds = seconds,
            TokensPerSecond = steps.Sum(s => s.Tokens) / seconds,
            PeakMemory = peak,
            Memory = held,
            GpuMemory = onGpu,
            Device = Devices.Describe(Student.parameters().First().device),
            Command = $"{(Environment.GetEnvironmentVariable(Host.BlasThreads) is { Length: > 0 } threads ? $"{Host.BlasThreads}={threads} " : "")}./kit train {_folder.ConfigFile} --out {_folder.Path}-again",
        };
        _folder.Complete(results);
        return results;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _owned.ForEach(o => o.Dispose());
        _owned.Clear();
    }

    // The rows that questions become; each is learnt from, those without the answer too.
    private static Sample[] Windows(Recipe recipe, Tokenizer tokenizer, IReadOnlyList<Example> questions, IRunObserver observer)
    {
        var encoder = Judgement.Windows(tokenizer, recipe.Data.MaxLength, recipe.Data.Stride);
        var windows = questions.Cast<SpanExample>().Select(q => (Question: q, Rows: encoder.Encode(q))).ToList();
        int lost = windows.Count(w => w.Question.Answer.Length > 0 && !w.Rows.Any(r => r.HasAnswer)), rows = windows.Sum(w => w.Rows.Count);
        if (rows > questions.Count || lost > 0)
            observer.Say($"{questions.Count} questions are {rows} rows of at most {recipe.Data.MaxLength} tokens{(lost > 0 ? $"; of {lost} no row has the whole answer" : "")}");
        return [.. windows.SelectMany(w => w.Rows).Select(r => r.Sample)];
    }

    // What decides the course of the training beside its own settings: a checkpoint of another is refused.
    private static JsonObject Identity(Recipe recipe)
    {
        var json = recipe.ToJson();
        return new JsonObject { ["data"] = json["data"]?.DeepClone(), ["student"] = json["student"]?.DeepClone(), ["method"] = json["method"]?.DeepClone() };
    }
}
