using System.ComponentModel.DataAnnotations;
using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>How <see cref="DropoutBias"/> measures. The defaults are the paper's, appendix B.</summary>
public sealed record DropoutBiasSettings
{
    /// <summary>δ, the rate of dropout in the student's layers and its head.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Rate { get; init; } = 0.1;

    /// <summary>Passes with dropout over each sample; the paper takes 100 over 1000 samples.</summary>
    [Range(1, 1_000_000)]
    public int Passes { get; init; } = 100;

    /// <summary>Whether the embedding's output is dropped too. The authors' code sets that rate to 0 whatever the others.</summary>
    public bool EmbeddingDropout { get; init; }

    /// <summary>Most rows that are run at once: passes of a sample, and several samples where there is room. A bound on memory.</summary>
    [Range(1, 1_000_000)]
    public int Rows { get; init; } = 256;

    /// <summary>Of the masks.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;
}

/// <summary>
/// How much dropout biases the gradients that are aligned (Gradient Knowledge Distillation, arXiv 2211.01071, appendix B, table 4):
/// <code>
/// cos( E_ξ[v], v without dropout ),   v = ∂p_m/∂E at every token, ∂p_m/∂h_k at the first token of layers 1 to L−1
/// </code>
/// p_m is the probability of the class that a pass predicts. Its true gradient is averaged, p_m(1 − p_m) times that of the log-odds, in
/// double precision: a pass that is less sure weighs more. The paper does not say how E's tokens become one number. Here the cosine is
/// taken token by token and averaged over all real tokens; <see cref="DropoutBiasReport.WholeSentence"/> holds the other reading.
/// </summary>
/// <example><code>
/// var report = DropoutBias.Measure(student, samples, collator, new() { Rate = 0.1, Passes = 100 });
/// foreach (var place in report.Places) Console.WriteLine($"{place.Name}: {place.Cosine:0.000}, without noise {place.Limit:0.000}");
/// </code></example>
public static class DropoutBias
{
    /// <summary>Measures a trained student. A copy with the wanted dropout is run; the student stays as it is.</summary>
    /// <param name="student">A BERT, RoBERTa or DistilBERT that tells classes.</param>
    /// <param name="samples">The rows; the paper takes 1000 of MNLI's training split.</param>
    /// <param name="collator">Pads them and puts them where the student is.</param>
    /// <param name="settings">Rate, passes and seed; null for the paper's.</param>
    /// <remarks>The masks come from libtorch's own generator, so the same seed gives the same masks for the same <see cref="DropoutBiasSettings.Rows"/>
    /// only. On the CPU its state is afterwards what it was; a GPU's cannot be read, and is left seeded.</remarks>
    /// <exception cref="KitException">The student is no such model, a setting is out of range, or there are no samples.</exception>
    public static DropoutBiasReport Measure(LanguageModel student, IReadOnlyList<Sample> samples, Collator collator, DropoutBiasSettings? settings = null)
    {
        settings ??= new();
        SettingsBinder.Bind<DropoutBiasSettings>(System.Text.Json.JsonSerializer.SerializeToNode(settings, SettingsBinder.Json)!.AsObject(), "dropout bias");
        using var scope = NewDisposeScope();
        using var noisy = WithDropout(student, settings.Rate);
        using var before = get_rng_state();
        try
        {
            return Run(noisy, samples, collator, settings);
        }
        finally
        {
            set_rng_state(before);
        }
    }

