using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Benchmarks;

/// <summary>
/// <c>kd-encoder</c> and <c>gradkd-encoder</c>: one training step of a two-layer BERT that learns from one of four layers (width 256, 4 heads, inner
/// 1024, vocabulary 30,522), on 32 rows of 64 tokens and two classes: what <see cref="Trainer"/> does in a step, from the batch to AdamW.
/// </summary>
public sealed class EncoderWorkload : Workload
{
    private const int Rows = 32, Tokens = 64;
    private readonly LanguageModel _teacher, _student;
    private readonly Trainer _trainer;
    private readonly IEnumerator<TrainStep> _steps;

    /// <summary>Makes models of random weights and the trainer.</summary>
    /// <param name="name">The workload's name.</param>
    /// <param name="method">The method as a recipe has it.</param>
    public EncoderWorkload(string name, JsonObject method)
    {
        Name = name;
        var shape = new BertConfig { Layers = 4, Width = 256, Heads = 4, Inner = 1024, InitializerRange = 0.02 }.WithoutDropout();
        _teacher = ModelFactory.Create(shape, seed: 1);
        // What bears the teacher's name and shape starts as a copy, but for the head.
        _student = Shrinking.Student(_teacher, shape with { Layers = 2 }, [0, 1], seed: 2, freshHead: true);
        _trainer = new Trainer(MethodCatalog.Create(method, _student, _teacher), new OneBatch(), new TrainSettings
        {
            Steps = int.MaxValue,
            LearningRate = 1e-4,
            Schedule = Schedule.Constant,
            WeightDecay = 0.01,
            DecayAll = true,
            Device = "cpu",
        });
        _steps = _trainer.Run().GetEnumerator();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override long UnitsPerStep => Rows * Tokens;

    /// <inheritdoc/>
    public override int WarmUp => 3;

    /// <inheritdoc/>
    public override int Rounds => 10;

    /// <inheritdoc/>
    public override int StepsPerRound => 3;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, long> Parameters => new Dictionary<string, long>
    {
        ["teacher_params"] = _teacher.ParameterCount,
        ["student_params"] = _student.ParameterCount,
    };

    /// <inheritdoc/>
    public override void Step() => _steps.MoveNext();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _steps.Dispose();
        _trainer.Dispose();
        _student.Dispose();
        _teacher.Dispose();
    }

    // The same rows at every step, full ones.
    private sealed class OneBatch : IBatchSource
    {
        private readonly long[] _ids = [.. Numbers(30_522, Rows * Tokens)], _labels = [.. Numbers(2, Rows)];

        public int BatchesPerEpoch => 1;

        public IEnumerable<Batch> Epoch(int epoch, int from = 0)
        {
            if (from == 0) yield return new Batch(tensor(_ids, [Rows, Tokens]), [.. Enumerable.Repeat((long)Tokens, Rows)], labels: tensor(_labels));
        }

        private static IEnumerable<long> Numbers(int below, int count)
        {
            var random = new StableRandom(7);
            return Enumerable.Range(0, count).Select(_ => (long)random.Below(below)).ToArray();
        }
    }
}
