using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>What was added to one prompt.</summary>
/// <param name="Tokens">The new ids, the end token included where it came.</param>
/// <param name="Ended">True when the end token came.</param>
public sealed record Continuation(int[] Tokens, bool Ended);

/// <summary>Continues prompts, all rows of a batch together.</summary>
public static class Generation
{
    // Asking a GPU whether all rows have ended waits for it, so it is asked now and then; the extra tokens are cut off.
    private const int StepsBetweenQuestions = 8;

    /// <summary>Continues prompts of any lengths. Without gradient, dropout off.</summary>
    /// <param name="model">The model; its mode (training or not) is as before afterwards.</param>
    /// <param name="prompts">Token ids, at least one in each.</param>
    /// <param name="options">How tokens are chosen, and how many.</param>
    /// <param name="sampling">Where chance comes from; may be null when greedy. Numbers are drawn on the generator's own device,
    /// the same count whatever happens, so that one seed gives one text on every device.</param>
    /// <returns>One continuation per prompt.</returns>
    /// <remarks>A row ends at an end token, at <see cref="GenerationOptions.MaxNewTokens"/>, or where the model's positions end:
    /// the token chosen at the last position is still given, because it needs none itself until it is read. Each row has its
    /// own end; the others' lengths and the padding do not matter.</remarks>
    /// <exception cref="KitException">An option is out of range, or a prompt is empty or longer than the model allows.</exception>
    public static IReadOnlyList<Continuation> Generate(
        Decoder model, IReadOnlyList<int[]> prompts, GenerationOptions options, Generator? sampling = null)
    {
        return Generate(model, null, prompts, options, Draw(prompts.Count, sampling));
    }

    /// <summary>As the other, each token from a mixture of two models that both read what is written: p = a p₁ + (1 − a) p₂ of their
    /// distributions at the options' temperature (MiniLLM, arXiv 2306.08543, section 2.2).</summary>
    /// <param name="model">The second, which has the rest.</param>
    /// <param name="other">The first; of the same vocabulary.</param>
    /// <param name="share">a: the first one's share.</param>
    /// <param name="prompts">Token ids, at least one in each.</param>
    /// <param name="options">How tokens are chosen, and how many.</param>
    /// <param name="sampling">Where chance comes from; may be null when greedy.</param>
    /// <exception cref="KitException">As the other; of either model.</exception>
    public static IReadOnlyList<Continuation> Generate(
        Decoder model, Decoder other, double share, IReadOnlyList<int[]> prompts, GenerationOptions options, Generator? sampling = null)
    {
        return Generate(model, (other, share), prompts, options, Draw(prompts.Count, sampling));
    }

    // Row by row, so that the first row meets the same numbers whatever company it is in.
    private static Func<int, Tensor> Draw(int rows, Generator? sampling) => steps => sampling is null
        ? throw new ArgumentNullException(nameof(sampling), "Sampling needs a generator.")
        : rand([rows, steps], dtype: ScalarType.Float64, device: sampling.device, generator: sampling);

    /// <summary>As the other, with a seed for each row: a prompt and its seed have one continuation, whatever rows stand beside it, but for the rounding of
    /// the model's own numbers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Token ids, at least one in each.</param>
    /// <param name="options">How tokens are chosen, and how many.</param>
    /// <param name="seeds">One for each prompt.</param>
    /// <exception cref="KitException">As the other.</exception>
    /// <exception cref="ArgumentException">There are not as many seeds as prompts.</exception>
    public static IReadOnlyList<Continuation> Generate(Decoder model, IReadOnlyList<int[]> prompts, GenerationOptions options, IReadOnlyList<ulong> seeds)
    {
        if (seeds.Count != prompts.Count) throw new ArgumentException($"There are {seeds.Count} seeds for {prompts.Count} prompts.", nameof(seeds));
        return Generate(model, null, prompts, options, steps => stack([.. seeds.Select(seed =>
        {
            using var generator = new Generator(seed);
            return rand([steps], dtype: ScalarType.Float64, generator: generator);
        })]));
    }

    private static IReadOnlyList<Continuation> Generate(
        Decoder model, (Decoder Model, double Share)? mixed, IReadOnlyList<int[]> prompts, GenerationOptions options, Func<int, Tensor> draw)
    {
        options.Validate();
        if (prompts.Count == 0) return [];
        int longest = prompts.Max(p => p.Length), positions = Math.Min(model.Config.MaxLength, mixed?.Model.Config.MaxLength ?? int.MaxValue);
        if (longest > positions)
            throw new KitException($"A prompt of {longest} tokens is longer than the {positions} positions of the model. Shorten the prompt.");

        using var quiet = mixed is { } two ? new EvaluationMode(model, two.Model) : new EvaluationMode(model);
        using var scope = NewDisposeScope();
        var device = model.parameters().First().device;
        using var batch = Batch.LeftPadded(prompts).To(device);
        int[] room = [.. prompts.Select(p => Math.Min(options.MaxNewTokens, positions - p.Length + 1))];
        Reader Reads(Decoder one) => options.UseCache ? new CachedRun(one, batch, room.Max()) : new Run(one, batch, room.Max());
        using var run = mixed is { } other ? new Mixture(Reads(other.Model), Reads(model), other.Share, options.Temperature) : Reads(model);
        if (mixed is not null) options = options with { Temperature = 1 };   // the mixture has seen to it
        return Generate(run, room, options, options.Greedy ? null : draw(room.Max()).to(device), device);
    }

