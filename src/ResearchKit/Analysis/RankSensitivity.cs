using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>
/// Which weights need their rank: one linear map of a model at a time is replaced by its best approximation of a rank, and what the model then predicts is
/// compared with what it predicts whole. It tells before any training where a student of low-rank factors will lose, and where rank can be saved.
/// <code>
/// var report = new RankSensitivity(samples, collator, batchSize: 32).Measure(teacher, ranks: [8, 32, 128]);
/// </code>
/// </summary>
/// <remarks>It costs a decomposition of every weight, and for every map and batch one forward pass more than there are ranks.</remarks>
/// <param name="samples">The rows; loss and accuracy are measured where they have answers.</param>
/// <param name="collator">Pads them and puts them where the model is.</param>
/// <param name="batchSize">Rows a batch.</param>
public sealed class RankSensitivity(IReadOnlyList<Sample> samples, Collator collator, int batchSize)
{
    /// <summary>Replaces every map by every rank in turn. Afterwards every weight is what it was, bit by bit, whatever happened.</summary>
    /// <param name="model">A model of classes, spans or tokens.</param>
    /// <param name="ranks">Each at least 1; from a map's smaller width on, its weight stays whole.</param>
    /// <param name="matrices">The kinds of maps; null for all that the model has.</param>
    /// <param name="layers">The layers, from 1; null for all.</param>
    /// <exception cref="KitException">A rank, map or layer is not to be had, a map is factorised already, or the model predicts no distribution.</exception>
    public SensitivityReport Measure(LanguageModel model, IReadOnlyList<int> ranks, IReadOnlyList<string>? matrices = null, IReadOnlyList<int>? layers = null)
    {
        Check(model, ranks, matrices, layers);
        using var quiet = new EvaluationMode(model);
        List<MapSensitivity> maps = [];
        Sums? whole = null;
        foreach (var (layer, matrix) in Chosen(model, matrices, layers))
        {
            var (before, effects) = Of(model, model.Map(layer - 1, matrix), ranks);
            whole ??= before;
            maps.Add(new(layer, matrix, [.. effects.Select(e => new RankEffect(e.Kl / e.Count, e.Mean(e.Loss), e.Mean(e.Right)))]));
        }
        return new(ranks, maps, whole!.Count, whole.Mean(whole.Loss), whole.Mean(whole.Right));
    }

    private (Sums Whole, Sums[] Ranks) Of(LanguageModel model, LinearMap map, IReadOnlyList<int> ranks)
    {
        using var outer = NewDisposeScope();
        Tensor weight = map.Weight, kept = weight.clone();
        var replacements = Spectra.Truncated(kept, ranks);
        var whole = new Sums();
        Sums[] sums = [.. ranks.Select(_ => new Sums())];
        try
        {
            foreach (var (_, batch) in Batches.ByLength(samples, collator, batchSize))
            {
                using var scope = NewDisposeScope();
                using var owned = batch;
                weight.copy_(kept);
                var intact = Predicted.Of(model, batch);
                whole.Add(intact, intact);
                for (int i = 0; i < ranks.Count; i++)
                {
                    using var one = NewDisposeScope();
                    weight.copy_(replacements[i]);
                    sums[i].Add(intact, Predicted.Of(model, batch));
                }
            }
        }
        finally
        {
            weight.copy_(kept);
        }
        return (whole, sums);
    }

    private static void Check(LanguageModel model, IReadOnlyList<int> ranks, IReadOnlyList<string>? matrices, IReadOnlyList<int>? layers)
    {
        if (ranks.Count == 0 || ranks.Any(r => r < 1)) throw new KitException($"Rank sensitivity takes ranks of 1 and more, at least one; got {(ranks.Count == 0 ? "none" : string.Join(", ", ranks))}.");
        if (model.Config.Layers == 0 || layers?.Count == 0 || matrices?.Count == 0) throw new KitException("Rank sensitivity has no map to replace: name layers and maps that the model has, or leave them out for all.");
        foreach (int layer in layers ?? [])
            if (layer < 1 || layer > model.Config.Layers) throw new KitException($"Rank sensitivity is asked for layer {layer} of a model with the layers 1 to {model.Config.Layers}.");
        foreach (var matrix in matrices ?? [])
            if (!model.MapNames.Contains(matrix)) throw new KitException($"Rank sensitivity is asked for the map '{matrix}'; a {model.Config.ModelType} has {string.Join(", ", model.MapNames)}.");
        if (model.Config.Classes == 1 || model.Config is BertConfig { Head: EncoderHead.None })
            throw new KitException("Rank sensitivity compares distributions, and this model predicts none: it has one output, or no head. Choose a model of classes, spans or tokens.");
        foreach (var (layer, matrix) in Chosen(model, matrices, layers))
            if (model.Map(layer - 1, matrix) is { Factors: not null } map) throw new KitException($"{map.Name} is a product of factors already. Measure the model that it was made from.");
    }

    private static IEnumerable<(int Layer, string Matrix)> Chosen(LanguageModel model, IReadOnlyList<string>? matrices, IReadOnlyList<int>? layers) =>
        Spectra.Maps(model).Where(m => layers?.Contains(m.Layer) != false && matrices?.Contains(m.Matrix) != false);

    // Sums over positions of one state of the model.
    private sealed class Sums
    {
        private bool _answered;

        public double Kl { get; private set; }

        public double Loss { get; private set; }

        public double Right { get; private set; }

        public long Count { get; private set; }

        public double? Mean(double sum) => _answered ? sum / Count : null;

        public void Add(Predicted intact, Predicted now)
        {
            using var scope = NewDisposeScope();
            Kl += TokenDivergence.ForwardKl.PerPosition(intact.LogProbabilities, now.LogProbabilities).sum().ToDouble();
            Count += now.LogProbabilities.shape[0];
            _answered = now.Answers is not null;
            if (now.Answers is not { } answers) return;
            Loss -= now.LogProbabilities.gather(1, answers.unsqueeze(1)).sum().ToDouble();
            Right += now.LogProbabilities.argmax(1).eq(answers).sum().ToDouble();
        }
    }
}

/// <summary>What replacing single maps by approximations of lower rank does to a model.</summary>
/// <param name="Ranks">The ranks, in the order asked for.</param>
/// <param name="Maps">The maps, layer by layer.</param>
/// <param name="Predictions">Distributions compared: one for each row, end of a span, or token.</param>
/// <param name="Loss">−log p of the right answer of the whole model, nats; null without answers.</param>
/// <param name="Accuracy">Share of answers that are the likeliest, likewise.</param>
public sealed record SensitivityReport(IReadOnlyList<int> Ranks, IReadOnlyList<MapSensitivity> Maps, long Predictions, double? Loss, double? Accuracy);

/// <summary>One map.</summary>
/// <param name="Layer">Its layer, from 1.</param>
/// <param name="Matrix"><c>query</c>, <c>key</c>, …</param>
/// <param name="Effects">One for each rank.</param>
public sealed record MapSensitivity(int Layer, string Matrix, IReadOnlyList<RankEffect> Effects);

/// <summary>What one approximation does.</summary>
/// <param name="Kl">KL(whole ‖ approximated) of the predictions, nats, mean over them.</param>
/// <param name="Loss">−log p of the right answer, nats; null without answers.</param>
/// <param name="Accuracy">Share of answers that are the likeliest, likewise.</param>
public sealed record RankEffect(double Kl, double? Loss, double? Accuracy);
