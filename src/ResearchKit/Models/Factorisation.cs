using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>What the factors of a low-rank student begin as.</summary>
public enum FactorStart
{
    /// <summary>The truncated singular value decomposition: the product nearest to the weight (Eckart and Young 1936).</summary>
    Svd,

    /// <summary>The truncation that is nearest in what the map says of the inputs it has met, min E‖(W − Ŵ)x‖²: data-aware, as DRONE (Chen et al. 2021)
    /// and SVD-LLM (Wang et al., arXiv 2403.07378) compute it.</summary>
    ActivationAwareSvd,

    /// <summary>Drawn from the seed, with the model's own deviation: the rest is the teacher's.</summary>
    Random,
}

/// <summary>How far a factorised map is from the one it stands for.</summary>
/// <param name="Layer">From 0; null for the vocabulary's table and the output map.</param>
/// <param name="Matrix">The map's name.</param>
/// <param name="Rank">r; null where it is whole.</param>
/// <param name="RelativeError">‖W − Ŵ‖_F / ‖W‖_F.</param>
/// <param name="Parameters">Numbers it is stored as, the bias not counted.</param>
/// <param name="DenseParameters">Numbers of the weight it stands for.</param>
public sealed record MapError(int? Layer, string Matrix, int? Rank, double RelativeError, long Parameters, long DenseParameters);

