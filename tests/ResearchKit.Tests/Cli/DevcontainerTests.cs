using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ResearchKit.Cli;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>The container is described in files that nothing else reads, so they go stale unseen unless they are held against the rest.</summary>
public class DevcontainerTests
{
    private static readonly JsonNode Container = JsonNode.Parse(Read(".devcontainer/devcontainer.json"), documentOptions: new() { CommentHandling = JsonCommentHandling.Skip })!;
    private static readonly string Dockerfile = Read(".devcontainer/Dockerfile");

    [Fact]
    public void ItHasTheSdkAndTheCudaOfThePackages()
    {
        var framework = Only(Read("Directory.Build.props"), @"<TargetFramework>net(\d+\.\d+)</TargetFramework>");
        Assert.Equal(framework, Only(Dockerfile, @"FROM mcr\.microsoft\.com/dotnet/sdk:(\d+\.\d+)"));
        var torch = Only(Read("Directory.Packages.props"), @"Include=""TorchSharp-cuda-linux"" Version=""([^""]+)""");
        Assert.Equal(torch, Only(Dockerfile, @"TorchSharp-cuda-linux (\d+\.\d+\.\d+) is built for"));
        Assert.Equal(Only(Dockerfile, @"is built for CUDA (\d+\.\d+)"), Only(Dockerfile, @"FROM nvidia/cuda:(\d+\.\d+)"));
    }

    [Fact]
    public void ItOpensWithAndWithoutAGpu()
    {
        Assert.Equal("optional", (string?)Container["hostRequirements"]!["gpu"]);
        Assert.Null(Container["runArgs"]);   // --gpus all here fails where there is no GPU
        Assert.Equal("${localEnv:KIT_EXPECT_GPU}", (string?)Container["containerEnv"]!["KIT_EXPECT_GPU"]);
    }

    [Fact]
    public void ItEndsWithTheDoctorAndRunsOnlyWhatThereIs()
    {
        var steps = ((string)Container["postCreateCommand"]!).Split(" && ");
        Assert.Equal("./kit doctor", steps[^1]);
        foreach (var step in steps)
        {
            Assert.StartsWith("./kit ", step);
            var words = step.Split(' ')[1..];
            if (words is not ["prepare"]) Assert.Empty(CommandLine.Build(Terminal.Of(TextWriter.Null, TextWriter.Null)).Parse(words).Errors);
        }
    }

    private static string Only(string text, string pattern) => Assert.Single(Regex.Matches(text, pattern)).Groups[1].Value;

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));
}
