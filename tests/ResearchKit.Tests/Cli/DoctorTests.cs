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
        var spoken = Spoken.By("doctor");
        Assert.Equal(ExitCode.Success, spoken.Code);
        foreach (var what in new[] { ".NET", "packages", "libtorch", "BLAS", "threads", "GPU", "WordNet" })
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

    [Theory]
    [InlineData(State.Good, "/usr/lib/libtorch_cpu.so", "/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3")]
    [InlineData(State.Lacking, "/usr/lib/libtorch_cpu.so", "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0")]
    [InlineData(State.Good, "/opt/torch/lib/libtorch_cpu.so")]
    public void TheReferenceBlasIsFoundOut(object state, params string[] loaded) => Assert.Equal((State)state, Examination.Blas(loaded).State);
}
