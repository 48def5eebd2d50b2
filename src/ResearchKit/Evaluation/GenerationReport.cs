using System.Text.Json;
using MathNet.Numerics.Statistics;
using ResearchKit.Data.Tasks;

namespace ResearchKit.Evaluation;

/// <summary>What a model answered to every row with one seed, and how good it is.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Responses">The texts, in the rows' order.</param>
/// <param name="Lengths">Their tokens, without the end token.</param>
/// <param name="RougeL">ROUGE-L of each, 0 to 1.</param>
/// <param name="Exact">Whether each is a reference.</param>
public sealed record SeedResponses(int Seed, IReadOnlyList<string> Responses, IReadOnlyList<int> Lengths, IReadOnlyList<double> RougeL, IReadOnlyList<bool> Exact)
{
    /// <summary>Mean ROUGE-L, 0 to 1.</summary>
    public double MeanRougeL => RougeL.Average();

    /// <summary>The share of exact matches.</summary>
    public double ExactShare => Exact.Average(e => e ? 1.0 : 0);
}

/// <summary>What a model answered to every row, seed by seed.</summary>
/// <param name="Examples">The rows.</param>
/// <param name="Seeds">The answers.</param>
public sealed record GenerationReport(IReadOnlyList<InstructionExample> Examples, IReadOnlyList<SeedResponses> Seeds)
{
    // A line is read by people too: no escapes but those that JSON needs.
    private static readonly JsonSerializerOptions Line = new(SettingsBinder.Json) { WriteIndented = false };

    /// <summary><c>rouge-l</c> (mean over rows and seeds, 0 to 1), <c>rouge-l spread</c> (standard deviation of the seeds' means, n − 1, where there are several),
    /// <c>exact match</c> and <c>response length</c> (tokens, the end token not counted).</summary>
    public IReadOnlyDictionary<string, double> Metrics
    {
        get
        {
            double[] means = [.. Seeds.Select(s => s.MeanRougeL)];
            var metrics = new Dictionary<string, double> { ["rouge-l"] = means.Average() };
            if (means.Length > 1) metrics["rouge-l spread"] = means.StandardDeviation();
            metrics["exact match"] = Seeds.Average(s => s.ExactShare);
            metrics["response length"] = Seeds.Average(s => s.Lengths.Average());
            return metrics;
        }
    }

    /// <summary>Writes a line of JSON for each row: <c>prompt</c>, <c>references</c>, and <c>responses</c> with <c>seed</c>, <c>text</c>, <c>tokens</c>, <c>rougeL</c>
    /// and <c>exact</c>.</summary>
    /// <exception cref="KitException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        for (int i = 0; i < Examples.Count; i++)
        {
            JsonSerializer.Serialize(stream, new
            {
                Examples[i].Prompt,
                Examples[i].References,
                Responses = Seeds.Select(s => new { s.Seed, Text = s.Responses[i], Tokens = s.Lengths[i], RougeL = s.RougeL[i], Exact = s.Exact[i] }),
            }, Line);
            stream.WriteByte((byte)'\n');
        }
    });
}
