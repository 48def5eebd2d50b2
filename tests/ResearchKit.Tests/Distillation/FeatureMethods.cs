using System.Text.Json.Nodes;
using ResearchKit.Models;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Distillation;

/// <summary>A student, its teacher and rows for them, of every kind of answer; and how methods on them are made and run.</summary>
internal static class FeatureMethods
{
    public static readonly TrainSettings Train = new() { Steps = 4, LearningRate = 1e-2, WeightDecay = 0, Device = "cpu", Schedule = "constant", WarmupFraction = 0 };

    /// <summary>The kinds of models and answers.</summary>
    public static readonly string[] Kinds = ["classes", "number", "span", "masked tokens", "gpt2", "llama"];

    private static readonly int[][] s_rows = [[1, 2, 3, 4, 5], [6, 7, 8], [9, 10, 11, 12, 1, 3]];

    public static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    /// <summary>A teacher of two layers and a student of one, as wide unless told otherwise.</summary>
    public static (LanguageModel Student, LanguageModel Teacher) Pair(string kind, int? width = null, ScalarType type = ScalarType.Float64)
    {
        ModelConfig config = kind switch
        {
            "classes" => Tiny.Bert,
            "number" => Tiny.Bert with { Labels = BertConfig.Unnamed(1) },
            "span" => Tiny.Bert with { Head = EncoderHead.Span },
            "masked tokens" => Tiny.Bert with { Head = EncoderHead.MaskedTokens },
            _ => Tiny.All[kind],
        };
        var shape = config.WithoutDropout() with { Layers = 1, Width = width ?? config.Width, InitializerRange = 0.4 };
        return (ModelFactory.Create(shape, seed: 8, type: type), Tiny.Make<LanguageModel>(config, type));
    }

    /// <summary>Three rows with the answers of that kind.</summary>
    public static Batch Rows(string kind, int width = 0, int padding = 0)
    {
        using var scope = NewDisposeScope();
        using var plain = Tiny.Rows(s_rows, width, padding);
        var ids = plain.Ids.clone();
        long[] lengths = [.. plain.Lengths];
        if (kind == "classes") return new(ids, lengths, labels: tensor(new long[] { 2, 0, 1 }));
        if (kind == "number") return new(ids, lengths, labels: tensor(new float[] { 0.5f, 4, 2.25f }));
        if (kind == "span") return new(ids, lengths, spans: tensor(new long[] { 1, 2, 0, 0, 3, 5 }, [3, 2]));
        // Of a head of masked tokens the target stands where it is; of a decoder it is the next token.
        long[] Targets(int[] row) => kind == "masked tokens" ? [.. row.Select((token, t) => t % 2 == 1 ? token : Batch.Ignored)] : Batch.NextTokenTargets(row, 2);
        long[] targets = [.. s_rows.SelectMany(r => Targets(r).Concat(Enumerable.Repeat(Batch.Ignored, plain.Width - r.Length)))];
        return new(ids, lengths, targets: tensor(targets, [3, plain.Width]), targetCount: targets.Count(t => t != Batch.Ignored));
    }

    public static IReadOnlyList<LossTerm> Terms(IMethod method, Batch batch, double progress = 0) => method.Losses(new Step(method, batch, 1, progress));

    public static Tensor Total(IEnumerable<LossTerm> terms) => terms.Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b);

    /// <summary>The gradient of a method's loss at every parameter of the student, zeros where there is none.</summary>
    public static Dictionary<string, double[]> Gradients(IMethod method, Tensor loss)
    {
        (string Name, Tensor Value)[] leaves = [.. method.Student.named_parameters().Where(p => p.parameter.requires_grad).Select(p => (p.name, (Tensor)p.parameter))];
        var gradients = autograd.grad([loss], [.. leaves.Select(l => l.Value)], allow_unused: true);
        return leaves.Zip(gradients).ToDictionary(p => p.First.Name, p => p.Second.IsInvalid ? new double[p.First.Value.numel()] : Bits.Numbers(p.Second));
    }

    public static List<TrainStep> Run(IMethod method, Func<Batch> rows, TrainSettings? settings = null)
    {
        using var trainer = new Trainer(method, new GivenData(rows), settings ?? Train);
        return [.. trainer.Run()];
    }
}
