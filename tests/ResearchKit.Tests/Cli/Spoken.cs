using ResearchKit.Cli;

namespace ResearchKit.Tests.Cli;

/// <summary>One run of the command line inside this process: its exit code and what it said.</summary>
internal sealed record Spoken(int Code, string Output, string Error)
{
    public static Spoken By(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = CommandLine.Run(arguments, Terminal.Of(output, error));
        return new(code, output.ToString(), error.ToString());
    }
}
