using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Benchmarks;

/// <summary>
/// One training step of a method: what <see cref="Trainer"/> does in a step, from the batch to AdamW. Random weights, the same full rows at
/// every step. <c>kd-encoder</c> and <c>gradkd-encoder</c> distil a BERT into one of half its layers, the decoders' workloads a GPT-2
/// into a smaller one; <see cref="Setting"/> has the sizes.
/// </summary>
public sealed class TrainingWorkload : Workload
{
    private readonly LanguageModel _teacher, _student;
    private readonly IMethod _method;
    private readonly Trainer _trainer;
    private readonly IEnumerator<TrainStep> _steps;
    private readonly Device _device;

    private TrainingWorkload(string name, Setting setting, JsonObject method, LanguageModel teacher, LanguageModel student, OneBatch batch, bool watched = false)
    {
        (Name, _teacher, _student, UnitsPerStep) = (name, teacher, student, batch.Rows * batch.Tokens);
        _device = device(setting.Device);
        backends.cuda.matmul.allow_tf32 = setting.Precision == "tf32";
        _method = MethodCatalog.Create(method, _student, _teacher);
        if (watched) _method = Watch = new WatchedMethod(_method);
        _trainer = new Trainer(_method, batch, new TrainSettings
        {
            Steps = int.MaxValue,
            LearningRate = 1e-4,
            Schedule = Schedule.Constant,
            WeightDecay = 0.01,
            DecayAll = true,
            Device = setting.Device,
            Precision = setting.Precision == "bf16" ? "bf16" : "fp32",
        });
        _steps = _trainer.Run().GetEnumerator();
    }

    /// <summary>What times the method's writing, where it is timed.</summary>
    internal WatchedMethod? Watch { get; }

    /// <summary>A workload of BERTs.</summary>
    /// <param name="name">The workload's name.</param>
    /// <param name="setting">Where and how large.</param>
    /// <param name="method">The method as a recipe has it.</param>
    public static TrainingWorkload Encoders(string name, Setting setting, JsonObject method)
    {
        var small = setting.Encoders().Student;
        return Encoders(name, setting, method, small, student => student);
    }

    /// <summary>A workload of a BERT and a student of its depth whose maps are factors of its own.</summary>
    /// <param name="name">The workload's name.</param>
    /// <param name="setting">Where and how large.</param>
    /// <param name="method">The method as a recipe has it.</param>
    public static TrainingWorkload Factors(string name, Setting setting, JsonObject method) => Encoders(name, setting, method, setting.Encoders().Teacher, whole =>
    {
        using (whole) return Factorisation.Factorise(whole, new RankBudget(whole).Uniform(setting.Rank));
    });

    private static TrainingWorkload Encoders(string name, Setting setting, JsonObject method, BertConfig shape, Func<LanguageModel, LanguageModel> become)
    {
        var (large, _, rows, tokens) = setting.Encoders();
        var teacher = ModelFactory.Create(large, seed: 1);
        // What bears the teacher's name and shape starts as a copy, but for the head.
        var student = become(Shrinking.Student(teacher, shape, [.. Enumerable.Range(0, shape.Layers)], seed: 2, freshHead: true));
        return new(name, setting, method, teacher, student, new OneBatch(setting.Device, rows, tokens, large.VocabularySize) { Classes = 2 });
    }

    /// <summary>A workload of GPT-2s.</summary>
    /// <param name="name">The workload's name.</param>
    /// <param name="setting">Where and how large.</param>
    /// <param name="method">The method as a recipe has it.</param>
    /// <param name="vocabulary">Tokens of the vocabulary at desk size; null for its own.</param>
    /// <param name="prompt">What share of a row is given, not predicted.</param>
    public static TrainingWorkload Decoders(string name, Setting setting, JsonObject method, int? vocabulary = null, double prompt = 0) =>
        Decoders(name, setting, method, vocabulary, prompt, watched: false);

    /// <summary>As <see cref="Decoders(string, Setting, JsonObject, int?, double)"/>, rows half prompt, and the method's writing timed.</summary>
    internal static TrainingWorkload Watched(string name, Setting setting, JsonObject method) => Decoders(name, setting, method, null, 0.5, watched: true);

    private static TrainingWorkload Decoders(string name, Setting setting, JsonObject method, int? vocabulary, double prompt, bool watched)
    {
        var (large, small, rows, tokens) = setting.Decoders(vocabulary);
        var teacher = ModelFactory.Create(large, seed: 1);
        var student = small.Width == large.Width ? Shrinking.Student(teacher, small, [.. Enumerable.Range(0, small.Layers)], seed: 2) : ModelFactory.Create(small, seed: 2);
        return new(name, setting, method, teacher, student, new OneBatch(setting.Device, rows, tokens, large.VocabularySize) { Prompt = (int)(prompt * tokens) }, watched);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override long UnitsPerStep { get; }

    /// <inheritdoc/>
    public override int WarmUp => 3;

    /// <inheritdoc/>
    public override int Rounds => 10;

    /// <inheritdoc/>
    public override int StepsPerRound => 3;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, long> Parameters
    {
        get
        {
            var sizes = new Dictionary<string, long> { ["teacher_params"] = _teacher.ParameterCount, ["student_params"] = _student.ParameterCount };
            if (_teacher.Adapter is { } online) sizes["lora_params"] = online.parameters().Sum(p => p.numel());
            return sizes;
        }
    }

    /// <inheritdoc/>
    public override void Step()
    {
        _steps.MoveNext();
        if (_device.type == DeviceType.CUDA) cuda.synchronize();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _steps.Dispose();
        _trainer.Dispose();
        (_method as IDisposable)?.Dispose();
        _student.Dispose();
        _teacher.Dispose();
    }

    // The same rows at every step, full ones. A decoder predicts a token at every position, the last one's being drawn too.
    private sealed class OneBatch(string where, int rows, int tokens, int vocabulary) : IBatchSource
    {
        private readonly long[] _ids = Numbers(vocabulary, rows * (tokens + 1));

        public int Rows => rows;

        public int Tokens => tokens;

        public int? Classes { get; init; }

        public int Prompt { get; init; }

        public int BatchesPerEpoch => 1;

        public IEnumerable<Batch> Epoch(int epoch, int from = 0)
        {
            if (from > 0) yield break;
            using var scope = NewDisposeScope();
            var lengths = Enumerable.Repeat((long)tokens, rows).ToArray();
            var all = tensor(_ids, [rows, tokens + 1]);
            var ids = all.narrow(1, 0, tokens).contiguous();
            Batch batch;
            if (Classes is { } classes) batch = new Batch(ids, lengths, labels: tensor(Numbers(classes, rows)));
            else
            {
                var targets = all.narrow(1, 1, tokens).contiguous();
                if (Prompt > 1) targets.narrow(1, 0, Prompt - 1).fill_(Batch.Ignored);
                batch = new Batch(ids, lengths, targets: targets, targetCount: rows * (tokens - Math.Max(0, Prompt - 1)));
            }
            yield return where == "cpu" ? batch : batch.To(device(where));
        }

        private static long[] Numbers(int below, int count)
        {
            var random = new StableRandom(7);
            return Enumerable.Range(0, count).Select(_ => (long)random.Below(below)).ToArray();
        }
    }
}