    private static Continuation[] Generate(Reader run, int[] room, GenerationOptions options, Tensor? chance, Device device)
    {
        int rows = room.Length, steps = room.Max();
        int patience = device.type == DeviceType.CPU ? 1 : StepsBetweenQuestions;
        var tokens = zeros([rows, steps], dtype: ScalarType.Int64, device: device);
        var ended = zeros([rows], dtype: ScalarType.Bool, device: device);
        var ends = options.EndIds.ToArray();
        var rooms = tensor(room.Select(r => (long)r).ToArray(), device: device);
        var logits = run.First();
        int made = 0;
        while (true)
        {
            using var scope = NewDisposeScope();
            var next = Sampler.Choose(logits, options, chance?.select(1, made));                       // [B]
            tokens.select(1, made++).copy_(next);
            foreach (int end in ends) ended.logical_or_(next.eq(end));
            bool last = made == steps || (ends.Length > 0 && made % patience == 0 && ended.logical_or(rooms.le(made)).all().item<bool>());
            logits.Dispose();
            if (last) break;
            logits = run.Next(next).MoveToOuterDisposeScope();
        }
        return Cut(tokens.narrow(1, 0, made).cpu().contiguous().data<long>().ToArray(), made, room, ends);
    }

    private static Continuation[] Cut(long[] tokens, int made, int[] room, int[] ends)
    {
        var result = new Continuation[room.Length];
        for (int row = 0; row < room.Length; row++)
        {
            var ids = Array.ConvertAll(tokens[(row * made)..(row * made + Math.Min(made, room[row]))], id => (int)id);
            int at = Array.FindIndex(ids, id => ends.Contains(id));
            result[row] = new Continuation(at < 0 ? ids : ids[..(at + 1)], at >= 0);
        }
        return result;
    }

    private abstract class Reader : IDisposable
    {
        /// <summary>[B, V] logits after the prompts.</summary>
        public abstract Tensor First();

        /// <summary>[B, V] logits after one more token a row.</summary>
        public abstract Tensor Next(Tensor ids);

        public abstract void Dispose();
    }

    // In double precision, where the logarithm of a mixture that neither model believes in is still a number.
    private sealed class Mixture(Reader one, Reader other, double share, double temperature) : Reader
    {
        public override Tensor First() => Mix(one.First(), other.First());

        public override Tensor Next(Tensor ids) => Mix(one.Next(ids), other.Next(ids));

        public override void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }

        private Tensor Mix(Tensor a, Tensor b)
        {
            using var scope = NewDisposeScope();
            Tensor P(Tensor logits) => (logits.to(ScalarType.Float64) / temperature).softmax(-1);
            return (P(a) * share + P(b) * (1 - share)).log().MoveToOuterDisposeScope();
        }
    }

    // Everything is read again at every step: the definition that the cache is held against.
    private class Run(Decoder model, Batch prompts, int steps) : Reader
    {
        private readonly Tensor _ids = zeros([prompts.Rows, prompts.Width + steps], dtype: ScalarType.Int64, device: prompts.Ids.device);
        private int _made;

        public override Tensor First()
        {
            _ids.narrow(1, 0, prompts.Width).copy_(prompts.Ids);
            return Forward();
        }

        public override Tensor Next(Tensor ids)
        {
            _ids.select(1, prompts.Width + _made++).copy_(ids);
            return Forward();
        }

        public override void Dispose() => _ids.Dispose();

        private Tensor Forward()
        {
            using var scope = NewDisposeScope();
            // A row that has come to the model's last position only keeps the others company: what it reads does not matter.
            using var batch = new Batch(_ids.narrow(1, 0, prompts.Width + _made),
                [.. prompts.Lengths.Select(l => Math.Min(l + _made, model.Config.MaxLength))], paddedLeft: true);
            return model.Forward(batch).Logits.select(1, batch.Width - 1).MoveToOuterDisposeScope();
        }
    }

    private sealed class CachedRun(Decoder model, Batch prompts, int steps) : Run(model, prompts, steps)
    {
        private readonly Decoder _model = model;
        private readonly Batch _prompts = prompts;
        private readonly KeyValueCache _cache = new(model.Config, prompts, prompts.Width + steps, model.parameters().First().dtype);

        public override Tensor First() => _model.Read(_prompts, _cache);

        public override Tensor Next(Tensor ids) => _model.Read(ids, _cache);

        public override void Dispose()
        {
            _cache.Dispose();
            base.Dispose();
        }
    }
}
