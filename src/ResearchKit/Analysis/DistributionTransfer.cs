using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>
/// What a student captures and what it misses of a teacher's distributions: modes, tails, entropies, masses and divergences, summed in double
/// precision over as many batches as there are. Of a position four numbers are kept (for the deciles), its logits are not.
/// <code>
/// var transfer = new DistributionTransfer();
/// foreach (var (p, q) in logits) transfer.Add(p, q);
/// TransferReport report = transfer.Report();
/// TransferReport same = DistributionTransfer.Between(teacher, student, samples, collator, batchSize: 32);
/// </code>
/// </summary>
public sealed class DistributionTransfer
{
    private const int Budget = 1 << 22;   // numbers of one distribution at once

    private readonly TransferSettings _settings;
    private readonly List<Position> _positions = [];
    private readonly double[] _sums;
    private double _weight;
    private bool? _gold;

    /// <summary>Makes an empty one.</summary>
    /// <param name="settings">Where lines are drawn; null for the defaults.</param>
    /// <exception cref="KitException">A setting is out of range.</exception>
    public DistributionTransfer(TransferSettings? settings = null)
    {
        _settings = settings ?? new();
        foreach (var (name, value) in new[] { ("mode", _settings.Mode), ("share", _settings.Share), ("tail", _settings.Tail) })
            if (!(value > 0 && value <= 1)) throw new KitException($"The {name} of a distribution's transfer is {value}; it must be above 0 and at most 1.");
        if (_settings.Parts < 1 || _settings.Top.Any(k => k < 1))
            throw new KitException($"A distribution's transfer is asked for {_settings.Parts} parts and the masses of {string.Join(", ", _settings.Top)} tokens; all must be at least 1.");
        _sums = new double[Names + 3 * _settings.Top.Count];
    }

