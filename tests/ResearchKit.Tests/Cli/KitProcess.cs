using System.Diagnostics;

namespace ResearchKit.Tests.Cli;

/// <summary>The built program as a process of its own.</summary>
internal static class KitProcess
{
    /// <summary>How it is started, with output and error to be read.</summary>
    /// <remarks>A shell's background jobs ignore SIGINT, and so does all that they start: where these tests are one, the program would never hear of Ctrl-C.</remarks>
    public static ProcessStartInfo Of(params string[] arguments)
    {
        string[] program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "kit.dll"), .. arguments];
        if (OperatingSystem.IsLinux()) program = ["env", "--default-signal=INT", .. program];
        return new(program[0], program[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
    }
}
