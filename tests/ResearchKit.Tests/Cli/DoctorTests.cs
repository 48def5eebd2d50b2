using ResearchKit.Cli;
using ResearchKit.Cli.Commands;
using ResearchKit.Cli.Doctor;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>The doctor tells what is there, what is missing and what to do; it fails only where the kit cannot run.</summary>
public class DoctorTests
{
    [Fact]
    public void HereTheKitCanRun()
    {
        using var _ = new Variable("KIT_EXPECT_GPU", null);
        var spoken = Spoken.By("doctor");
        Assert.Equal(ExitCode.Success, spoken.Code);
        foreach (var what in new[] { ".NET", "packages", "libtorch", "BLAS", "threads", "GPU", "WordNet", "browser" })
            Assert.Contains(spoken.Output.Split('\n'), line => line.Length > 9 && line[9..].StartsWith(what));
        Assert.EndsWith("The kit can run here.\n", spoken.Output);
    }

    [Theory]
    [InlineData(State.Lacking, ExitCode.Success, "The kit can run here.")]
    [InlineData(State.Broken, ExitCode.Refused, "The kit cannot run here; see what is broken above.")]
    public void OnlyWhatIsBrokenFails(object state, int code, string verdict)
    {
        using var output = new StringWriter();
        int answer = DoctorCommand.Run(Terminal.Of(output, TextWriter.Null), [new("libtorch", (State)state, "no [such] file", "install it")]);
        Assert.Equal(code, answer);
        Assert.Contains("libtorch  no [such] file\n", output.ToString());
        Assert.Contains("install it\n", output.ToString());
        Assert.EndsWith(verdict + "\n", output.ToString());
    }

    [SkippableTheory]
    [InlineData("--expect-gpu", null)]
    [InlineData(null, "1")]
    public void AGpuThatIsExpectedAndNotSeenFails(string? option, string? variable)
    {
        Skip.If(TorchSharp.torch.cuda.is_available(), "there is a GPU");
        using var _ = new Variable("KIT_EXPECT_GPU", variable);
        var spoken = Spoken.By(option is null ? ["doctor"] : ["doctor", option]);
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("broken   GPU", spoken.Output);
        Assert.EndsWith("The kit cannot run here; see what is broken above.\n", spoken.Output);
    }

    [Theory]
    [InlineData(State.Good, "/usr/lib/libtorch_cpu.so", "/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3")]
    [InlineData(State.Lacking, "/usr/lib/libtorch_cpu.so", "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0")]
    [InlineData(State.Good, "/opt/torch/lib/libtorch_cpu.so")]
    public void TheReferenceBlasIsFoundOut(object state, params string[] loaded) => Assert.Equal((State)state, Examination.Blas(loaded).State);
}
