using System.Runtime.Versioning;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>The <c>kit</c> script on machines of every kind, each made of fakes.</summary>
[SupportedOSPlatform("linux")]
public sealed class KitScriptTests : IDisposable
{
    private readonly Sandbox _machine;

    public KitScriptTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the script prepares Linux; elsewhere the packages come from NuGet as they are");
        _machine = new();
    }

    public void Dispose() => _machine?.Dispose();

    [SkippableFact]
    public void WhereTheRegistryLacksTorchSharpTheStandInsAreBuilt()
    {
        var (code, _, error) = _machine.Kit("prepare");
        Assert.True(code == 0, error);
        Assert.Contains("<KitPackages Condition=\"'$(KitPackages)' == ''\">offline</KitPackages>", _machine.Choice);
        Assert.Contains("<KitPackagesWhy>the package registry lacks TorchSharp as pinned</KitPackagesWhy>", _machine.Choice);
        Assert.Equal("built\n", File.ReadAllText(Path.Combine(_machine.Root, ".kit/native/libresearchkit_torch.so")));
        Assert.Contains("libtorch 2.11", error);
    }

    [SkippableFact]
    public void WhereTheRegistryHasTorchSharpNothingIsBuilt()
    {
        _machine.Dotnet(restore: "exit 0");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(">nuget</KitPackages>", _machine.Choice);
        Assert.Contains(">TorchSharp-cpu</KitTorchRuntime>", _machine.Choice);
        Assert.DoesNotContain(_machine.Calls, call => call.StartsWith("cmake"));
    }

    [SkippableFact]
    public void AGpuCallsForTheCudaPackageAndWithoutItForTheOther()
    {
        _machine.Fake("nvidia-smi", "echo 'GPU 0: NVIDIA'");
        _machine.Dotnet(restore: """grep -q cuda "$2" && { echo 'error NU1101: Unable to find package TorchSharp-cuda-linux.'; exit 1; }; exit 0""");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(">TorchSharp-cpu</KitTorchRuntime>", _machine.Choice);

        File.Delete(Path.Combine(_machine.Root, ".kit/packages.props"));
        _machine.Dotnet(restore: "exit 0");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(">TorchSharp-cuda-linux</KitTorchRuntime>", _machine.Choice);
    }

    [SkippableFact]
    public void AnotherVersionOfTorchSharpIsNotTheOne()
    {
        _machine.Dotnet(restore: "echo 'warning NU1603: probe depends on TorchSharp (>= 0.107.0) but TorchSharp 0.107.0 was not found. TorchSharp 0.108.0 was resolved instead.'");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains("<KitPackagesWhy>the package registry lacks TorchSharp as pinned</KitPackagesWhy>", _machine.Choice);

        // What TorchSharp itself asks for may be a newer one.
        File.Delete(Path.Combine(_machine.Root, ".kit/packages.props"));
        _machine.Dotnet(restore: "echo 'warning NU1603: TorchSharp 0.107.0 depends on SharpZipLib (>= 1.4.0) but SharpZipLib 1.4.0 was not found.'");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(">nuget</KitPackages>", _machine.Choice);
    }

    [SkippableFact]
    public void WhereOneOfThePackagesIsLackingAllAreStandIns()
    {
        _machine.Dotnet(restore: """grep -q Plotly "$2" || exit 0; echo 'warning NU1603: probe depends on Plotly.NET (>= 5.1.0) but Plotly.NET 5.1.0 was not found. Plotly.NET 6.0.0 was resolved instead.'""");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains("<KitPackagesWhy>the package registry lacks Plotly.NET as pinned</KitPackagesWhy>", _machine.Choice);
        Assert.Single(_machine.Calls, call => call.StartsWith("dotnet restore"));   // libtorch is not downloaded for nothing
    }

    [SkippableFact]
    public void WhereTorchSharpWouldNotLoadTheStandInsAreTaken()
    {
        _machine.Dotnet(restore: "exit 0");
        _machine.Fake("ldd", "[[ $1 == */packages/torchsharp/*/linux-x64/native/libLibTorchSharp.so ]] && echo \"$1: /lib/libstdc++.so.6: version \\`GLIBCXX_3.4.32' not found (required by $1)\"; exit 1");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(">offline</KitPackages>", _machine.Choice);
        Assert.Contains("<KitPackagesWhy>TorchSharp wants GLIBCXX_3.4.32 of", _machine.Choice);
        Assert.Single(_machine.Calls, call => call.StartsWith("dotnet restore"));   // libtorch is not downloaded for nothing

        File.Delete(Path.Combine(_machine.Root, ".kit/packages.props"));
        _machine.Fake("ldd", "echo 'libtorch.so => not found'");   // it lies in another package, and comes with it
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(">nuget</KitPackages>", _machine.Choice);
    }

    [SkippableFact]
    public void WithoutANetworkTheStandInsAreTaken()
    {
        _machine.Dotnet(restore: "echo 'error NU1301: Unable to load the service index'; exit 1");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains("no package registry answers", _machine.Choice);
    }

    [SkippableFact]
    public void AnUnforeseenFailureOfTheRestoreIsShownAndNothingIsChosen()
    {
        _machine.Dotnet(restore: "echo 'error : No space left on device'; exit 1");
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains("No space left on device", error);
        Assert.Contains("KIT_PACKAGES=offline ./kit prepare", error);
        Assert.False(File.Exists(Path.Combine(_machine.Root, ".kit/packages.props")));
    }

    [SkippableFact]
    public void ASecondStartDoesNothing()
    {
        _machine.Kit("prepare");
        int before = _machine.Calls.Count;
        var (code, output, error) = _machine.Kit("prepare");
        Assert.Equal((0, "", ""), (code, output, error));
        Assert.Equal(["dotnet --list-sdks"], _machine.Calls.Skip(before));
    }

    [SkippableFact]
    public void TheNativePartIsBuiltAgainWhenItsSourcesOrItsLibtorchChange()
    {
        int Builds() => _machine.Calls.Count(call => call.StartsWith("cmake --build"));
        _machine.Kit("prepare");
        Assert.Equal(1, Builds());
        _machine.Write("src/Offline/native/core.cpp", "int core = 1;");
        _machine.Kit("prepare");
        Assert.Equal(2, Builds());
        _machine.Write("libtorch/include/torch/csrc/api/include/torch/version.h", "#define TORCH_VERSION_MAJOR 3\n");
        _machine.Kit("prepare");
        Assert.Equal(3, Builds());
        _machine.Kit("prepare");
        Assert.Equal(3, Builds());
    }

    [SkippableFact]
    public void AFailedNativeBuildShowsWhyAndIsTriedAgain()
    {
        _machine.Fake("cmake", """[ "$1" = --build ] && { echo 'core.cpp:1: error: no such thing'; exit 1; }; exit 0""");
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains("core.cpp:1: error: no such thing", error);
        Assert.Equal(2, _machine.Kit("prepare").Code);
    }

    [SkippableFact]
    public void AChoiceOnceGivenIsRememberedUntilItIsForgotten()
    {
        _machine.Variables["KIT_PACKAGES"] = "offline";
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.DoesNotContain(_machine.Calls, call => call.StartsWith("dotnet restore"));

        _machine.Variables.Clear();
        var (code, _, error) = _machine.Kit("prepare");   // LIBTORCH and WORDNET, too, are known from before
        Assert.True(code == 0, error);
        Assert.DoesNotContain(_machine.Calls, call => call.StartsWith("dotnet restore"));

        _machine.Variables["KIT_PACKAGES"] = "";
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(_machine.Calls, call => call.StartsWith("dotnet restore"));
    }

    [SkippableFact]
    public void TheFolderOfDataReachesTheCommandEverAfter()
    {
        var data = Directory.CreateDirectory(Path.Combine(_machine.Root, "data sets")).FullName;
        _machine.Dotnet(restore: "exit 0");
        _machine.Fake("dotnet", "echo \"data: $KIT_DATA\"; [ \"$1\" != --list-sdks ] || echo '10.0.100 [/sdk]'");
        _machine.Variables["KIT_DATA"] = data;
        Assert.Equal(0, _machine.Kit("prepare").Code);
        _machine.Variables.Remove("KIT_DATA");
        Assert.EndsWith($"data: {data}\n", _machine.Kit("doctor").Output);
    }

    [SkippableTheory]
    [InlineData("KIT_PACKAGES", "nugget", "it can only be nuget or offline")]
    [InlineData("KIT_TORCH_RUNTIME", "TorchSharp-metal", "it can only be TorchSharp-cpu or TorchSharp-cuda-linux")]
    [InlineData("LIBTORCH", "/nowhere", "no whole path of a folder with lib/libtorch.so")]
    [InlineData("WORDNET", "/nowhere", "no whole path of a folder with data.noun")]
    [InlineData("KIT_DATA", "/nowhere", "no whole path of a folder")]
    [InlineData("KIT_BROWSER", "/nowhere", "no whole path of a program")]
    public void AWrongChoiceIsRefusedAndNotRemembered(string variable, string value, string complaint)
    {
        _machine.Variables[variable] = value;
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains(complaint, error);
        Assert.False(File.Exists(Path.Combine(_machine.Root, ".kit", variable)));
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("8.0.404 [/usr/share/dotnet/sdk]")]
    public void WithoutTheSdkItSaysWhereToGetIt(string sdks)
    {
        if (sdks.Length == 0) _machine.Remove("dotnet");
        else _machine.Dotnet(sdks: sdks);
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains("the .NET 10 SDK is missing", error);
        Assert.Contains("apt-get install -y dotnet-sdk-10.0", error);
    }

    [SkippableFact]
    public void WithoutAptItSaysWhatToProvide()
    {
        _machine.Remove("g++");
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains("missing: g++. This system has no apt-get", error);
    }

    [SkippableFact]
    public void WithoutRootItSaysWhatToRun()
    {
        _machine.Remove("cmake");
        _machine.Fake("apt-get", "");
        _machine.Fake("id", "echo 1000");
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains("sudo apt-get update && sudo apt-get install -y --no-install-recommends cmake", error);
        Assert.DoesNotContain(_machine.Calls, call => call.StartsWith("apt-get"));
    }

    [SkippableFact]
    public void SudoThatAsksNothingIsUsed()
    {
        _machine.Remove("make");
        _machine.Fake("apt-get", "");
        _machine.Fake("id", "echo 1000");
        _machine.Fake("sudo", "[ \"$2\" = true ] || { shift; \"$@\"; }");
        Assert.Equal(0, _machine.Kit("prepare").Code);
        Assert.Contains(_machine.Calls, call => call.StartsWith("apt-get") && call.EndsWith("install -y --no-install-recommends make"));
    }

    [SkippableFact]
    public void AFailedInstallationShowsWhyAndWhatToDo()
    {
        _machine.Remove("g++");
        _machine.Fake("id", "echo 0");
        _machine.Fake("apt-get", "echo 'E: Unable to locate package'; exit 100");
        var (code, _, error) = _machine.Kit("prepare");
        Assert.Equal(2, code);
        Assert.Contains("E: Unable to locate package", error);
        Assert.Contains("sudo apt-get install -y --no-install-recommends g++", error);
    }

    [SkippableTheory]
    [InlineData("total=\"5\" executed=\"4\" passed=\"4\" failed=\"0\"", 0, 0, "4 passed, 0 failed, 1 skipped")]
    [InlineData("total=\"5\" executed=\"4\" passed=\"3\" failed=\"1\"", 1, 1, "3 passed, 1 failed, 1 skipped")]
    [InlineData("total=\"5\" executed=\"5\" passed=\"5\" failed=\"0\"", 1, 1, "5 passed, 1 failed, 0 skipped")]   // the test host died
    [InlineData("total=\"0\" executed=\"0\" passed=\"0\" failed=\"0\"", 0, 1, "0 passed, 0 failed, 0 skipped")]
    public void TheLastLineOfTestCounts(string counters, int dotnetCode, int code, string line)
    {
        var trx = $"<TestRun><ResultSummary><Counters {counters} error=\"0\" /></ResultSummary></TestRun>";
        var results = Path.Combine(_machine.Root, ".kit/test-results");
        _machine.Dotnet(restore: "exit 0", test: $"mkdir -p '{results}'; echo '{trx}' >'{results}/a.trx'; exit {dotnetCode}");
        var answer = _machine.Kit("test", "--filter", "Some");
        Assert.Equal(code, answer.Code);
        Assert.Equal(line, answer.Output.TrimEnd('\n').Split('\n')[^1]);
        Assert.Contains(_machine.Calls, call => call.StartsWith("dotnet test") && call.Contains("--filter Some"));
    }

    [SkippableFact]
    public void WithoutABrowserTheTestsGoOnAndItIsAskedForOnce()
    {
        _machine.Fake("id", "echo 0");
        _machine.Fake("apt-get", "[[ $* != *install* ]]");
        _machine.Dotnet(restore: "exit 0");
        Assert.Contains("going on without a browser", _machine.Kit("test").Error);
        Assert.Contains(_machine.Calls, call => call.StartsWith("dotnet test"));
        Assert.DoesNotContain("chromium", _machine.Kit("test").Error);

        // What is asked for by name is tried again, and does not go on without.
        var (code, _, error) = _machine.Kit("notebook", "export", "a.ipynb", "--html", "--embed");
        Assert.Equal(2, code);
        Assert.Contains("apt-get could not install chromium chromium-driver fonts-liberation", error);
        Assert.Contains("KIT_BROWSER=/path", error);
    }

    [SkippableTheory]
    [InlineData("", "doctor")]
    [InlineData("", "notebook", "export", "a.ipynb", "--html")]
    [InlineData("", "notebook", "export", "--help")]
    [InlineData("google-chrome", "notebook", "export", "a.ipynb")]
    [InlineData("chromium chromedriver", "notebook", "export", "a.ipynb")]
    public void ABrowserIsInstalledOnlyWhereItIsNeeded(string there, params string[] command)
    {
        _machine.Fake("id", "echo 0");
        _machine.Fake("apt-get", "");
        foreach (var program in there.Split(' ', StringSplitOptions.RemoveEmptyEntries)) _machine.Fake(program, "");
        _machine.Dotnet(restore: "exit 0");
        Assert.Equal(0, _machine.Kit(command).Code);
        Assert.DoesNotContain(_machine.Calls, call => call.StartsWith("apt-get"));
    }

    [SkippableFact]
    public void ABuildThatFailsRunsNoTest()
    {
        _machine.Dotnet(restore: "exit 0", build: "echo 'error CS1002: ; expected'; exit 1");
        var (code, _, error) = _machine.Kit("test");
        Assert.Equal(2, code);
        Assert.Contains("error CS1002", error);
        Assert.DoesNotContain(_machine.Calls, call => call.StartsWith("dotnet test"));
    }

    [SkippableFact]
    public void ACommandIsHandedOverWithItsArguments()
    {
        _machine.Dotnet(restore: "exit 0");
        Assert.Equal(0, _machine.Kit("train", "my recipe.json", "--set", "a=b c").Code);
        Assert.Equal($"dotnet {_machine.Root}/src/ResearchKit.Cli/bin/Release/net10.0/kit.dll train my recipe.json --set a=b c", _machine.Calls[^1]);
    }

    [SkippableFact]
    public void TheKitIsBuiltAgainOnlyWhenSourcesChange()
    {
        int Builds() => _machine.Calls.Count(call => call.StartsWith("dotnet msbuild"));
        _machine.Dotnet(restore: "exit 0", build: $"mkdir -p '{_machine.Root}/src/ResearchKit.Cli/bin/Release/net10.0'; touch '{_machine.Root}/src/ResearchKit.Cli/bin/Release/net10.0/kit.dll'");
        _machine.Kit("doctor");
        _machine.Kit("doctor");
        Assert.Equal(1, Builds());
        _machine.Write("src/ResearchKit.Cli/New.cs", "");
        _machine.Kit("doctor");
        Assert.Equal(2, Builds());
        File.Delete(Path.Combine(_machine.Root, "src/ResearchKit.Cli/New.cs"));
        _machine.Kit("doctor");
        Assert.Equal(3, Builds());
    }

    [SkippableFact]
    public void HelpNeedsNothing()
    {
        _machine.Remove("dotnet");
        var (code, output, _) = _machine.Kit("--help");
        Assert.Equal(0, code);
        Assert.Contains("./kit demo", output);
        Assert.Empty(_machine.Calls);
    }
}
