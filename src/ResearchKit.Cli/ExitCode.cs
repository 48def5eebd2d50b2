namespace ResearchKit.Cli;

/// <summary>How a command ends, for scripts.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>A defect of the kit.</summary>
    public const int Defect = 1;

    /// <summary>A check found a difference.</summary>
    public const int Differs = 1;

    /// <summary>Something the user can mend: wrong usage, a wrong recipe, a damaged file.</summary>
    public const int Refused = 2;

    /// <summary>Ended by Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
