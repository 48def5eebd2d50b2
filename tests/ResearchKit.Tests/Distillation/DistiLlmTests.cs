using ResearchKit.Distillation;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static ResearchKit.Tests.Distillation.WritingMethods;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

public class DistiLlmTests
{
    private static DistiLlm Make(Decoder student, Decoder teacher, DistiLlm.Settings? settings = null) => new(student, teacher, settings ?? new() { MaxNewTokens = 3 });

    [Fact]
    public void TheProbabilityFollowsTheValidationLoss()
    {
        using Decoder student = Model(1), teacher = Model(2);
        var method = Make(student, teacher);
        // loss, φ after it: the first is only heard; φ moves, and the loss it is measured from with it, where the loss has risen by 0.1.
        foreach (var (loss, phi) in ((double, double)[])[(2.0, 0), (1.5, 0), (2.05, 0), (2.1, 0.1), (2.15, 0.1), (2.2, 0.2), (1.0, 0.2), (2.29, 0.2), (2.31, 0.3)])
        {
            method.Evaluated(new Dictionary<string, double> { ["loss"] = loss, ["other"] = 9 });
            Assert.Equal(phi, method.Probability, 1e-9);
        }
        for (int i = 0; i < 20; i++) method.Evaluated(new Dictionary<string, double> { ["loss"] = 3 + i });
        Assert.Equal(1, method.Probability, 1e-12);
        Assert.Contains("validation loss", Assert.Throws<KitException>(() => method.Evaluated(new Dictionary<string, double> { ["accuracy"] = 1 })).Message);
    }

    /// <summary>The decisions, simulated with the same random numbers.</summary>
    [Fact]
    public void ItWritesReplaysAndReadsAsTheScheduleSays()
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model(1), teacher = Model(2);
        var method = Make(student, teacher, new() { Start = 0.6, Capacity = 5, MaxNewTokens = 3 });
        var held = new Queue<string>();
        int given = 0, written = 0, replayed = 0;
        for (int step = 0; step < 80; step++)
        {
            double progress = step / 80.0, u;
            using (var same = new Generator((ulong)step))
            using (var draw = rand([1], dtype: ScalarType.Float64, generator: same)) u = draw.ToDouble();
            using var sampling = new Generator((ulong)step);
            using var data = Rows(step % 6, (step + 1) % 6);
            var batch = method.Prepare(data, sampling, progress);
            string[] rows = [.. Host(batch.Ids).Zip(batch.Lengths, (ids, n) => string.Join(' ', ids[..(int)n]))];
            if (u >= 0.6)
            {
                Assert.Same(data, batch);
                given++;
            }
            else if (u < 0.6 * (1 - progress) || held.Count < 5)
            {
                foreach (var row in rows)
                {
                    held.Enqueue(row);
                    if (held.Count > 5) held.Dequeue();
                }
                written++;
            }
            else
            {
                Assert.All(rows, row => Assert.Contains(row, held));
                replayed++;
            }
            Assert.Equal(held.Count, method.Buffered);
            if (!ReferenceEquals(data, batch)) batch.Dispose();
        }
        Assert.True(given > 10 && written > 5 && replayed > 5, $"{given} given, {written} written, {replayed} replayed");
    }

    [Fact]
    public void TheScheduleAndTheBufferSurviveACheckpoint()
    {
        using var scope = NewDisposeScope();
        // Validation losses that rise: φ is above 0 from the third step on.
        var (whole, resumed) = Interrupted("""{"name":"distillm","growth":0.4,"capacity":4,"maxNewTokens":4}""",
            m => (((DistiLlm)m).Probability, ((DistiLlm)m).Buffered, Values: string.Join(',', Training.Bits.Of(m.Student).Values.SelectMany(v => v))), steps: 9, stop: 5, loss: step => step);
        Assert.Equal(whole, resumed);
        Assert.Equal(1, whole.Probability);
        Assert.Equal(4, whole.Buffered);
    }
}
