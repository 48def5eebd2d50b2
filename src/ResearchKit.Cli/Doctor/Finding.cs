namespace ResearchKit.Cli.Doctor;

/// <summary>How a thing stands.</summary>
internal enum State
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Not there, and the kit runs without it, for less.</summary>
    Lacking,

    /// <summary>The kit cannot run.</summary>
    Broken,
}

/// <summary>One thing that was looked for.</summary>
/// <param name="What">Its name.</param>
/// <param name="State">How it stands.</param>
/// <param name="Found">What was found, in words.</param>
/// <param name="Remedy">What to do, where something should be done.</param>
internal sealed record Finding(string What, State State, string Found, string? Remedy = null);
