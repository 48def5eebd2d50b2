using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>What the singular values of a model's linear maps tell: how much of a weight a given rank keeps, and how far two models' weights are apart.</summary>
/// <remarks>All in double precision, whatever the model's. A factorised map counts as the product of its factors.</remarks>
public static class Spectra
{
    /// <summary>The singular values of every linear map of a model's layers, layer by layer.</summary>
    /// <param name="model">The model.</param>
    public static IReadOnlyList<MatrixSpectrum> Of(LanguageModel model)
    {
        using var frozen = no_grad();
        return [.. Maps(model).Select(m => new MatrixSpectrum(m.Layer, m.Matrix, SingularValues(model, m.Layer, m.Matrix)))];

        static IReadOnlyList<double> SingularValues(LanguageModel model, int layer, string matrix)
        {
            using var scope = NewDisposeScope();
            return Spectra.SingularValues(model.Map(layer - 1, matrix).Weight);
        }
    }

    /// <summary>A weight's singular values, from the largest down.</summary>
    /// <param name="weight">[m, n], any floating type.</param>
    /// <returns>min(m, n) numbers.</returns>
    /// <exception cref="ArgumentException">It is no matrix.</exception>
    public static IReadOnlyList<double> SingularValues(Tensor weight)
    {
        if (weight.dim() != 2) throw new ArgumentException($"A matrix has singular values, [{string.Join(", ", weight.shape)}] has none.", nameof(weight));
        using var scope = NewDisposeScope();
        return linalg.svdvals(weight.detach().to(ScalarType.Float64)).cpu().contiguous().data<double>().ToArray();
    }

    /// <summary>The share of a weight's energy ‖W‖²_F = Σσ² that its best approximation of each rank keeps (Eckart and Young).</summary>
    /// <param name="singularValues">From the largest down.</param>
    /// <returns>Entry r − 1 is rank r's, the last 1; not numbers where all singular values are 0.</returns>
    public static IReadOnlyList<double> Energy(IReadOnlyList<double> singularValues)
    {
        double kept = 0;
        double[] sums = [.. singularValues.Select(s => kept += s * s)];
        return [.. sums.Select(sum => sum / kept)];
    }

    /// <summary>The least rank that keeps a share of the energy.</summary>
    /// <param name="singularValues">From the largest down.</param>
    /// <param name="share">Above 0, at most 1.</param>
    /// <exception cref="KitException">The share is out of range, or there is no energy to keep.</exception>
    public static int RankFor(IReadOnlyList<double> singularValues, double share)
    {
        if (!(share > 0 && share <= 1)) throw new KitException($"A rank is asked for that keeps {share} of a weight's energy; the share must be above 0 and at most 1.");
        if (!singularValues.Any(s => s > 0)) throw new KitException("A rank is asked for that keeps some of a weight's energy, and all its singular values are 0.");
        return Energy(singularValues).TakeWhile(kept => kept < share).Count() + 1;
    }

    /// <summary>The effective rank (Roy and Vetterli, EUSIPCO 2007): e^H of the singular values over their sum, from 1 to min(m, n).</summary>
    /// <param name="singularValues">In any order.</param>
    /// <returns>Not a number where all are 0.</returns>
    public static double EffectiveRank(IReadOnlyList<double> singularValues)
    {
        double total = singularValues.Sum();
        return total > 0 ? Math.Exp(-singularValues.Where(s => s > 0).Sum(s => s / total * Math.Log(s / total))) : double.NaN;
    }

    /// <summary>The best approximation of a rank, U_r Σ_r V_rᵀ.</summary>
    /// <param name="weight">[m, n], any floating type.</param>
    /// <param name="rank">r, at least 1; from min(m, n) on the weight itself.</param>
    /// <returns>[m, n] in the weight's type, in the current dispose scope.</returns>
    /// <exception cref="ArgumentException">It is no matrix, or r is below 1.</exception>
    public static Tensor Truncated(Tensor weight, int rank) => Truncated(weight, [rank])[0];

    /// <summary>Those of several ranks, of one decomposition.</summary>
    internal static IReadOnlyList<Tensor> Truncated(Tensor weight, IReadOnlyList<int> ranks)
    {
        if (weight.dim() != 2 || ranks.Any(r => r < 1))
            throw new ArgumentException($"A matrix is approximated by one of rank 1 or more; asked for are rank {string.Join(", ", ranks)} of [{string.Join(", ", weight.shape)}].", nameof(ranks));
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        long full = Math.Min(weight.shape[0], weight.shape[1]);
        var (u, s, vh) = linalg.svd(weight.detach().to(ScalarType.Float64), fullMatrices: false);
        return [.. ranks.Select(r => (r >= full ? weight.detach().clone()
            : (u.narrow(1, 0, r) * s.narrow(0, 0, r)).matmul(vh.narrow(0, 0, r)).to(weight.dtype)).MoveToOuterDisposeScope())];
    }

    /// <summary>How far a model's weights are from another's, ‖W − Ŵ‖_F / ‖W‖_F of each map: of a student of factors before and after training, for instance.</summary>
    /// <param name="reference">Has the W.</param>
    /// <param name="model">Has the Ŵ; as many layers, and maps of the same sizes.</param>
    /// <returns>An entry for each kind of map, with a number for each layer; <see cref="Factorisation.Errors"/> has them one by one, with what they cost.</returns>
    /// <exception cref="KitException">The layers differ in number, or a map in size.</exception>
    public static IReadOnlyList<MatrixError> Errors(LanguageModel reference, LanguageModel model) =>
        [.. Factorisation.Errors(reference, model).Where(e => e.Layer is not null).GroupBy(e => e.Matrix)
            .Select(kind => new MatrixError(kind.Key, [.. kind.OrderBy(e => e.Layer).Select(e => e.RelativeError)]))];

    internal static IEnumerable<(int Layer, string Matrix)> Maps(LanguageModel model) =>
        Enumerable.Range(1, model.Config.Layers).SelectMany(layer => model.MapNames.Select(matrix => (layer, matrix)));
}

/// <summary>The singular values of one linear map.</summary>
/// <param name="Layer">Its layer, from 1.</param>
/// <param name="Matrix"><c>query</c>, <c>key</c>, <c>value</c>, <c>output</c>, <c>up</c>, <c>down</c> or <c>gate</c>.</param>
/// <param name="SingularValues">From the largest down.</param>
public sealed record MatrixSpectrum(int Layer, string Matrix, IReadOnlyList<double> SingularValues);
