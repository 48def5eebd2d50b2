using System.Diagnostics;
using System.Runtime.Versioning;

namespace ResearchKit.Tests.Cli;

/// <summary>
/// A copy of the <c>kit</c> script alone in a folder, on a machine that has only the programs put there: the usual small ones,
/// and whatever a test fakes. What the fakes were asked is in <see cref="Calls"/>.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Sandbox : IDisposable
{
    private static readonly string[] Usual =
        ["awk", "basename", "bash", "cat", "cksum", "cp", "dirname", "env", "find", "flock", "getconf", "grep", "id", "mkdir", "mv", "paste", "readlink", "rm", "sed", "sort", "tail", "tee", "touch", "tr", "uname", "xargs"];

    private readonly string _programs;
    private bool _bundle;

    public Sandbox()
    {
        Root = Directory.CreateTempSubdirectory("kit-sandbox-").FullName;
        _programs = Directory.CreateDirectory(Path.Combine(Root, "programs")).FullName;
        foreach (var name in Usual)
            File.CreateSymbolicLink(Path.Combine(_programs, name), new[] { "/usr/bin/", "/bin/" }.Select(d => d + name).First(File.Exists));
        foreach (var name in new[] { "kit", "Directory.Packages.props" })
            File.Copy(Path.Combine(Repository.Root, name), Path.Combine(Root, name));
        Write("src/ResearchKit.Cli/Program.cs", "return 0;");
        Write("src/Offline/native/core.cpp", "int core;");
        Write("libtorch/lib/libtorch.so", "");
        Write("libtorch/include/torch/csrc/api/include/torch/version.h", "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 11\n");
        Write("wordnet/data.noun", "");
        Variables["LIBTORCH"] = Path.Combine(Root, "libtorch");
        Variables["WORDNET"] = Path.Combine(Root, "wordnet");
        foreach (var name in new[] { "g++", "make" }) Fake(name, "");
        Fake("cmake", """[ "$1" = --build ] && mkdir -p "$2/out" && echo built >"$2/out/libresearchkit_torch.so"; exit 0""");
        Dotnet(restore: "echo 'p.csproj : error NU1101: Unable to find package TorchSharp. No packages exist with this id in source(s): here'; exit 1");
    }

    /// <summary>The folder of the copy.</summary>
    public string Root { get; }

    /// <summary>The environment, PATH aside.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>What the fakes were called with, in order.</summary>
    public IReadOnlyList<string> Calls => File.Exists(Path.Combine(Root, "calls")) ? File.ReadAllLines(Path.Combine(Root, "calls")) : [];

    /// <summary>The choice as the build reads it.</summary>
    public string Choice => File.ReadAllText(Path.Combine(Root, ".kit", "packages.props"));

    public void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Root, path))!);
        File.WriteAllText(Path.Combine(Root, path), content);
    }

    /// <summary>Puts a program there that notes its call and does as the shell lines say.</summary>
    public void Fake(string name, string script)
    {
        var path = Path.Combine(_bundle && name == "dotnet" ? Path.Combine(Root, "runtime") : _programs, name);
        File.Delete(path);   // a link to the real one may stand here, and must not be written through
        File.WriteAllText(path, $"#!/bin/bash\necho \"{name} $*\" >>'{Root}/calls'\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A .NET SDK that answers a restore, a build and a test as told.</summary>
    public void Dotnet(string restore = "exit 0", string sdks = "10.0.100 [/usr/share/dotnet/sdk]", string build = "exit 0", string test = "exit 0") => Fake("dotnet", $$"""
        case "$1" in
            --list-sdks) echo '{{sdks}}' ;;
            restore) {{restore}} ;;
            nuget) echo "global-packages: $HOME/packages/" ;;
            msbuild) {{build}} ;;
            test) {{test}} ;;
        esac
        """);

    /// <summary>Makes the copy a bundle: it has a .NET of its own, and the machine has none.</summary>
    public void MakeBundle()
    {
        Remove("dotnet");
        _bundle = true;
        Write("runtime/sdk/10.0.100/vstest.console.dll", "");
        File.Copy(Path.Combine(Repository.Root, "src/Offline/native/compile.sh"), Path.Combine(Root, "src/Offline/native/compile.sh"));
        Write("libtorch/include/ATen/ATen.h", "");
        Fake("dotnet", "");
    }

    public void Remove(string name) => File.Delete(Path.Combine(_programs, name));

    /// <summary>Starts the script and waits for it.</summary>
    public (int Code, string Output, string Error) Kit(params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(Root, "kit"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["PATH"] = _programs;
        start.Environment["HOME"] = Root;
        foreach (var (name, value) in Variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
