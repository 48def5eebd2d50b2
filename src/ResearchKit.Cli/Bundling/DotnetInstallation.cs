using System.Runtime.InteropServices;

namespace ResearchKit.Cli.Bundling;

/// <summary>The .NET that this process runs on, as far as a bundle needs it: host, shared frameworks, and the SDK's runner of tests.</summary>
internal sealed class DotnetInstallation
{
    /// <summary>The platform that a bundle is for.</summary>
    public const string Platform = "linux-x64";

    private const string TestRunner = "vstest.console.dll";

    private static readonly string[] s_testRunner =
        ["vstest.console.*", "Microsoft.TestPlatform.*.dll", "Microsoft.VisualStudio.TestPlatform.*.dll", "Newtonsoft.Json.dll",
         "Microsoft.Extensions.DependencyModel.dll", "Microsoft.Extensions.FileSystemGlobbing.dll",
         "Extensions/Microsoft.TestPlatform.TestHostRuntimeProvider.dll", "Extensions/Microsoft.VisualStudio.TestPlatform.Extensions.Trx.TestLogger.dll"];

    private readonly IReadOnlyList<string> _frameworks;
    private readonly string _sdk;

    private DotnetInstallation(string root, IReadOnlyList<string> frameworks, string sdk) => (Root, _frameworks, _sdk) = (root, frameworks, sdk);

    /// <summary>The folder with the program <c>dotnet</c>.</summary>
    public string Root { get; }

    /// <summary>Finds it.</summary>
    /// <exception cref="KitException">It is not the portable .NET for Linux on x64, or the tests' runner is not with it.</exception>
    public static DotnetInstallation OfThisProcess()
    {
        RequirePortable(RuntimeInformation.RuntimeIdentifier);
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));   // shared/NAME/VERSION
        var shared = Path.Combine(root, "shared") + Path.DirectorySeparatorChar;
        var frameworks = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(assembly => assembly.StartsWith(shared, StringComparison.Ordinal)).Select(assembly => Path.GetDirectoryName(assembly)!).Distinct().ToList();
        var sdks = Path.Combine(root, "sdk");
        var sdk = (Directory.Exists(sdks) ? Directory.GetDirectories(sdks) : []).Where(folder => File.Exists(Path.Combine(folder, TestRunner)))
            .MaxBy(folder => Version.Parse(Path.GetFileName(folder).Split('-')[0]))
            ?? throw new KitException($"{root} has no SDK with {TestRunner}, which a bundle needs for its tests. Install the .NET 10 SDK there.");
        return new(root, frameworks, sdk);
    }

    /// <summary>Refuses a .NET that was built for one distribution, or for another processor.</summary>
    internal static void RequirePortable(string platform)
    {
        if (platform != Platform)
            throw new KitException($"A bundle needs Microsoft's own .NET for {Platform}, which runs on every Linux, and this one was built for {platform}. "
                + "Get it from https://dot.net/v1/dotnet-install.sh (--channel 10.0), put it first on the PATH, and run ./kit bundle again.");
    }

    /// <summary>Every file that a bundle takes.</summary>
    public IEnumerable<string> Files() =>
    [
        .. new[] { "dotnet", "LICENSE.txt", "ThirdPartyNotices.txt" }.Select(name => Path.Combine(Root, name)).Where(File.Exists),
        .. Directory.EnumerateFiles(Path.Combine(Root, "host", "fxr"), "*", SearchOption.AllDirectories),
        .. _frameworks.SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)),
        .. s_testRunner.SelectMany(pattern => Directory.EnumerateFiles(_sdk, pattern)),
    ];
}
