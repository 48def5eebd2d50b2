using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

/// <summary>Small decoders that write, and rows with prompts for them to write to. Token 2 ends a text, and pads as well.</summary>
internal static class WritingMethods
{
    public const int End = 2, Vocabulary = 13;

    // Prompts of different lengths, each with a response that ends.
    private static readonly (int[] Prompt, int[] Response)[] s_rows =
        [([3, 1], [4, 1, 5, End]), ([9, End, 6], [5, 3, End]), ([5], [8, End]), ([7, 9, 3, 2], [3, 8, 4, 6, End]), ([2, 6], [End]), ([4, 3, 3], [8, 3, 2])];

    public static Decoder Model(long seed, ScalarType type = ScalarType.Float32, Gpt2Config? shape = null) =>
        (Decoder)ModelFactory.Create((shape ?? Tiny.Gpt2 with { VocabularySize = Vocabulary, EndId = End }).WithoutDropout() with { InitializerRange = 0.5 }, seed, type: type);

    public static IMethod Method(string json, Decoder student, Decoder teacher) => MethodCatalog.Create(JsonNode.Parse(json)!.AsObject(), student, teacher);

    /// <summary>Rows of the data as the collator makes them.</summary>
    public static Batch Rows(params int[] which)
    {
        var collator = new Collator(paddingId: End, CPU, targets: true);
        return collator.Make([.. (which.Length == 0 ? [0, 1, 2, 3, 4, 5] : which).Select(i => new Sample([.. s_rows[i].Prompt, .. s_rows[i].Response]) { ScoredFrom = s_rows[i].Prompt.Length })]);
    }

    public static int[] Prompt(int row) => s_rows[row].Prompt;

    public static long[][] Host(Tensor x) => [.. Enumerable.Range(0, (int)x.shape[0]).Select(i => x[i].cpu().contiguous().data<long>().ToArray())];

    public static Dictionary<string, LossTerm> Terms(IMethod method, Batch batch) => method.Losses(new Step(method, batch, 1, 0)).ToDictionary(t => t.Symbol);

    /// <summary>Data of three batches an epoch.</summary>
    public sealed class Source : IBatchSource
    {
        public int BatchesPerEpoch => 3;
        public IEnumerable<Batch> Epoch(int epoch, int from = 0) => Enumerable.Range(from, 3 - from).Select(i => Rows(2 * i, (2 * i) + 1));
    }

    /// <summary>Trains without and with an interruption, and gives both students' values and whatever else is told.</summary>
    public static (T Whole, T Resumed) Interrupted<T>(string json, Func<IMethod, T> tell, int steps, int stop, int accumulate = 1, Func<long, double>? loss = null)
    {
        var folder = Directory.CreateTempSubdirectory("kit-writing-").FullName;
        try
        {
            T Run(string? path, int? until, bool resume)
            {
                using Decoder student = Model(1), teacher = Model(2);
                var method = Method(json, student, teacher);
                using var owned = method as IDisposable;
                Trainer? trainer = null;
                using var made = trainer = new Trainer(method, new Source(), new TrainSettings { Steps = steps, Accumulate = accumulate, LearningRate = 1e-2, Device = "cpu", CheckpointEvery = 1, EvaluateEvery = 1 },
                    new TrainerOptions { CheckpointFolder = path, Evaluate = () => new Dictionary<string, double> { ["loss"] = loss?.Invoke(trainer!.Steps) ?? 1 } });
                if (resume) Assert.True(trainer.Resume());
                foreach (var step in trainer.Run())
                    if (step.Number == until) break;
                return tell(method);
            }
            var whole = Run(null, null, resume: false);
            Run(folder, stop + 1, resume: false);      // a step's checkpoint is written when the next one is asked for
            return (whole, Run(folder, null, resume: true));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
