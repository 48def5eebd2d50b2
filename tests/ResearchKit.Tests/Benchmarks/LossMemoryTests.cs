using System.Text.Json.Nodes;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Benchmarks;

/// <summary>The benchmark of the chunked loss at a size that takes a second: plain logits are then 128 MB a model.</summary>
public class LossMemoryTests
{
    [SkippableFact]
    public void TheFusedLossTakesAFractionOfTheMemoryAndSaysTheSame()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the memory of a process is read from /proc");
        var spoken = Spoken.By("bench", "loss-memory", "--tokens", "1024", "--vocabulary", "32768", "--width", "32", "--rounds", "1", "--json");
        Assert.Equal(0, spoken.Code);
        var result = JsonNode.Parse(spoken.Output)!;
        double Number(string key) => result[key]!.GetValue<double>();
        double plain = Number("plain_peak_bytes") - Number("plain_base_bytes"), fused = Number("fused_peak_bytes") - Number("fused_base_bytes");
        Assert.True(plain > 4 * 134e6, $"plain adds {plain / 1e6:F0} MB");   // four tensors of the whole batch at the least
        Assert.True(fused < 0.4 * plain, $"fused adds {fused / 1e6:F0} MB, plain {plain / 1e6:F0} MB");
        foreach (var (what, apart) in result["apart"]!.AsObject())
        {
            Assert.InRange(apart!.GetValue<double>(), 0, 1e-6);
            Assert.InRange(result["fused_error"]![what]!.GetValue<double>(), 0, 1e-6 + 1.2 * result["plain_error"]![what]!.GetValue<double>());
        }
    }
}
