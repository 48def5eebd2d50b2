using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>Chooses the ranks of a low-rank student: one for all maps, a share of each map's numbers, by the energy kept, or the most that a number of parameters allows.</summary>
/// <remarks>A factorised map has r (inputs + outputs) numbers. Where a rule would give it no fewer than it has whole, it stays whole; only a rank that is asked for
/// by name is taken as it is.</remarks>
public sealed class RankBudget
{
    private readonly LanguageModel _model;
    private readonly int? _embedding;
    private readonly (int Layer, string Matrix, long Inputs, long Outputs)[] _maps;
    private double[][]? _energies;

    /// <summary>Looks at a model.</summary>
    /// <param name="model">Its maps are whole.</param>
    /// <param name="embedding">k, for the vocabulary's table; null to leave it whole.</param>
    /// <param name="matrices">The maps to factorise, of <see cref="LanguageModel.MapNames"/>; null for all.</param>
    /// <exception cref="KitException">A map is unknown, or the model's are products already.</exception>
    public RankBudget(LanguageModel model, int? embedding = null, IReadOnlyList<string>? matrices = null)
    {
        Factorisation.RequireDense(model);
        if (matrices?.FirstOrDefault(m => !model.MapNames.Contains(m)) is { } unknown)
            throw new KitException($"There is no map '{unknown}' in a {model.Config.ModelType}{(Nearest.To(unknown, model.MapNames) is { } near ? $" (did you mean {near}?)" : "")}; it has {string.Join(", ", model.MapNames)}.");
        (_model, _embedding) = (model, embedding);
        _maps = [.. Enumerable.Range(0, model.Config.Layers).SelectMany(layer => model.MapNames.Where(m => matrices is null || matrices.Contains(m))
            .Select(m => model.Map(layer, m) is var map ? (layer, m, (long)map.Inputs, (long)map.Outputs) : default))];
    }

    /// <summary>One rank for all maps; a map that has no such rank gets its full one.</summary>
    /// <exception cref="KitException">The rank is below 1.</exception>
    public LowRank Uniform(int rank)
    {
        if (rank < 1) throw new KitException($"The rank is {rank}; it must be 1 or more.");
        return Of(map => (int)Math.Min(rank, Math.Min(map.Inputs, map.Outputs)));
    }

    /// <summary>r = ⌊ρ · inputs · outputs / (inputs + outputs)⌋, and 1 at least: every map keeps the share ρ of its numbers.</summary>
    /// <param name="share">ρ, above 0.</param>
    /// <exception cref="KitException">ρ is not above 0.</exception>
    public LowRank Ratio(double share)
    {
        if (!(share > 0)) throw new KitException($"The share of its numbers that a map keeps is {share}; it must be above 0.");
        return Of(map => Whole(map, Math.Max(1, (int)Math.Min(int.MaxValue, Math.Floor(share * map.Inputs * map.Outputs / (map.Inputs + map.Outputs) + 1e-9)))));
    }

    /// <summary>The smallest rank of each map whose singular values have a share of the sum of their squares.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    /// <exception cref="KitException">The share is out of range.</exception>
    public LowRank Energy(double share)
    {
        if (!(share > 0 && share <= 1)) throw new KitException($"The share of the energy to keep is {share}; it must be above 0 and at most 1.");
        _energies ??= Energies();
        int at = 0;
        return Of(map => Whole(map, RankOf(_energies[at++], share)));
    }

