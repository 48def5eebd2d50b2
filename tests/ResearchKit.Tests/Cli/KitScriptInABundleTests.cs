using System.Runtime.Versioning;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>The <c>kit</c> script where it came in a bundle, on machines made of fakes that have no .NET.</summary>
[SupportedOSPlatform("linux")]
public sealed class KitScriptInABundleTests : IDisposable
{
    private readonly Sandbox _machine;

    public KitScriptInABundleTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bundle is for Linux");
        _machine = new();
        _machine.MakeBundle();
        _machine.Fake("uname", "[ \"$1\" = -s ] && echo Linux || echo Linux x86_64");
    }

    public void Dispose() => _machine?.Dispose();

    private string Program => $"{_machine.Root}/src/ResearchKit.Cli/bin/Release/net10.0/kit.dll";

    [SkippableFact]
    public void TheNativePartIsCompiledForPythonsLibtorchOnceAndNothingElse()
    {
        _machine.Variables.Remove("LIBTORCH");
        _machine.Fake("python3", $"echo '{_machine.Root}/libtorch'");
        _machine.Fake("dotnet", "echo \"$RESEARCHKIT_NATIVE $(cat \"$RESEARCHKIT_NATIVE\")\"");
        var (code, output, error) = _machine.Kit("train", "my recipe.json");
        Assert.True(code == 0, error);
        Assert.Equal($"{_machine.Root}/.kit/native/libresearchkit_torch.so built\n", output);
        Assert.Contains(_machine.Calls, call => call.StartsWith("cmake -S") && call.Contains($"-DLIBTORCH={_machine.Root}/libtorch"));
        Assert.Equal([$"dotnet {Program} train my recipe.json"], _machine.Calls.Where(call => call.StartsWith("dotnet")));

        // A job of the cluster may have no python3 with PyTorch on its path.
        _machine.Remove("python3");
        int before = _machine.Calls.Count;
        Assert.Equal((0, output, ""), _machine.Kit("train", "my recipe.json"));
        Assert.Equal([$"dotnet {Program} train my recipe.json"], _machine.Calls.Skip(before).Where(call => !call.StartsWith("uname")));
    }

    [SkippableFact]
    public void ANamedLibtorchGoesBeforePythons()
    {
        _machine.Fake("python3", "echo /another");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.DoesNotContain(_machine.Calls, call => call.StartsWith("python3"));
    }

    [SkippableFact]
    public void NothingOfAnOlderBundleIsCompiledIn()
    {
        Assert.Equal(0, _machine.Kit("prepare").Code);
        var build = Assert.Single(Directory.GetDirectories(Path.Combine(_machine.Root, ".kit/native")));
        File.WriteAllText(Path.Combine(build, "core.o"), "of the older one");
        _machine.Write("src/Offline/native/core.cpp", "int newer;");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.True(Directory.Exists(build));
        Assert.False(File.Exists(Path.Combine(build, "core.o")));
    }

    [SkippableTheory]
    [InlineData("_ZN3c105ErrorC1ENS_14SourceLocationESs", true)]
    [InlineData("_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcEE", false)]
    public void WithoutCmakeTheCompilerIsEnough(string symbol, bool oldStrings)
    {
        foreach (var name in new[] { "cmake", "make" }) _machine.Remove(name);
        _machine.Fake("nm", $"echo '0000 T {symbol}'");
        _machine.Fake("g++", "if [[ $* == *-shared* ]]; then echo built >out/libresearchkit_torch.so; else touch core.o; fi");
        _machine.Write("libtorch/lib/libtorch_cuda.so", "");
        var (code, _, error) = _machine.Kit("prepare");
        Assert.True(code == 0, error);
        Assert.Equal("built\n", File.ReadAllText(Path.Combine(_machine.Root, ".kit/native/libresearchkit_torch.so")));
        var compilation = Assert.Single(_machine.Calls, call => call.StartsWith("g++") && call.EndsWith($"-c {_machine.Root}/src/Offline/native/core.cpp"));
        Assert.Equal(oldStrings, compilation.Contains("-D_GLIBCXX_USE_CXX11_ABI=0"));
        Assert.Contains(_machine.Calls, call => call.StartsWith("g++ -shared") && call.Contains("./core.o") && call.EndsWith("-ltorch -ltorch_cpu -lc10 -ltorch_cuda -lc10_cuda"));
    }

    [SkippableFact]
    public void ACompilationThatFailsShowsWhy()
    {
        foreach (var name in new[] { "cmake", "make" }) _machine.Remove(name);
        _machine.Fake("nm", "");
        _machine.Fake("g++", "echo 'core.cpp:1: error: no such thing'; exit 1");
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains("core.cpp:1: error: no such thing", error);
    }

    [SkippableFact]
    public void TestsRunWithoutAnSdk()
    {
        var results = Path.Combine(_machine.Root, ".kit/test-results");
        _machine.Fake("google-chrome", "");
        _machine.Fake("dotnet", $"mkdir -p '{results}'; echo '<Counters total=\"5\" executed=\"4\" passed=\"4\" />' >'{results}/a.trx'");
        var (code, output, error) = _machine.Kit("test", "--filter", "Some|Other");
        Assert.True(code == 0, error);
        Assert.Equal("4 passed, 0 failed, 1 skipped", output.TrimEnd('\n').Split('\n')[^1]);
        var call = Assert.Single(_machine.Calls, call => call.StartsWith("dotnet"));
        Assert.StartsWith($"dotnet {_machine.Root}/runtime/sdk/10.0.100/vstest.console.dll {_machine.Root}/tests/ResearchKit.Tests/bin/Release/net10.0/ResearchKit.Tests.dll ", call);
        Assert.Contains(" --TestCaseFilter:Some|Other ", call);
    }

    [SkippableFact]
    public void AnotherProcessorIsRefused()
    {
        _machine.Fake("uname", "[ \"$1\" = -s ] && echo Linux || echo Linux aarch64");
        var (code, _, error) = _machine.Kit("doctor");
        Assert.Equal(2, code);
        Assert.Contains("for Linux on x86_64, and this machine is Linux aarch64", error);
    }

    [SkippableFact]
    public void TheRealPackagesAreRefused()
    {
        _machine.Variables["KIT_PACKAGES"] = "nuget";
        var (code, _, error) = _machine.Kit("doctor");
        Assert.Equal(2, code);
        Assert.Contains("a bundle is built with the stand-ins and stays so", error);
    }
}
