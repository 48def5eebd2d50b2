using System.Diagnostics;
using System.Text.Json.Nodes;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Tensors;
using ResearchKit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Benchmarks;

/// <summary>What a training step of a method costs.</summary>
/// <param name="Method">Its name.</param>
/// <param name="MsPerStep">Milliseconds a step, a mean over a round: the median of the rounds.</param>
/// <param name="Ratio">To the first method's in the same round: the median of the rounds.</param>
/// <param name="RatioMin">The smallest.</param>
/// <param name="RatioMax">The largest.</param>
/// <param name="WritingShare">What share of the time goes into responses that a model writes.</param>
/// <param name="StepsPerRow">Steps that are made on each row, or on each response that was written: MiniLLM's inner epochs; 1 for the others.</param>
public sealed record MethodTime(string Method, double MsPerStep, double Ratio, double RatioMin, double RatioMax, double WritingShare, int StepsPerRow)
{
    /// <summary>Milliseconds for every batch of rows that is learnt from: what each row's or response's steps cost together.</summary>
    public double MsPerBatch => MsPerStep * StepsPerRow;
}

/// <summary>
/// Training steps of every method of online distillation side by side: the same models, rows half prompt and half response, every method in turn in
/// every round. A round is long enough for methods that write at some steps only, so its mean is what counts. No text ends before its longest.
/// </summary>
/// <param name="Setting">Where and how large.</param>
/// <param name="ResponseTokens">Tokens of a response.</param>
/// <param name="StepsPerRound">Steps of each method in a round.</param>
/// <param name="Rounds">Rounds.</param>
/// <param name="Device">Where it ran.</param>
/// <param name="Methods">One for each method.</param>
public sealed record MethodTimes(Setting Setting, int ResponseTokens, int StepsPerRound, int Rounds, string Device, IReadOnlyList<MethodTime> Methods)
{
    private const int Steps = 8;

    /// <summary>The methods, the first being what the others are compared with. MiniLLM writes at every fourth step, generalised distillation at half of them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["fkl", "rkl", "okd", "imitkd", "gkd", "minillm"];

    /// <summary>Measures.</summary>
    /// <param name="setting">Where and how large.</param>
    /// <param name="rounds">Rounds, after one that is not counted.</param>
    public static MethodTimes Measure(Setting setting, int rounds)
    {
        int response = setting.Decoders().Tokens / 2;
        var works = Names.Select(name => TrainingWorkload.Watched(name, setting, Json(name, response))).ToList();
        try
        {
            var means = works.Select(_ => new List<double>()).ToList();
            for (int round = -1; round < rounds; round++)
                foreach (int i in round % 2 == 0 ? Enumerable.Range(0, works.Count) : Enumerable.Range(0, works.Count).Reverse())
                {
                    if (round == 0) works[i].Watch!.Reset();
                    double ms = StepComparison.Time(works[i], Steps).Average();
                    if (round >= 0) means[i].Add(ms);
                }
            return new(setting, response, Steps, rounds, setting.Device == "cpu" ? "cpu" : Devices.Describe(device(setting.Device)),
                [.. works.Select((work, i) =>
                {
                    var ratios = means[i].Zip(means[0], (mine, first) => mine / first).ToArray();
                    return new MethodTime(work.Name, Median(means[i]), Median(ratios), ratios.Min(), ratios.Max(), work.Watch!.Milliseconds / (means[i].Sum() * Steps), StepsPerRow(work.Name));
                })]);
        }
        finally
        {
            works.ForEach(w => w.Dispose());
        }
    }

    private static JsonObject Json(string name, int response) => name switch
    {
        "fkl" or "rkl" => new() { ["name"] = name },
        "okd" => new() { ["name"] = name, ["rank"] = 32 },
        _ => new() { ["name"] = name, ["maxNewTokens"] = response },
    };

    private static int StepsPerRow(string name) => name == MiniLlm.Entry.Name ? new MiniLlm.Settings().InnerEpochs : 1;

    private static double Median(IEnumerable<double> values) => MathNet.Numerics.Statistics.Statistics.Median(values);
}

/// <summary>A method whose writing is timed; all else is its own.</summary>
/// <param name="inner">The method.</param>
public sealed class WatchedMethod(IMethod inner) : IMethod, IDisposable
{
    private readonly Stopwatch _watch = new();

    /// <summary>Milliseconds in <see cref="Prepare"/>.</summary>
    public double Milliseconds => _watch.Elapsed.TotalMilliseconds;

    /// <summary>Begins anew.</summary>
    public void Reset() => _watch.Reset();

    /// <inheritdoc/>
    public Batch Prepare(Batch batch, Generator sampling, double progress)
    {
        _watch.Start();
        var prepared = inner.Prepare(batch, sampling, progress);
        if (batch.Ids.device_type == DeviceType.CUDA) cuda.synchronize();
        _watch.Stop();
        return prepared;
    }

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public LanguageModel Student => inner.Student;

    /// <inheritdoc/>
    public LanguageModel? Teacher => inner.Teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => inner.StudentObserves;

    /// <inheritdoc/>
    public Observe TeacherObserves => inner.TeacherObserves;

    /// <inheritdoc/>
    public bool DifferentiatesInput => inner.DifferentiatesInput;

    /// <inheritdoc/>
    public bool TeacherLearns => inner.TeacherLearns;

    /// <inheritdoc/>
    public bool Dropout => inner.Dropout;

    /// <inheritdoc/>
    public IReadOnlyList<TrainedPart> Trains => inner.Trains;

    /// <inheritdoc/>
    public IReadOnlyList<nn.Module> Modules => inner.Modules;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step) => inner.Losses(step);

    /// <inheritdoc/>
    public void Dispose() => (inner as IDisposable)?.Dispose();
}
