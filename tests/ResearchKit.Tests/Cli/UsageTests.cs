using ResearchKit.Cli;
using ResearchKit.Runs;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>Wrong usage is refused with exit code 2 and one line that helps, before anything is done.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-usage-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("'trian' is not a command. Did you mean 'train'?", "./kit --help", "trian", "recipe.json")]
    [InlineData("'--ste' is not an option of 'train'. Did you mean '--set'?", "./kit train --help", "train", "recipe.json", "--ste", "a=b")]
    [InlineData("'more' is one argument too many for 'train'.", "./kit train --help", "train", "recipe.json", "more")]
    [InlineData("Required argument missing for command: 'train'.", "./kit train --help", "train")]
    [InlineData("--seeds is 0, expected 1 to 100.", "./kit demo --help", "demo", "--seeds", "0")]
    [InlineData("--workload is 'op-ad', expected one of", "./kit bench steps --help", "bench", "steps", "--workload", "op-ad")]
    [InlineData("'stpes' is not a command. Did you mean 'steps'?", "./kit bench --help", "bench", "stpes")]
    public void WrongUsageIsNamed(string complaint, string help, params string[] arguments)
    {
        var spoken = Spoken.By(arguments);
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.StartsWith($"kit: {complaint}", spoken.Error);
        Assert.EndsWith($"See '{help}'.\n", spoken.Error);
        Assert.Equal(2, spoken.Error.Count(c => c == '\n'));
        Assert.Empty(spoken.Output);
    }

    [Fact]
    public void ARecipeWithATypoIsRefusedInOneLineAndNothingIsWritten()
    {
        var recipe = Path.Combine(_folder, "recipe.json");
        File.WriteAllText(recipe, Demo.Recipe("topic-student").ToJsonString());
        var place = Path.Combine(_folder, "run");
        var spoken = Spoken.By("train", recipe, "--set", "train.epoch=3", "--out", place);
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("unknown key 'train.epoch'. Did you mean 'train.epochs'?", spoken.Error);
        Assert.Single(spoken.Error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(place));
    }

    [Fact]
    public void AMissingRunIsRefusedInOneLine()
    {
        var spoken = Spoken.By("compare", Path.Combine(_folder, "nothing"));
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("there is no such run folder", spoken.Error);
        Assert.DoesNotContain("   at ", spoken.Error);
    }

    [Fact]
    public void DebugAddsTheStackTrace() =>
        Assert.Contains("   at ResearchKit", Spoken.By("compare", Path.Combine(_folder, "nothing"), "--debug").Error);

    [Theory]
    [InlineData("train")]
    [InlineData("demo")]
    [InlineData("compare")]
    public void HelpGoesToStandardOutputWithAnExample(string command)
    {
        var spoken = Spoken.By(command, "--help");
        Assert.Equal(ExitCode.Success, spoken.Code);
        Assert.Contains($"./kit {command}", spoken.Output);
        Assert.Empty(spoken.Error);
    }

    [Fact]
    public void TrainsHelpShowsARecipeThatIsOne()
    {
        var help = Spoken.By("train", "--help").Output;
        var json = help[help.IndexOf("\n{", StringComparison.Ordinal)..];
        Assert.Equal("wordnet-topic", Recipe.From(SettingsBinder.Parse(json, "help"), "help").Data.Task);
    }
}