    private static DropoutBiasReport Run(LanguageModel noisy, IReadOnlyList<Sample> samples, Collator collator, DropoutBiasSettings settings)
    {
        var sums = Enumerable.Range(0, Math.Max(1, noisy.Config.Layers)).Select(k => new PlaceSums(k, settings.Passes)).ToArray();
        int atOnce = Math.Min(settings.Passes, settings.Rows), together = Math.Max(1, settings.Rows / atOnce);
        int forward = 0;
        foreach (var (rows, batch) in Batches.ByLength(samples, collator, together))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            noisy.eval();
            var plain = Gradients(noisy, batch, 0);
            noisy.train();
            Moments[]? moments = null;
            for (int done = 0; done < settings.Passes; done += atOnce)
            {
                using var pass = NewDisposeScope();
                int times = Math.Min(atOnce, settings.Passes - done);
                using var repeated = collator.Make([.. rows.SelectMany(i => Enumerable.Repeat(samples[i], times))]);
                RandomStreams.SeedGlobal(RandomStreams.Mix(settings.Seed, forward++), batch.Ids.device);
                var noise = Gradients(noisy, repeated, settings.EmbeddingDropout ? settings.Rate : 0);
                Moments[] part = [.. noise.Select(v => Moments.Of(v, batch.Rows, times))];
                moments = [.. part.Select((m, k) => (moments is null ? m : m.Plus(moments[k])).MoveToOuter())];
            }
            for (int k = 0; k < sums.Length; k++) sums[k].Add(moments![k], plain[k], batch.Lengths);
        }
        return new(settings, samples.Count, [.. sums.Select(s => s.Tokens())], sums[0].Sentences());
    }

    /// <summary>∂p_m/∂E [B, T, D], and ∂p_m/∂h_k of the first token [B, 1, D] of the layers below the last, in double precision.</summary>
    private static Tensor[] Gradients(LanguageModel model, Batch batch, double embeddingRate)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var embedding = InputGradient.Leaf(model, batch);
        var output = model.Forward(batch, Observe.LowerHidden, embeddingRate == 0 ? embedding : nn.functional.dropout(embedding, embeddingRate));
        var logOdds = Signals.Of(Signal.Confidence, output.Logits);
        var gradients = InputGradient.Of(logOdds, [embedding, .. output.Hidden.Skip(1)], createGraph: false);
        var p = logOdds.detach().to_type(ScalarType.Float64);
        // Of a regression the output itself is the signal, and of a class p's derivative by the log-odds is p(1 − p).
        var slope = (model.Config.Classes == 1 ? ones_like(p) : p.sigmoid() * (-p).sigmoid()).view(-1, 1, 1);
        return [.. gradients.Select((g, k) => ((k == 0 ? g : g.narrow(1, 0, 1)).to_type(ScalarType.Float64) * slope).MoveToOuterDisposeScope())];
    }

    private static LanguageModel WithDropout(LanguageModel student, double rate)
    {
        if (student.Config is not BertConfig { Head: EncoderHead.Classes } config)
            throw new KitException($"Dropout bias is measured of an encoder that tells classes; this student is a '{student.Config.ModelType}'{(student.Config is BertConfig ? " without classes" : "")}.");
        var first = student.parameters().First();
        var copy = ModelFactory.Create(config with { HiddenDropout = rate, AttentionDropout = rate, ClassifierDropout = rate, EmbeddingDropout = 0 }, seed: null, first.device, first.dtype);
        using var frozen = no_grad();
        foreach (var (to, from) in copy.parameters().Zip(student.parameters()))
        {
            to.copy_(from);
            to.requires_grad = false;
        }
        return copy;
    }

    /// <summary>Sums over passes: of v, [n, T, D], and of ‖v‖², [n, T].</summary>
    private sealed record Moments(Tensor Sum, Tensor Squares)
    {
        public static Moments Of(Tensor v, int samples, int times)
        {
            var each = v.view(samples, times, v.shape[1], v.shape[2]);
            return new(each.sum(1), each.square().sum(-1).sum(1));
        }

        public Moments Plus(Moments other) => new(Sum + other.Sum, Squares + other.Squares);

        public Moments MoveToOuter() => new(Sum.MoveToOuterDisposeScope(), Squares.MoveToOuterDisposeScope());
    }

    /// <summary>Products at one place, sample by sample and token by token: all that both readings need.</summary>
    private sealed class PlaceSums(int layer, int passes)
    {
        private readonly record struct Products(double Across, double Mean, double Plain, double Squares);

        private readonly List<Products[]> _samples = [];

        public void Add(Moments moments, Tensor plain, IReadOnlyList<long> lengths)
        {
            using var scope = NewDisposeScope();
            var mean = moments.Sum / passes;
            var products = stack([(mean * plain).sum(-1), mean.square().sum(-1), plain.square().sum(-1), moments.Squares / passes], -1).cpu().contiguous();   // [n, T, 4]
            int width = (int)products.shape[1];
            var flat = products.data<double>().ToArray();
            for (int i = 0; i < lengths.Count; i++)
            {
                int start = i * width, count = layer == 0 ? (int)lengths[i] : 1;
                _samples.Add([.. Enumerable.Range(start, count).Select(t => new Products(flat[4 * t], flat[4 * t + 1], flat[4 * t + 2], flat[4 * t + 3]))]);
            }
        }

        public DropoutBiasAt Tokens() => Over(_samples.SelectMany(s => s));

        public DropoutBiasAt Sentences() => Over(_samples.Select(s => new Products(s.Sum(p => p.Across), s.Sum(p => p.Mean), s.Sum(p => p.Plain), s.Sum(p => p.Squares))));

        private DropoutBiasAt Over(IEnumerable<Products> all)
        {
            var directed = all.Where(p => p.Mean > 0 && p.Plain > 0).ToList();
            double Average(Func<Products, double> of) => directed.Count == 0 ? double.NaN : directed.Average(of);
            return new(LayerConsistency.NameOf(layer), layer, Average(Cosine), Average(Noise),
                Average(p => Math.Clamp(Cosine(p) / Math.Sqrt(1 - Math.Min(Noise(p), 0.99)), -1, 1)), directed.Count);
        }

        private static double Cosine(Products p) => p.Across / Math.Sqrt(p.Mean * p.Plain);

        // ‖mean‖² of N passes holds a share of noise: their variance over N, estimated without bias.
        private double Noise(Products p) => passes == 1 ? double.NaN : Math.Max(0, (p.Squares - p.Mean) / (passes - 1) / p.Mean);
    }
}
