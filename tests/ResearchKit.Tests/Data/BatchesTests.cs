using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Data;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Data;

public class BatchesTests
{
    private static readonly Collator Plain = new(paddingId: 0, device: CPU);

    /// <summary>Samples whose lengths and settings are random; a sample's first id is its index, so that rows can be told apart.</summary>
    private static Arbitrary<(Sample[] Samples, BatchSettings Settings, int Epoch)> Cases() =>
        (from lengths in Gen.Choose(1, 30).NonEmptyListOf()
         from rows in Gen.Choose(1, 9)
         from pool in Gen.Choose(1, 6)
         from seed in Gen.Choose(0, 1000)
         from epoch in Gen.Choose(0, 5)
         select (lengths.Select((length, i) => new Sample([i, .. Enumerable.Repeat(7, length - 1)], Label: i % 3)).ToArray(),
             new BatchSettings(rows, seed, Pool: pool), epoch)).ToArbitrary();

    [Fact]
    public void Every_sample_comes_once_an_epoch_in_batches_of_the_size_asked_for() => Prop.ForAll(Cases(), x =>
    {
        var batches = new Batches(x.Samples, Plain, x.Settings);
        var order = batches.Order(x.Epoch);
        return order.SelectMany(r => r).Order().SequenceEqual(Enumerable.Range(0, x.Samples.Length))
            && order.Count == batches.BatchesPerEpoch
            && order.Count(r => r.Count != x.Settings.Rows) <= 1 && order.All(r => r.Count <= x.Settings.Rows);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_is_a_function_of_seed_and_epoch() => Prop.ForAll(Cases(), x =>
    {
        var samples = Enumerable.Range(0, 100).Select(i => new Sample([i])).ToArray();
        int[] Order(int seed, int epoch) => [.. new Batches(samples, Plain, x.Settings with { Seed = seed }).Order(epoch).SelectMany(r => r)];
        int[] first = Order(x.Settings.Seed, x.Epoch);
        return first.SequenceEqual(Order(x.Settings.Seed, x.Epoch)) && !first.SequenceEqual(Order(x.Settings.Seed, x.Epoch + 1))
            && !first.SequenceEqual(Order(x.Settings.Seed + 1, x.Epoch)) && !Order(1, 0).SequenceEqual(Order(0, 1));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_never_changes_between_versions() // The numbers are from a second implementation, in Python.
    {
        var samples = Enumerable.Range(0, 12).Select(i => new Sample(new int[1 + i % 4])).ToArray();
        var order = new Batches(samples, Plain, new BatchSettings(4, Seed: 1, Pool: 2)).Order(0);
        Assert.Equal("0 8 1 5 | 10 7 11 3 | 4 9 6 2", string.Join(" | ", order.Select(r => string.Join(' ', r))));
    }

    [Fact]
    public void Rows_of_similar_length_come_together_and_batches_are_mixed()
    {
        var random = new System.Random(5);
        var samples = Enumerable.Range(0, 3200).Select(_ => new Sample(new int[random.Next(4, 64)])).ToArray();
        long Padded(int pool) => new Batches(samples, Plain, new BatchSettings(16, Pool: pool)).Order(0)
            .Sum(rows => (long)rows.Count * rows.Max(r => samples[r].Ids.Length) - rows.Sum(r => samples[r].Ids.Length));
        long real = samples.Sum(s => s.Ids.Length);
        Assert.True(Padded(1) > 0.5 * real);
        Assert.True(Padded(50) < 0.1 * real);
        // The batches of a pool do not come in the order of their lengths.
        int[] widths = [.. new Batches(samples, Plain, new BatchSettings(16)).Order(0).Take(50).Select(rows => rows.Max(r => samples[r].Ids.Length))];
        Assert.True(widths.Zip(widths.Skip(1), (a, b) => a <= b).Count(up => up) is > 10 and < 40);
    }

    [Fact]
    public void Without_shuffling_samples_come_as_they_are()
    {
        var samples = Enumerable.Range(0, 10).Select(i => new Sample([i])).ToArray();
        var batches = new Batches(samples, Plain, new BatchSettings(4, Shuffle: false));
        Assert.Equal(Enumerable.Range(0, 10), batches.Order(3).SelectMany(r => r));
        Assert.Equal([4, 4, 2], batches.Order(3).Select(r => r.Count));
    }

    [Fact]
    public void Skipping_gives_the_tail() => Prop.ForAll(Cases(), x =>
    {
        var batches = new Batches(x.Samples, Plain, x.Settings);
        var whole = Numbers(batches.Epoch(x.Epoch));
        return Enumerable.Range(0, whole.Count + 1).All(from => Numbers(batches.Epoch(x.Epoch, from)).Zip(whole.Skip(from)).All(b => b.First.SequenceEqual(b.Second))
            && Numbers(batches.Epoch(x.Epoch, from)).Count == whole.Count - from);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Padding_stands_on_the_side_asked_for_and_masks_come_from_lengths() => Prop.ForAll(Cases(), x =>
    {
        foreach (bool left in new[] { false, true })
        {
            using var batch = new Collator(99, CPU, padLeft: left).Make(x.Samples);
            int width = x.Samples.Max(s => s.Ids.Length);
            long[] ids = batch.Ids.data<long>().ToArray();
            bool[] mask = batch.Mask.data<bool>().ToArray();
            for (int row = 0; row < x.Samples.Length; row++)
                for (int t = 0; t < width; t++)
                {
                    int at = left ? t - (width - x.Samples[row].Ids.Length) : t;
                    bool real = at >= 0 && at < x.Samples[row].Ids.Length;
                    if (mask[row * width + t] != real || ids[row * width + t] != (real ? x.Samples[row].Ids[at] : 99))
                        return false;
                }
            if (batch.PaddedLeft != left || batch.Width != width || !batch.Lengths.SequenceEqual(x.Samples.Select(s => (long)s.Ids.Length))
                || !batch.Labels!.data<long>().ToArray().SequenceEqual(x.Samples.Select(s => (long)s.Label)) || batch.Segments is not null || batch.Targets is not null)
                return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Targets_are_the_next_tokens_from_the_response_on()
    {
        Sample[] samples = [new([5, 6, 7, 8], ScoredFrom: 2), new([9, 3], ScoredFrom: 1)];
        foreach (bool left in new[] { false, true })
        {
            using var batch = new Collator(0, CPU, targets: true, padLeft: left).Make(samples);
            long[] second = left ? [-100, -100, 3, -100] : [3, -100, -100, -100];
            Assert.Equal([-100, 7, 8, -100, .. second], batch.Targets!.data<long>().ToArray());
            Assert.Equal(3, batch.TargetCount);
            Assert.Null(batch.Labels);
        }
    }

    [Fact]
    public void Second_texts_are_of_segment_one()
    {
        using var batch = new Collator(0, CPU).Make([new([2, 5, 3, 6, 3], SecondFrom: 3), new([2, 4, 3])]);
        Assert.Equal([0, 0, 0, 1, 1, 0, 0, 0, 0, 0], batch.Segments!.data<long>().ToArray());
    }

    [Fact]
    public void Scores_are_labels_of_single_precision()
    {
        using var batch = Plain.Make([new([2, 5]) { Score = 2.5f }, new([2]) { Score = -1 }]);
        Assert.Equal(ScalarType.Float32, batch.Labels!.dtype);
        Assert.Equal([2.5f, -1], batch.Labels.data<float>().ToArray());
        Assert.Throws<ArgumentException>(() => Plain.Make([new([2]) { Score = 1 }, new([2])]));
        Assert.Throws<ArgumentException>(() => Plain.Make([new([2]) { Score = 1 }, new([2], Label: 1)]));
    }

    [Fact]
    public void Evaluation_takes_every_sample_once_the_longest_first_and_says_which_is_which() => Prop.ForAll(Cases(), x =>
    {
        var seen = new List<int>();
        int last = int.MaxValue;
        foreach (var (indices, batch) in Batches.ByLength(x.Samples, Plain, x.Settings.Rows))
        {
            using var _ = batch;
            long[] ids = batch.Ids.data<long>().ToArray();
            if (batch.Width > last || !indices.Select((_, row) => (int)ids[row * batch.Width]).SequenceEqual(indices))
                return false;
            last = batch.Width;
            seen.AddRange(indices);
        }
        return seen.Order().SequenceEqual(Enumerable.Range(0, x.Samples.Length));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_impossible_is_refused()
    {
        Sample[] one = [new([1])];
        Assert.Contains("empty", Assert.Throws<KitException>(() => new Batches([], Plain, new BatchSettings(4))).Message);
        Assert.Contains("0 rows", Assert.Throws<KitException>(() => new Batches(one, Plain, new BatchSettings(0))).Message);
        Assert.Contains("pool of 0", Assert.Throws<KitException>(() => new Batches(one, Plain, new BatchSettings(4, Pool: 0))).Message);
        Assert.Throws<KitException>(() => Batches.ByLength([], Plain, 4));
        Assert.Throws<KitException>(() => Batches.ByLength(one, Plain, 0));
        Assert.Throws<ArgumentException>(() => Plain.Make([new([1], Label: 0), new([1])]));
    }

    private static List<long[]> Numbers(IEnumerable<Batch> batches)
    {
        var numbers = new List<long[]>();
        foreach (var batch in batches)
        {
            using var _ = batch;
            numbers.Add([batch.Width, .. batch.Ids.data<long>().ToArray(), .. batch.Labels!.data<long>().ToArray()]);
        }
        return numbers;
    }
}