/// <summary>
/// Makes of a model one whose linear maps are products of two factors, W ≈ up · down, and of such a model a dense one again. Every layer, head and map
/// keeps its counterpart of the same output: that is what a low-rank student is for (our reading of Multi-aspect Knowledge Distillation, arXiv 2604.03110).
/// </summary>
/// <remarks>Decompositions are computed in double precision. The factors share the singular values, down = Σ^½ Vᵀ and up = U Σ^½, so that their
/// gradients are of one size.</remarks>
public static class Factorisation
{
    /// <summary>The two factors of the best product of a rank.</summary>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="rank">1 to min(outputs, inputs).</param>
    /// <param name="moment">[inputs, inputs] E[x xᵀ] of what the map reads (<see cref="ActivationMoments"/>): the product is then the best in what is said of that; null for
    /// the one nearest to the weight.</param>
    /// <returns>Down [r, inputs] and up [outputs, r] in the weight's type.</returns>
    /// <exception cref="ArgumentException">The rank is out of range, or the moment has another shape.</exception>
    public static (Tensor Down, Tensor Up) Factors(Tensor weight, int rank, Tensor? moment = null)
    {
        long most = Math.Min(weight.shape[0], weight.shape[1]);
        if (weight.dim() != 2 || rank < 1 || rank > most)
            throw new ArgumentException($"A weight [{string.Join(", ", weight.shape)}] has factors of rank 1 to {most}, not {rank}.", nameof(rank));
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var wide = weight.to(ScalarType.Float64);
        Tensor? back = null;
        if (moment is not null)
        {
            if (moment.dim() != 2 || moment.shape[0] != weight.shape[1] || moment.shape[1] != weight.shape[1])
                throw new ArgumentException($"The moment of what a weight [{string.Join(", ", weight.shape)}] reads is [{weight.shape[1]}, {weight.shape[1]}], got [{string.Join(", ", moment.shape)}].", nameof(moment));
            // E‖(W − Ŵ)x‖² = ‖(W − Ŵ) C^½‖²: the truncation of W C^½, taken back through C^-½. What no input excited is held by a ridge.
            var c = moment.to(ScalarType.Float64);
            var ridge = c.trace() / c.shape[0] * 1e-9 + double.Epsilon;
            var (values, vectors) = linalg.eigh((c + c.t()) / 2 + ridge * eye(c.shape[0], dtype: ScalarType.Float64, device: c.device));
            var root = values.clamp_min(0).sqrt();
            wide = wide.matmul(vectors * root);
            back = vectors / root;
        }
        var (u, s, v) = linalg.svd(wide, fullMatrices: false);
        var half = s.narrow(0, 0, rank).sqrt();                                            // [r]
        var right = half.unsqueeze(1) * v.narrow(0, 0, rank);                              // [r, inputs]
        if (back is not null) right = right.matmul(back.t());
        return (right.to(weight.dtype).MoveToOuterDisposeScope(), (u.narrow(1, 0, rank) * half).to(weight.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>A student of a model's depth, width and heads whose maps are of some ranks.</summary>
    /// <param name="teacher">A model whose maps are whole; it stays as it is.</param>
    /// <param name="ranks">Which maps, and of what rank (<see cref="RankBudget"/>).</param>
    /// <param name="start">What the factors begin as; everything else is the teacher's.</param>
    /// <param name="seed">Initialisation seed, for <see cref="FactorStart.Random"/>.</param>
    /// <param name="moments">What the teacher's maps read, for <see cref="FactorStart.ActivationAwareSvd"/>.</param>
    /// <returns>A model of its own, on the teacher's device and in its type.</returns>
    /// <exception cref="KitException">The teacher's maps are products already, or a rank is larger than its map.</exception>
    public static LanguageModel Factorise(LanguageModel teacher, LowRank ranks, FactorStart start = FactorStart.Svd, long seed = 1, ActivationMoments? moments = null)
    {
        RequireDense(teacher);
        if (start == FactorStart.ActivationAwareSvd && moments is null)
            throw new ArgumentException("Factors that mind what the maps read need its moments (ActivationMoments.Collect).", nameof(moments));
        RankBudget.Check(teacher, ranks);
        var first = teacher.parameters().First();
        // Only factors that are drawn need the seed: everything else is written over.
        var student = ModelFactory.Create(teacher.Config with { LowRank = ranks }, start == FactorStart.Random ? seed : null, first.device, first.dtype);
        try
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            CopyCommon(teacher, student);
            foreach (var (layer, matrix, theirs, ours) in Maps(teacher, student))
            {
                ours.Bias?.copy_(theirs.Bias!);
                if (ours.Factors is not { } factors) ours.Weight.copy_(theirs.Weight);
                else if (start != FactorStart.Random)
                    Write(Factors(theirs.Weight, ours.Rank!.Value, start == FactorStart.ActivationAwareSvd && layer is { } l ? moments!.Of(l, matrix) : null), factors);
            }
            if (student.Words.Factors is var (table, up) && start != FactorStart.Random)
            {
                var (down, left) = Factors(teacher.Words.Vectors, (int)table.shape[1]);    // [k, width], [rows, k]
                table.copy_(left);
                up.copy_(down.t());
            }
            return student;
        }
        catch
        {
            student.Dispose();
            throw;
        }
    }

    /// <summary>The dense model that computes the same, up to rounding: every map the product of its factors. For whoever knows no factors, as Hugging Face's library does not.</summary>
    /// <param name="model">A model whose maps are products; it stays as it is.</param>
    /// <returns>A model of its own.</returns>
    /// <exception cref="KitException">The maps are whole already.</exception>
    public static LanguageModel Merge(LanguageModel model)
    {
        if (model.Config.LowRank is null) throw new KitException($"The {model.Config.ModelType}'s maps are whole; there are no factors to merge.");
        var first = model.parameters().First();
        var dense = ModelFactory.Create(model.Config with { LowRank = null }, null, first.device, first.dtype);
        try
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            CopyCommon(model, dense);
            foreach (var (_, _, theirs, ours) in Maps(model, dense))
            {
                ours.Weight.copy_(Product(theirs));
                ours.Bias?.copy_(theirs.Bias!);
            }
            if (model.Words.Factors is var (table, up)) dense.Words.Vectors.copy_(Wide(table).matmul(Wide(up).t()));
            return dense;
        }
        catch
        {
            dense.Dispose();
            throw;
        }
    }

    /// <summary>How far each map of a student is from its teacher's, the vocabulary's table last.</summary>
    /// <param name="teacher">Either may have factors.</param>
    /// <param name="student">Of the teacher's depth and widths.</param>
    /// <exception cref="KitException">The two have other maps.</exception>
    public static IReadOnlyList<MapError> Errors(LanguageModel teacher, LanguageModel student)
    {
        RequireCounterparts(teacher, student);
        using var frozen = no_grad();
        List<MapError> errors = [];
        foreach (var (layer, matrix, theirs, ours) in Maps(teacher, student))
        {
            using var scope = NewDisposeScope();
            long dense = (long)ours.Inputs * ours.Outputs;
            errors.Add(new(layer, matrix, ours.Rank, Relative(Product(theirs), Product(ours)), ours.Rank is { } r ? (long)r * (ours.Inputs + ours.Outputs) : dense, dense));
        }
        using (NewDisposeScope())
        {
            Tensor theirs = Product(teacher.Words), ours = Product(student.Words);
            long dense = theirs.numel();
            errors.Add(new(null, "words", (int?)student.Words.Factors?.Table.shape[1], Relative(theirs, ours), student.Words.Factors is var (table, up) ? table.numel() + up.numel() : dense, dense));
        }
        return errors;
    }

    /// <summary>Requires two models whose maps are counterparts: as many layers, and maps of the same inputs and outputs.</summary>
    /// <exception cref="KitException">They are not; the message names the first difference.</exception>
    internal static void RequireCounterparts(LanguageModel teacher, LanguageModel student)
    {
        var (t, s) = (teacher.Config, student.Config);
        if (t.Layers != s.Layers || !t.MapNames.SequenceEqual(s.MapNames))
            throw new KitException($"The student has {s.Layers} layers with the maps {string.Join(", ", s.MapNames)}, the teacher {t.Layers} with {string.Join(", ", t.MapNames)}: "
                + "only models with the same maps can be compared map by map. Make the student of the teacher's depth and width, for example with student.from = teacher and student.lowRank.");
        for (int layer = 0; layer < s.Layers; layer++)
            foreach (var matrix in s.MapNames)
                if (teacher.Map(layer, matrix) is var theirs && student.Map(layer, matrix) is var ours && (theirs.Inputs, theirs.Outputs) != (ours.Inputs, ours.Outputs))
                    throw new KitException($"The student's '{ours.Name}' maps {ours.Inputs} units to {ours.Outputs}, the teacher's {theirs.Inputs} to {theirs.Outputs}. Give the student the teacher's widths.");
    }

    internal static void RequireDense(LanguageModel teacher)
    {
        if (teacher.Config.LowRank is not null)
            throw new KitException($"The {teacher.Config.ModelType}'s maps are products of two factors already. Merge them first (./kit model export does), or leave student.lowRank out.");
    }

    // What both have under one name and in one shape: norms, biases, tables, the head, and maps that are whole on both sides.
    private static void CopyCommon(LanguageModel from, LanguageModel to)
    {
        var values = from.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);
        foreach (var (name, parameter) in to.named_parameters())
            if (values.TryGetValue(name, out var value)) parameter.copy_(value);
    }

    private static IEnumerable<(int? Layer, string Matrix, LinearMap From, LinearMap To)> Maps(LanguageModel from, LanguageModel to)
    {
        for (int layer = 0; layer < from.Config.Layers; layer++)
            foreach (var matrix in from.MapNames)
                yield return (layer, matrix, from.Map(layer, matrix), to.Map(layer, matrix));
        if (from.OutputMap is { } theirs && to.OutputMap is { } ours) yield return (null, "output words", theirs, ours);
    }

    private static void Write((Tensor Down, Tensor Up) values, (Tensor Down, Tensor Up) into)
    {
        into.Down.copy_(values.Down);
        into.Up.copy_(values.Up);
    }

    private static Tensor Product(LinearMap map) => map.Factors is var (down, up) ? Wide(up).matmul(Wide(down)) : Wide(map.Weight);

    private static Tensor Product(WordTable words) => words.Factors is var (table, up) ? Wide(table).matmul(Wide(up).t()) : Wide(words.Vectors);

    private static Tensor Wide(Tensor x) => x.to(ScalarType.Float64);

    private static double Relative(Tensor theirs, Tensor ours) => ((theirs - ours).norm() / theirs.norm()).ToDouble();
}