    /// <summary>The largest ranks with which the student has at most so many parameters.</summary>
    /// <param name="parameters">All of the student's: of its maps, biases, norms, head, and unless told otherwise of its embeddings.</param>
    /// <param name="rule"><c>uniform</c> (one rank), <c>ratio</c> (one share of each map's numbers) or <c>energy</c> (one share of each map's energy).</param>
    /// <param name="countEmbeddings">Whether the embedding block counts.</param>
    /// <exception cref="KitException">Even rank 1 needs more, or the rule is unknown.</exception>
    public LowRank ForParameters(long parameters, string rule = "uniform", bool countEmbeddings = true)
    {
        double[] candidates = rule switch
        {
            "uniform" => [.. Enumerable.Range(1, (int)_maps.Max(m => Math.Min(m.Inputs, m.Outputs))).Select(r => (double)r)],
            "ratio" => [.. _maps.Select(m => (m.Inputs, m.Outputs)).Distinct()
                .SelectMany(m => Enumerable.Range(1, (int)(m.Inputs * m.Outputs / (m.Inputs + m.Outputs)) + 1).Select(r => (double)r * (m.Inputs + m.Outputs) / (m.Inputs * m.Outputs))).Distinct().Order()],
            "energy" => [.. (_energies ??= Energies()).SelectMany(e => e).Distinct().Order()],
            _ => throw new KitException($"There is no rule '{rule}' to share out parameters by; choose uniform, ratio or energy."),
        };
        LowRank Ranks(double candidate) => rule == "uniform" ? Of(map => Whole(map, (int)Math.Min(candidate, Math.Min(map.Inputs, map.Outputs))))
            : rule == "ratio" ? Ratio(candidate) : Energy(candidate);
        // More of whatever is shared out never takes fewer parameters: the last candidate that fits is found by halving.
        int low = 0, high = candidates.Length - 1;
        if (Count(Ranks(candidates[0]), countEmbeddings) is var least && least > parameters)
            throw new KitException($"A student of {parameters:N0} parameters is not to be had: at the lowest ranks it has {least:N0}{(countEmbeddings ? ", its embeddings counted" : "")}. Allow more"
                + $"{(_embedding is null && countEmbeddings ? ", or factorise the embedding too (lowRank.embedding)" : "")}.");
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (Count(Ranks(candidates[middle]), countEmbeddings) <= parameters) low = middle;
            else high = middle - 1;
        }
        return Ranks(candidates[low]);
    }

    /// <summary>The parameters of the student that some ranks make, without making it.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="countEmbeddings">Whether the embedding block counts.</param>
    public long Count(LowRank ranks, bool countEmbeddings = true)
    {
        long count = _model.ParameterCount;
        for (int layer = 0; layer < _model.Config.Layers; layer++)
            foreach (var matrix in _model.MapNames)
                if (ranks.Of(layer, matrix) is { } rank && _model.Map(layer, matrix) is var map)
                    count += (long)rank * (map.Inputs + map.Outputs) - (long)map.Inputs * map.Outputs;
        long rows = _model.Words.Vectors.shape[0], width = _model.Words.Vectors.shape[1], table = 0;
        if (ranks.Embedding is { } k) table = k * (rows + width) - rows * width;
        count += table;
        if (_model.OutputMap is not null) count += table;
        return countEmbeddings ? count : count - _model.EmbeddingParameters.Sum(p => p.Value.numel()) - table;
    }

    /// <summary>Refuses ranks that a model's maps do not have.</summary>
    /// <exception cref="KitException">A rank is larger than its map; the message names it.</exception>
    internal static void Check(LanguageModel model, LowRank ranks)
    {
        for (int layer = 0; layer < model.Config.Layers; layer++)
            foreach (var matrix in model.MapNames)
                if (ranks.Of(layer, matrix) is { } rank && model.Map(layer, matrix) is var map && rank > Math.Min(map.Inputs, map.Outputs))
                    throw new KitException($"'{map.Name}' maps {map.Inputs} units to {map.Outputs} and has no rank {rank}; the largest is {Math.Min(map.Inputs, map.Outputs)}.");
        if (ranks.Embedding is { } k && model.Words.Vectors.shape is var shape && k > Math.Min(shape[0], shape[1]))
            throw new KitException($"The vocabulary's table [{shape[0]}, {shape[1]}] has no rank {k}; the largest is {Math.Min(shape[0], shape[1])}.");
    }

    private LowRank Of(Func<(int Layer, string Matrix, long Inputs, long Outputs), int?> rank)
    {
        var layers = Enumerable.Range(0, _model.Config.Layers).Select(_ => new Dictionary<string, int>()).ToArray();
        foreach (var map in _maps)
            if (rank(map) is { } r) layers[map.Layer][map.Matrix] = r;
        return new() { Embedding = _embedding, Layers = layers };
    }

    private static int? Whole((int Layer, string Matrix, long Inputs, long Outputs) map, int rank) => rank * (map.Inputs + map.Outputs) >= map.Inputs * map.Outputs ? null : rank;

    private static int RankOf(double[] cumulated, double share)
    {
        int at = Array.BinarySearch(cumulated, share - 1e-12);
        return Math.Min(cumulated.Length, (at < 0 ? ~at : at) + 1);
    }

    // Of each map the share of the energy that its largest 1, 2, … singular values have.
    private double[][] Energies()
    {
        using var frozen = no_grad();
        return [.. _maps.Select(map =>
        {
            using var scope = NewDisposeScope();
            var squares = linalg.svdvals(_model.Map(map.Layer, map.Matrix).Weight.to(ScalarType.Float64)).square();
            return (squares.cumsum(0) / squares.sum()).clamp_max(1).cpu().data<double>().ToArray();
        })];
    }
}
