namespace ResearchKit;

/// <summary>
/// An error that the user can mend: a wrong recipe, a damaged file, a sequence that is too long.
/// The message is one sentence or two that say what was wrong, where, what was expected and what to do.
/// The command line prints it alone and ends with exit code 2; every other exception is a defect of the kit.
/// </summary>
public sealed class KitException : Exception
{
    /// <summary>Makes the error from its message.</summary>
    public KitException(string message) : base(message) { }

    /// <summary>Makes the error from its message and what caused it.</summary>
    public KitException(string message, Exception inner) : base(message, inner) { }
}
