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
    /// <exception cref="KitException">An option is out of range, a prompt is empty, or the whole would be longer than the model
    /// allows.</exception>
    public static IReadOnlyList<Continuation> Generate(
        Decoder model, IReadOnlyList<int[]> prompts, GenerationOptions options, Generator? sampling = null)
    {
        options.Validate();
        if (prompts.Count == 0) return [];
        if (!options.Greedy && sampling is null) throw new ArgumentNullException(nameof(sampling), "Sampling needs a generator.");
        int longest = prompts.Max(p => p.Length), most = model.Config.MaxLength;
        if ((long)longest + options.MaxNewTokens > most)
            throw new KitException(
                $"A prompt of {longest} tokens and {options.MaxNewTokens} new ones exceed the {most} positions of the model. "
                + (longest < most ? $"Ask for at most {most - longest} new tokens." : "Shorten the prompt."));

        using var quiet = new EvaluationMode(model);
        using var scope = NewDisposeScope();
        var device = model.parameters().First().device;
        using var batch = Batch.LeftPadded(prompts).To(device);
        using var run = options.UseCache ? new CachedRun(model, batch, options.MaxNewTokens) : new Run(model, batch, options.MaxNewTokens);
        return Generate(run, options, sampling, device);
    }

    private static Continuation[] Generate(Run run, GenerationOptions options, Generator? sampling, Device device)
    {
        int rows = run.Rows, steps = options.MaxNewTokens;
        int patience = device.type == DeviceType.CPU ? 1 : StepsBetweenQuestions;
        // Row by row, so that the first row meets the same numbers whatever company it is in.
        var chance = options.Greedy ? null
            : rand([rows, steps], dtype: ScalarType.Float64, device: sampling!.device, generator: sampling).to(device);
        var tokens = zeros([rows, steps], dtype: ScalarType.Int64, device: device);
        var ended = zeros([rows], dtype: ScalarType.Bool, device: device);
        var logits = run.First();
        int made = 0;
        while (true)
        {
            using var scope = NewDisposeScope();
            var next = Sampler.Choose(logits, options, chance?.select(1, made));                       // [B]
            tokens.select(1, made++).copy_(next);
            if (options.EndId is { } end) ended.logical_or_(next.eq(end));
            bool last = made == steps || (options.EndId is not null && made % patience == 0 && ended.all().item<bool>());
            logits.Dispose();
            if (last) break;
            logits = run.Next(next).MoveToOuterDisposeScope();
        }
        return Cut(tokens.narrow(1, 0, made).cpu().contiguous().data<long>().ToArray(), rows, made, options.EndId);
    }

    private static Continuation[] Cut(long[] tokens, int rows, int made, int? end)
    {
        var result = new Continuation[rows];
        for (int row = 0; row < rows; row++)
        {
            var ids = Array.ConvertAll(tokens[(row * made)..((row + 1) * made)], id => (int)id);
            int at = end is { } e ? Array.IndexOf(ids, e) : -1;
            result[row] = new Continuation(at < 0 ? ids : ids[..(at + 1)], at >= 0);
        }
        return result;
    }

    // Everything is read again at every step: the definition that the cache is held against.
    private class Run(Decoder model, Batch prompts, int steps) : IDisposable
    {
        private readonly Tensor _ids = zeros([prompts.Rows, prompts.Width + steps], dtype: ScalarType.Int64, device: prompts.Ids.device);
        private int _made;

        public int Rows => prompts.Rows;

        public virtual Tensor First()
        {
            _ids.narrow(1, 0, prompts.Width).copy_(prompts.Ids);
            return Forward();
        }

        public virtual Tensor Next(Tensor ids)
        {
            _ids.select(1, prompts.Width + _made++).copy_(ids);
            return Forward();
        }

        public virtual void Dispose() => _ids.Dispose();

        private Tensor Forward()
        {
            using var scope = NewDisposeScope();
            using var batch = new Batch(
                _ids.narrow(1, 0, prompts.Width + _made), [.. prompts.Lengths.Select(l => l + _made)], paddedLeft: true);
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
