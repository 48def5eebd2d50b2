namespace ResearchKit.Cli.Bundling;

/// <summary>One file of a bundle.</summary>
/// <param name="Path">Where it lies in the bundle, with '/' between folders.</param>
/// <param name="Source">Where it is taken from.</param>
internal sealed record BundleFile(string Path, string Source)
{
    /// <summary>Readable by everybody, and a program where its source is one.</summary>
    public UnixFileMode Mode => OperatingSystem.IsWindows() || !File.GetUnixFileMode(Source).HasFlag(UnixFileMode.UserExecute) ? Plain : Plain | Execute;

    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
