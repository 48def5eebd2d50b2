using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Data;
using ResearchKit.Models;
using ResearchKit.Tensors;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>What a trainer is given beside method, data and settings. All optional.</summary>
public sealed record TrainerOptions
{
    /// <summary>Where checkpoints stand; null for none.</summary>
    public string? CheckpointFolder { get; init; }

    /// <summary>Measures the student: metrics by name. Called in evaluation mode and without gradients.</summary>
    public Func<IReadOnlyDictionary<string, double>>? Evaluate { get; init; }

    /// <summary>What the teacher says of the data's samples, so that it need not run; null to run it.</summary>
    public TeacherCache? Cache { get; init; }

    /// <summary>What else decides the run (model, data, method settings); a checkpoint of another identity is refused.</summary>
    public JsonObject? Identity { get; init; }

    /// <summary>Hears of what goes wrong without stopping the run, such as a damaged checkpoint; the error stream unless set.</summary>
    public Action<string> Warn { get; init; } = Console.Error.WriteLine;
}

/// <summary>
/// Steps a method's learners through the data. It knows no model and no method by name: it runs forward and backward passes,
/// checks that all is finite, updates, evaluates, keeps checkpoints and the best weights, and streams what each step did.
/// </summary>
/// <remarks>
/// <para>Random numbers of a step depend on seed and step alone (<see cref="RandomStreams"/>), rows on seed and epoch
/// (<see cref="IBatchSource"/>): a resumed run equals the uninterrupted one bit for bit.</para>
/// <para>The host waits for the device once a step.</para>
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly IMethod _method;
    private readonly IBatchSource _data;
    private readonly TrainSettings _settings;
    private readonly TrainerOptions _options;
    private readonly Learner[] _learners;
    private readonly Accumulation _accumulation;
    private readonly Schedule _schedule;
    private readonly TrainerState _state;
    private readonly Device _device;

    /// <summary>Brings the method's modules to the settings' device and precision, and lays out what is trained.</summary>
    /// <param name="method">What to train; it stays the caller's.</param>
    /// <param name="data">Batches on the settings' device.</param>
    /// <param name="settings">How.</param>
    /// <param name="options">What else there is.</param>
    /// <exception cref="KitException">A setting is out of range, the data is empty, or nothing is trainable.</exception>
    public Trainer(IMethod method, IBatchSource data, TrainSettings settings, TrainerOptions? options = null)
    {
        (_method, _data, _settings, _options) = (method, data, settings.Check(), options ?? new TrainerOptions());
        if (data.BatchesPerEpoch == 0) throw new KitException("There is no row to train on: the training split is empty.");
        _device = Devices.Resolve(settings.Device);
        // A GPU's matrix units take float32 rounded to 10 bits and add up in float32: about as precise as bf16's eight, and as fast as half of it.
        backends.cuda.matmul.allow_tf32 = settings.Precision == "tf32";
        _learners = Precision.Lay(method, settings, _device);
        _accumulation = new Accumulation(method, _learners, _options.Cache);
        _schedule = new Schedule(settings.Schedule, settings.TotalSteps(data.BatchesPerEpoch), settings.WarmupFraction);
        _state = new TrainerState(method, _learners, settings, _options.Identity);
    }

    /// <summary>What lies in the device's memory all the time.</summary>
    public ModelMemory Memory => new(_method.Teacher is { } teacher ? ModelMemory.Of(teacher) : 0, ModelMemory.Of(_method.Student), _learners.Sum(l => l.Parameters.Bytes + l.Optimizer.Bytes));

    /// <summary>Steps of the whole training.</summary>
    public long TotalSteps => _schedule.Total;

    /// <summary>Steps made.</summary>
    public long Steps => _state.Steps;

    /// <summary>True when every step is made.</summary>
    public bool IsComplete => Steps >= TotalSteps;

    /// <summary>The best evaluation so far and the step it followed; null before the first, or without a best metric.</summary>
    public (double Value, long Step)? Best => _state.Best;

    /// <summary>Goes back to the newest checkpoint that is whole.</summary>
    /// <returns>False when there is none, and the training starts at its beginning.</returns>
    /// <exception cref="KitException">The checkpoint is of another model or of other settings (naming what differs), or none is whole.</exception>
    public bool Resume()
    {
        if (Folder()?.Newest(_options.Warn) is not var (checkpoint, file)) return false;
        using (checkpoint) _state.Restore(checkpoint, file);
        return true;
    }

    /// <summary>
    /// Trains to the end, one optimizer step at a time; a step's record is given out before its checkpoint is written, so a
    /// log that keeps every record is never behind a checkpoint.
    /// </summary>
    /// <param name="stop">When it is set the current step is finished, a checkpoint written, and the stream ends.</param>
    /// <exception cref="KitException">A loss or a gradient is not finite, a metric is missing, or the disk refuses.</exception>
    public IEnumerable<TrainStep> Run(CancellationToken stop = default)
    {
        if (IsComplete) yield break;
        using var cursor = new BatchCursor(_data, _state.Epoch, _state.Batch);
        while (!IsComplete && !stop.IsCancellationRequested)
        {
            var step = Advance(cursor);
            (_state.Epoch, _state.Batch) = (cursor.Epoch, cursor.Batch);
            if (_options.Evaluate is not null && Due(_settings.EvaluateEvery)) step = step with { Evaluation = Evaluate() };
            yield return step;
            if (Due(_settings.CheckpointEvery) || stop.IsCancellationRequested) Folder()?.Save(Steps, _state.Take());
        }
    }

    /// <summary>Puts the best weights into the student, where a best metric was chosen; otherwise the last ones stay.</summary>
    public void UseBest() => _state.UseBest();

    /// <summary>Lets the buffers go; the models keep their weights.</summary>
    public void Dispose()
    {
        _state.Dispose();
        foreach (var learner in _learners) learner.Dispose();
    }

    private TrainStep Advance(BatchCursor cursor)
    {
        var watch = Stopwatch.StartNew();
        long number = Steps + 1;
        double rate = _settings.LearningRate * _schedule.Factor(Steps);
        var batches = new List<Batch>();
        try
        {
            Fetch(cursor, number, batches);
            _method.Student.train(_settings.Dropout && _method.Dropout);
            _method.Teacher?.eval();
            RandomStreams.SeedGlobal(RandomStreams.Mix(_settings.Seeds.Dropout, number), _device);
            var outcome = _accumulation.Run(batches, number, (double)Steps / TotalSteps, number < TotalSteps ? cursor.LookAhead : null);
            for (int i = 0; i < _learners.Length; i++) _learners[i].Step(rate, outcome.Norms[i]);
            _state.Steps = number;
            return new TrainStep(number, TotalSteps, cursor.Epoch + (double)cursor.Batch / _data.BatchesPerEpoch, outcome.Loss, outcome.Terms,
                _learners.Zip(outcome.Norms).ToDictionary(l => l.First.Name, l => l.Second), rate,
                batches.Sum(b => b.Count(Unit.Token)), watch.Elapsed.TotalSeconds);
        }
        catch (ExternalException e) when (OutOfMemory.Is(e))
        {
            throw new KitException($"Step {number} needs more memory than {Devices.Name(_device)} has: {OutOfMemory.Told(e)}. Lower train.batchSize ({_settings.BatchSize}) and raise train.accumulate ({_settings.Accumulate}) "
                + "by the same factor, and the updates stay what they are; or shorten the rows (data.maxLength)"
                + $"{(_settings.Precision == "bf16" ? "" : ", compute in train.precision bf16")}. Nothing is lost: the last checkpoint stands.", e);
        }
        finally
        {
            foreach (var batch in batches) batch.Dispose();
        }
    }

    /// <summary>All micro-batches of a step before any runs, so that their weights are known.</summary>
    private void Fetch(BatchCursor cursor, long number, List<Batch> batches)
    {
        using var frozen = no_grad();
        using var sampling = RandomStreams.For(_settings.Seeds.Sampling, number);
        foreach (var batch in cursor.Take(_settings.Accumulate))
        {
            batches.Add(batch);
            var prepared = _method.Prepare(batch, sampling, (double)Steps / TotalSteps);
            if (ReferenceEquals(prepared, batch)) continue;
            batches[^1] = prepared;
            batch.Dispose();
        }
    }

    private IReadOnlyDictionary<string, double> Evaluate()
    {
        using var quiet = new EvaluationMode(_method.Student);
        var metrics = _options.Evaluate!();
        _method.Evaluated(metrics);
        if (_settings.BestMetric is not { } name) return metrics;
        if (!metrics.TryGetValue(name, out double value))
            throw new KitException($"'train.bestMetric' is '{name}', but the evaluation gives {string.Join(", ", metrics.Keys.Order())}.");
        _state.Offer(value, _settings.BestDirection == "max");
        return metrics;
    }

    /// <summary>Whether something that happens every so many steps, or at the end of an epoch, happens now.</summary>
    private bool Due(int? every) => IsComplete || (every is { } n ? Steps % n == 0 : _state.Batch == 0);

    private CheckpointFolder? Folder() => _options.CheckpointFolder is { } path ? new CheckpointFolder(path, _settings.KeepCheckpoints) : null;
}