    /// <summary>Compares two models on the scored tokens of rows, teacher-forced, with dropout off; the gold tokens are the rows' targets.</summary>
    /// <param name="teacher">Gives p.</param>
    /// <param name="student">Gives q.</param>
    /// <param name="samples">The rows.</param>
    /// <param name="collator">One that makes targets.</param>
    /// <param name="batchSize">Rows a batch.</param>
    /// <param name="settings">Where lines are drawn.</param>
    /// <exception cref="KitException">The vocabularies differ, or nothing is scored.</exception>
    public static TransferReport Between(LanguageModel teacher, LanguageModel student, IReadOnlyList<Sample> samples, Collator collator, int batchSize,
        TransferSettings? settings = null)
    {
        var transfer = new DistributionTransfer(settings);
        using var quiet = new EvaluationMode(teacher, student);
        foreach (var (_, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            transfer.Add(teacher.Forward(batch).Logits, student.Forward(batch).Logits, batch.Scored, batch.Targets);
        }
        return transfer.Report();
    }

    /// <summary>Adds positions.</summary>
    /// <param name="teacher">[..., V] logits or log-probabilities of p, any floating type; −∞ is a probability of 0.</param>
    /// <param name="student">[..., V] of q.</param>
    /// <param name="mask">[...] bool, true at the positions that count; null for all.</param>
    /// <param name="gold">[...] int64 tokens that stand there; what is masked does not matter. Given always or never.</param>
    /// <param name="weights">[...] of the positions; null for 1 each.</param>
    /// <exception cref="KitException">The vocabularies differ.</exception>
    /// <exception cref="ArgumentException">Other shapes differ, or gold tokens are given now and were not before.</exception>
    public void Add(Tensor teacher, Tensor student, Tensor? mask = null, Tensor? gold = null, Tensor? weights = null)
    {
        Shapes.RequireSame(student.shape, teacher.shape);
        Shapes.RequirePositions(student.shape, mask, nameof(mask));
        Shapes.RequirePositions(student.shape, gold, nameof(gold));
        Shapes.RequirePositions(student.shape, weights, nameof(weights));
        if (_gold is { } before && before != gold is not null) throw new ArgumentException("Gold tokens are given for some batches only; give them always or never.", nameof(gold));
        _gold = gold is not null;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        long size = student.shape[^1];
        var rows = mask is null ? null : mask.flatten().nonzero().flatten();                       // [N]
        long count = rows is null ? student.numel() / size : rows.shape[0];
        int chunk = (int)Math.Max(1, Budget / size);
        for (long from = 0; from < count; from += chunk)
        {
            using var part = NewDisposeScope();
            long length = Math.Min(chunk, count - from);
            Tensor Chunk(Tensor x) => rows is null ? x.narrow(0, from, length) : x.index_select(0, rows.narrow(0, from, length));
            Sum(Chunk(teacher.reshape(-1, size)), Chunk(student.reshape(-1, size)), gold is null ? null : Chunk(gold.reshape(-1)), weights is null ? null : Chunk(weights.reshape(-1)));
        }
    }

    /// <summary>What has been added so far.</summary>
    /// <exception cref="KitException">Nothing has.</exception>
    public TransferReport Report()
    {
        if (_weight <= 0) throw new KitException("There is no position to compare distributions at: every one is masked, or none was given.");
        double Mean(int number) => _sums[number] / _weight;
        return new(_weight, Mean(HP), Mean(HQ), Mean(Forward), Mean(Reverse), Mean(Both), _sums[Covered] / _sums[Modes], _sums[Supported] / _sums[StudentModes],
            Mean(TailP), Mean(TailQ), Mean(Missed), Mean(Same),
            [.. _settings.Top.Select((k, i) => new TopMass(k, Mean(Names + 3 * i), Mean(Names + 3 * i + 1), Mean(Names + 3 * i + 2)))],
            TransferParts.Of(_positions, _settings.Parts), _gold == true ? Mean(LossP) : null, _gold == true ? Mean(LossQ) : null);
    }

    /// <summary>What is kept of one position, or of several that the teacher gives the same probability.</summary>
    internal readonly record struct Position(double Probability, double Forward, double Reverse, double Weight);

    // Columns of what is computed for each position.
    private const int HP = 0, HQ = 1, Forward = 2, Reverse = 3, Both = 4, Modes = 5, Covered = 6, StudentModes = 7, Supported = 8, TailP = 9, TailQ = 10, Missed = 11,
        Same = 12, LossP = 13, LossQ = 14, Reference = 15, Names = 16;

    // [n, V], [n, V], [n], [n].
    private void Sum(Tensor teacher, Tensor student, Tensor? gold, Tensor? weights)
    {
        Tensor logP = teacher.to(ScalarType.Float64).log_softmax(-1), logQ = student.to(ScalarType.Float64).log_softmax(-1), p = logP.exp(), q = logQ.exp();
        Tensor tailP = p.lt(_settings.Tail), tailQ = q.lt(_settings.Tail), modes = p.ge(_settings.Mode), studentModes = q.ge(_settings.Mode);
        var nothing = zeros_like(p.select(1, 0));
        Tensor lossP = nothing, lossQ = nothing, reference = p.amax([1]);
        if (gold is not null)
        {
            var at = gold.unsqueeze(1);
            (lossP, lossQ, reference) = (logP.gather(1, at).squeeze(1).neg(), logQ.gather(1, at).squeeze(1).neg(), p.gather(1, at).squeeze(1));
        }
        List<Tensor> columns =
        [
            Information(p, logP), Information(q, logQ), TokenDivergence.ForwardKl.PerPosition(logP, logQ), TokenDivergence.ReverseKl.PerPosition(logP, logQ), p.minimum(q).sum(1),
            Count(modes), Count(modes.logical_and(q.ge(p * _settings.Share))), Count(studentModes), Count(studentModes.logical_and(p.ge(q * _settings.Share))),
            Mass(p, tailP), Mass(q, tailP), Mass(p, tailQ), p.argmax(1).eq(q.argmax(1)).to(ScalarType.Float64), lossP, lossQ, reference,
        ];
        foreach (int k in _settings.Top)
        {
            int those = (int)Math.Min(k, p.shape[1]);
            var (mass, best) = p.topk(those, 1);
            columns.AddRange([mass.sum(1), q.topk(those, 1).values.sum(1), q.gather(1, best).sum(1)]);
        }
        var values = stack([.. columns], 1).cpu().contiguous().data<double>().ToArray();   // [n, columns]
        var weight = weights?.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        int width = columns.Count;
        for (int i = 0; i < values.Length / width; i++)
        {
            var row = values.AsSpan(i * width, width);
            double w = weight?[i] ?? 1;
            if (w == 0) continue;
            _weight += w;
            for (int c = 0; c < Reference; c++) _sums[c] += w * row[c];
            for (int c = Names; c < width; c++) _sums[c] += w * row[c];
            _positions.Add(new(row[Reference], row[Forward], row[Reverse], w));
        }
    }

    // −Σ p log p, where 0 log 0 is 0.
    private static Tensor Information(Tensor p, Tensor logP) => (p * logP.masked_fill(logP.isneginf(), 0)).sum(1).neg();

    private static Tensor Count(Tensor which) => which.to(ScalarType.Float64).sum(1);

    private static Tensor Mass(Tensor p, Tensor where) => p.masked_fill(where.logical_not(), 0).sum(1);
}
