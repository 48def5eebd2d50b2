using ResearchKit.Cli;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>Scripts and papers lean on the command line: it changes only when someone means it to.</summary>
public class SurfaceTests
{
    [Fact]
    public void TheCommandLineIsWhatItWas()
    {
        var now = Surface.Of(CommandLine.Build(Terminal.Of(TextWriter.Null, TextWriter.Null)));
        var fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "cli", "surface.txt");
        // To mean it: KIT_UPDATE_SURFACE=1 dotnet test --filter SurfaceTests, then read the difference and commit it.
        if (Environment.GetEnvironmentVariable("KIT_UPDATE_SURFACE") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, "tests/ResearchKit.Tests/Fixtures/cli/surface.txt"), now);
        else
            Assert.Equal(File.ReadAllText(fixture), now);
    }

    [Fact]
    public void TheScriptsHelpNamesEveryCommand()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "kit"));
        foreach (var command in CommandLine.Build(Terminal.Of(TextWriter.Null, TextWriter.Null)).Subcommands)
            Assert.Contains($"./kit {command.Name} ", script);
    }
}
