using System.ComponentModel.DataAnnotations;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>How a model writes responses in training.</summary>
public record RolloutSettings
{
    /// <summary>Tokens of a response at most, the end token included; fewer where the model's positions end.</summary>
    [Range(1, 8192)]
    public int MaxNewTokens { get; init; } = 128;
}

/// <summary>How a model writes responses in training, where the method leaves it free.</summary>
public record SampledSettings : RolloutSettings
{
    /// <summary>Divides the logits that responses are sampled from. The loss has a temperature of its own.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double SamplingTemperature { get; init; } = 1;

    /// <summary>Sample among the likeliest tokens that together have this much probability; 1 for all.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double TopP { get; init; } = 1;

    internal GenerationOptions Options(Decoder model) => Rollouts.Options(model, MaxNewTokens) with { Temperature = SamplingTemperature, TopP = TopP };
}

/// <summary>A prompt and a response that a model wrote to it.</summary>
/// <param name="Prompt">Token ids, at least one.</param>
/// <param name="Response">Token ids, at least one, the end token included where it came.</param>
internal sealed record Rollout(int[] Prompt, int[] Response);

/// <summary>
/// Batches of what a model wrote. Which tokens are the prompt's is known from the data's targets, which are the response's: no
/// token is compared with a padding or an end token. The end token a model wrote is read and predicted like any other.
/// </summary>
internal static class Rollouts
{
    /// <summary>The prompts of a batch: of each row what stands up to and with the position that predicts its first scored token; the whole of a row without one.</summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="batch">Rows of the data, padded on the right.</param>
    public static int[][] Prompts(string method, Batch batch)
    {
        var ids = Host(batch.Ids);
        var targets = Host(Fit.Targets(method, batch));
        int width = batch.Width;
        return [.. batch.Lengths.Select((length, row) =>
        {
            int first = Array.FindIndex(targets, row * width, (int)length, t => t != Batch.Ignored);
            int end = first < 0 ? (row * width) + (int)length : first + 1;
            return Array.ConvertAll(ids[(row * width)..end], id => (int)id);
        })];
    }

    /// <summary>The whole rows of a batch, without the padding.</summary>
    public static int[][] Rows(Batch batch)
    {
        var ids = Host(batch.Ids);
        return [.. batch.Lengths.Select((length, row) => Array.ConvertAll(ids[(row * batch.Width)..((row * batch.Width) + (int)length)], id => (int)id))];
    }

    /// <summary>A batch whose targets are the responses' tokens, all of them, padded on the right.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="positions">The longest row that the models read: a last token that has no place is predicted and not read.</param>
    public static Batch Make(IReadOnlyList<Rollout> rows, Device device, int positions)
    {
        int width = Math.Min(rows.Max(r => r.Prompt.Length + r.Response.Length), positions);
        long[] ids = new long[rows.Count * width], targets = new long[ids.Length], lengths = new long[rows.Count];
        Array.Fill(targets, Batch.Ignored);
        for (int row = 0; row < rows.Count; row++)
        {
            int[] all = [.. rows[row].Prompt, .. rows[row].Response];
            lengths[row] = Math.Min(all.Length, width);
            for (int t = 0; t < lengths[row]; t++) ids[(row * width) + t] = all[t];
            var wanted = Batch.NextTokenTargets(all, rows[row].Prompt.Length);
            Array.Copy(wanted, 0, targets, row * width, (int)lengths[row]);
        }
        long[] shape = [rows.Count, width];
        return new Batch(tensor(ids, shape), lengths, targets: tensor(targets, shape), targetCount: targets.Count(t => t != Batch.Ignored)).To(device);
    }

    /// <summary>Responses of a model.</summary>
    public static IReadOnlyList<Rollout> Write(Decoder model, int[][] prompts, GenerationOptions options, Generator sampling) =>
        Pair(prompts, Generation.Generate(model, prompts, options, sampling));

    /// <summary>Prompts with their continuations.</summary>
    public static IReadOnlyList<Rollout> Pair(int[][] prompts, IReadOnlyList<Continuation> continuations) =>
        [.. prompts.Zip(continuations, (prompt, continuation) => new Rollout(prompt, continuation.Tokens))];

    /// <summary>Sampling from a model's own distribution until its end tokens.</summary>
    public static GenerationOptions Options(Decoder model, int maxNewTokens)
    {
        var ends = ((DecoderConfig)model.Config).EndIds;
        return new() { MaxNewTokens = maxNewTokens, EndId = ends.Count > 0 ? ends[0] : null, OtherEndIds = [.. ends.Skip(1)] };
    }

    /// <summary>Whether what has a probability happens.</summary>
    public static bool Happens(double probability, Generator sampling)
    {
        using var chance = rand([1], dtype: ScalarType.Float64, generator: sampling);
        return chance.ToDouble() < probability;   // drawn whatever the probability, so that what is drawn next does not hang on it
    }

    /// <summary>Rows as tensors for a checkpoint: their tokens one after another, and of each row the lengths of prompt and response.</summary>
    public static (Tensor Tokens, Tensor Lengths) Pack(IReadOnlyList<Rollout> rows) =>
        (tensor(rows.SelectMany(r => r.Prompt.Concat(r.Response)).Select(id => (long)id).ToArray()),
         tensor(rows.SelectMany(r => new[] { (long)r.Prompt.Length, r.Response.Length }).ToArray()));

    /// <summary>Rows from a checkpoint.</summary>
    public static IEnumerable<Rollout> Unpack(Tensor tokens, Tensor lengths)
    {
        int[] ids = [.. Host(tokens).Select(id => (int)id)], sizes = [.. Host(lengths).Select(n => (int)n)];
        for (int i = 0, at = 0; i < sizes.Length; at += sizes[i] + sizes[i + 1], i += 2)
            yield return new(ids[at..(at + sizes[i])], ids[(at + sizes[i])..(at + sizes[i] + sizes[i + 1])]);
    }

    private static long[] Host(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.numel() == 0 ? [] : x.cpu().contiguous().data<long>().ToArray();
    }
}
