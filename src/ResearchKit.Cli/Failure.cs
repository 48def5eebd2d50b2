namespace ResearchKit.Cli;

/// <summary>Turns whatever ended a command into one clear line and an exit code.</summary>
internal static class Failure
{
    /// <summary>A <see cref="KitException"/> says what the user can mend; everything else is a defect, and says how to report it.</summary>
    public static int Report(Exception exception, TextWriter error, bool debug)
    {
        int code;
        switch (exception)
        {
            case KitException:
                error.WriteLine($"kit: {exception.Message}");
                code = ExitCode.Refused;
                break;
            case TypeInitializationException { TypeName: "TorchSharp.torch" }:
                error.WriteLine("kit: libtorch does not load on this machine; './kit doctor' says why, and what to do.");
                code = ExitCode.Refused;
                break;
            case OperationCanceledException:
                error.WriteLine("kit: interrupted.");
                code = ExitCode.Interrupted;
                break;
            default:
                error.WriteLine($"kit: this is a defect of the kit: {exception.GetType().Name}: {exception.Message}");
                if (!debug)
                    error.WriteLine("Please report it with the command, the output of './kit doctor', and what the same command prints with --debug.");
                code = ExitCode.Defect;
                break;
        }
        if (debug) error.WriteLine(exception);
        return code;
    }
}
