using System.Diagnostics;
using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using ResearchKit.Cli.Bundling;
using ResearchKit.Cli.Commands;
using Xunit;

namespace ResearchKit.Tests.Cli.Bundling;

/// <summary>A bundle has all that runs the kit on a machine without .NET, and nothing that happens to lie about.</summary>
[SupportedOSPlatform("linux")]
public sealed class BundleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-bundle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void SkipWithoutDotnetForBundles() =>
        Skip.IfNot(RuntimeInformation.RuntimeIdentifier == DotnetInstallation.Platform, "a bundle is made of Microsoft's .NET for linux-x64");

    private string Write(string path, string content = "")
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }

    [SkippableFact]
    public void WhatTheProjectIsGoesInAndWhatWasMadeThereStaysOut()
    {
        SkipWithoutDotnetForBundles();
        string[] inside =
        [
            ".ci/run", "Directory.Build.props", "kit", "src/A.cs", "src/ResearchKit.Cli/bin/Release/net10.0/kit.dll",
            "src/ResearchKit.Cli/bin/Release/net10.0/runtimes/linux/native/selenium-manager", "src/ResearchKit/Runs/B.cs",
            "tests/ResearchKit.Tests/bin/Release/net10.0/Fixtures/a.xml", "tests/ResearchKit.Tests/bin/Release/net10.0/ResearchKit.Tests.dll",
        ];
        string[] outside =
        [
            ".git/config", ".kit/LIBTORCH", "Directory.Build.rsp", "data/glue.tsv", "notebooks/a.failed.ipynb", "notebooks/runs/a/config.json", "runs/a/config.json",
            "src/ResearchKit.Cli/bin/Debug/net10.0/kit.dll", "src/ResearchKit.Cli/bin/Release/net10.0/kit.xml", "src/ResearchKit.Cli/bin/Release/net10.0/libresearchkit_torch.so",
            "src/ResearchKit.Cli/bin/Release/net10.0/runtimes/win/native/selenium-manager.exe", "src/ResearchKit.Cli/obj/project.assets.json", "venv/lib/torch.py",
        ];
        foreach (var path in inside.Concat(outside)) Write(path);
        var files = BundleContents.Of(_folder, DotnetInstallation.OfThisProcess());
        Assert.Equal(inside, files.Select(file => file.Path).Where(path => !path.StartsWith("runtime/")));
    }

    [SkippableFact]
    public void WithoutTheTestsThereIsNoBundle()
    {
        SkipWithoutDotnetForBundles();
        Write("src/ResearchKit.Cli/bin/Release/net10.0/kit.dll");
        var refusal = Assert.Throws<KitException>(() => BundleContents.Of(_folder, DotnetInstallation.OfThisProcess()));
        Assert.Contains("tests/ResearchKit.Tests/bin/Release/net10.0 is not there", refusal.Message);
    }

    [SkippableFact]
    public void ItsProgramAndItsTestsRunWithItsOwnDotnet()
    {
        SkipWithoutDotnetForBundles();
        var bundle = Path.Combine(_folder, "bundle");
        BundleWriter.WriteFolder(bundle, BundleContents.Of(Repository.Root, DotnetInstallation.OfThisProcess()));
        Assert.Empty(Directory.EnumerateFiles(bundle, "*libtorch*", SearchOption.AllDirectories));

        var (code, output) = Run(bundle, "src/ResearchKit.Cli/bin/Release/net10.0/kit.dll", "bundle", "--help");
        Assert.True(code == 0, output);
        Assert.Contains("--out <PATH>", output);

        var runner = Path.GetRelativePath(bundle, Directory.GetFiles(Path.Combine(bundle, "runtime", "sdk"), "vstest.console.dll", SearchOption.AllDirectories).Single());
        (code, output) = Run(bundle, runner, "tests/ResearchKit.Tests/bin/Release/net10.0/ResearchKit.Tests.dll", "--TestCaseFilter:FullyQualifiedName~SettingsBinderTests", "--logger:trx");
        Assert.True(code == 0, output);
        Assert.Contains("outcome=\"Passed\"", File.ReadAllText(Directory.GetFiles(Path.Combine(bundle, "TestResults"), "*.trx").Single()));
    }

    private static (int Code, string Output) Run(string bundle, params string[] words)
    {
        var start = new ProcessStartInfo(Path.Combine(bundle, "runtime", "dotnet"), words) { WorkingDirectory = bundle, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in new[] { ("PATH", "/nowhere"), ("HOME", bundle), ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1") }) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    [SkippableFact]
    public void TheSameFilesGiveTheSameArchive()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "modes are Linux's");
        var program = Write("kit", "exec");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var recipe = Write("recipe.json", "{}");
        BundleFile[] files = [new("kit", program), new("src/recipe.json", recipe)];
        var first = Tar(files);
        File.SetLastWriteTimeUtc(recipe, new DateTime(2020, 2, 2, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(first, Tar(files));

        using var tar = new TarReader(new MemoryStream(first));
        var (kit, second) = (tar.GetNextEntry(copyData: true)!, tar.GetNextEntry(copyData: true)!);
        Assert.Equal(("researchkit/kit", "researchkit/src/recipe.json"), (kit.Name, second.Name));
        Assert.Equal((Convert.ToInt32("755", 8), Convert.ToInt32("644", 8)), ((int)kit.Mode, (int)second.Mode));
        Assert.Equal("exec", new StreamReader(kit.DataStream!).ReadToEnd());
        Assert.Null(tar.GetNextEntry());
    }

    private static byte[] Tar(IEnumerable<BundleFile> files)
    {
        using var stream = new MemoryStream();
        BundleWriter.WriteTar(stream, files);
        return stream.ToArray();
    }

    [SkippableFact]
    public void WithoutXzNothingIsWritten()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bundle is packed on Linux");
        var archive = Path.Combine(_folder, "a.tar.xz");
        Assert.False(BundleWriter.TryWriteXz(archive, [new("a", Write("a"))], program: "/nowhere/xz"));
        Assert.False(File.Exists(archive));
    }

    [SkippableFact]
    public void APackerThatFailsLeavesNothing()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bundle is packed on Linux");
        var archive = Path.Combine(_folder, "a.tar.xz");
        var failure = Assert.Throws<KitException>(() => BundleWriter.TryWriteXz(archive, [new("a", Write("a"))], program: "/bin/false"));
        Assert.Contains("could not be written", failure.Message);
        Assert.Equal(["a"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [SkippableFact]
    public void APlaceThatIsTakenIsLeftAlone()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bundle is packed on Linux");
        var file = Write("taken/a");
        Assert.Throws<KitException>(() => BundleWriter.WriteFolder(Path.Combine(_folder, "taken"), [new("b", file)]));
        Assert.Equal([file], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void ADotnetOfOneDistributionIsRefused()
    {
        var refusal = Assert.Throws<KitException>(() => DotnetInstallation.RequirePortable("ubuntu.24.04-x64"));
        Assert.Contains("this one was built for ubuntu.24.04-x64", refusal.Message);
        Assert.Contains("dotnet-install.sh", refusal.Message);
    }

    [Fact]
    public void AKitOverTheRealPackagesIsRefused()
    {
        var refusal = Assert.Throws<KitException>(() => BundleCommand.RequireStandIns("nuget"));
        Assert.Contains("KIT_PACKAGES=offline ./kit bundle", refusal.Message);
        BundleCommand.RequireStandIns("offline");
    }
}
