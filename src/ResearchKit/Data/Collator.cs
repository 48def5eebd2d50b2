using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Data;

/// <summary>Pads samples to one length and puts them on a device.</summary>
/// <param name="paddingId">What stands in the padding; it matters to no result, because masks come from lengths.</param>
/// <param name="device">Where the tensors lie.</param>
/// <param name="targets">Make next-token targets: true for decoders.</param>
/// <param name="padLeft">Put the padding before the tokens, as prompts to be continued want it.</param>
public sealed class Collator(int paddingId, Device device, bool targets = false, bool padLeft = false)
{
    /// <summary>The batch of samples, in their order. It has segments where one is a pair, labels where they have some, float32 ones of a regression, spans where those are asked for.</summary>
    /// <param name="samples">At least one, none empty. Either all have a label or none has; a span likewise.</param>
    /// <param name="numbers">What number each of them is among the training's; null where that does not matter.</param>
    /// <returns>A batch that the caller disposes.</returns>
    public Batch Make(IReadOnlyList<Sample> samples, IReadOnlyList<int>? numbers = null)
    {
        int width = samples.Max(s => s.Ids.Length), labelled = samples.Count(s => s.Label >= 0);
        int scored = samples.Count(s => s.Score is not null);
        if ((labelled != 0 || scored != 0) && labelled + scored != samples.Count || labelled * scored != 0)
            throw new ArgumentException($"{labelled} of {samples.Count} samples have a label, {scored} a score; either all have one of the two or none.", nameof(samples));
        int spanned = samples.Count(s => s.Span is not null);
        if (spanned != 0 && spanned != samples.Count)
            throw new ArgumentException($"{spanned} of {samples.Count} samples have a span; either all have one or none.", nameof(samples));
        bool pairs = samples.Any(s => s.SecondFrom > 0);
        long[] ids = new long[samples.Count * width];
        long[] segments = pairs ? new long[ids.Length] : [], wanted = targets ? new long[ids.Length] : [];
        Array.Fill(ids, paddingId);
        Array.Fill(wanted, Batch.Ignored);
        for (int row = 0; row < samples.Count; row++)
        {
            var sample = samples[row];
            int start = row * width + (padLeft ? width - sample.Ids.Length : 0);
            for (int t = 0; t < sample.Ids.Length; t++)
                ids[start + t] = sample.Ids[t];
            if (sample.SecondFrom > 0)
                Array.Fill(segments, 1, start + sample.SecondFrom, sample.Ids.Length - sample.SecondFrom);
            if (targets)
                Batch.NextTokenTargets(sample.Ids, sample.ScoredFrom).CopyTo(wanted, start);
        }
        long[] ends = spanned == 0 ? [] : [.. samples.SelectMany(s => (long[])[Shifted(s, s.Span!.Value.Start), Shifted(s, s.Span.Value.End)])];
        long[] shape = [samples.Count, width], lengths = [.. samples.Select(s => (long)s.Ids.Length)], labels = [.. samples.Select(s => (long)s.Label)];
        // Made on the CPU, where looking at the range of the ids costs nothing, then taken to the device: nothing waits for a GPU.
        return new Batch(tensor(ids, shape), lengths,
            segments: pairs ? tensor(segments, shape) : null,
            labels: labelled > 0 ? tensor(labels) : scored > 0 ? tensor(samples.Select(s => s.Score!.Value).ToArray()) : null,
            targets: targets ? tensor(wanted, shape) : null,
            targetCount: wanted.Count(t => t != Batch.Ignored), paddedLeft: padLeft,
            spans: spanned > 0 ? tensor(ends, [samples.Count, 2]) : null) { Samples = numbers }.To(device);

        int Shifted(Sample sample, int position) => position + (padLeft ? width - sample.Ids.Length : 0);
    }
}
