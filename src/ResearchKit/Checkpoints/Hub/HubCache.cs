namespace ResearchKit.Checkpoints.Hub;

/// <summary>
/// The cache on disk, as Hugging Face's libraries lay it out and read it: <c>models--OWNER--NAME/blobs/ETAG</c> holds the content,
/// <c>snapshots/COMMIT/FILE</c> links to it, <c>refs/REVISION</c> says which commit a branch or tag was at.
/// </summary>
/// <remarks>Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache.</remarks>
/// <param name="folder">The cache's folder.</param>
public sealed class HubCache(string folder)
{
    private static readonly Lock s_references = new();

    /// <summary>The folder of a model at the commit that its revision was last seen at; null when the cache has none.</summary>
    public string? Snapshot(HubName name)
    {
        var commit = name.IsCommit ? name.Revision : ReadReference(name);
        return commit is not null && SnapshotFolder(name, commit) is var found && Directory.Exists(found) ? found : null;
    }

    /// <summary>The folder of a model at a commit.</summary>
    public string SnapshotFolder(HubName name, string commit) => Path.Combine(folder, name.FolderName, "snapshots", commit);

    internal string Blob(HubName name, HubFile file) => Path.Combine(folder, name.FolderName, "blobs", file.ETag);

    /// <summary>Remembers which commit a branch or tag is at.</summary>
    internal void WriteReference(HubName name, string commit)
    {
        if (name.IsCommit) return;
        lock (s_references)   // a file being written is named by its process
            if (ReadReference(name) != commit) AtomicFile.WriteText(ReferenceFile(name), commit);
    }

    /// <summary>Lets a snapshot's name lead to a blob. Relative, so that the cache can be moved.</summary>
    internal void Link(HubName name, string commit, HubFile file)
    {
        var link = Path.Combine(SnapshotFolder(name, commit), file.Name);
        if (File.Exists(link)) return;
        var blob = Blob(name, file);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        // One whose blob was removed by hand, say.
        if (new FileInfo(link).LinkTarget is not null) File.Delete(link);
        try
        {
            File.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, blob));
        }
        catch (IOException) when (File.Exists(link))
        {
            return;   // another process was faster
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            File.Copy(blob, link);   // Windows lets only some users make links
        }
    }

    /// <summary>Keeps other processes, Hugging Face's among them, from fetching the same content at the same time.</summary>
    internal Task<IDisposable> Lock(HubName name, HubFile file, IHubObserver observer, CancellationToken stop) =>
        LockFile(Path.Combine(folder, ".locks", name.FolderName, file.ETag + ".lock"), file.Name, observer, stop);

    /// <summary>Waits until nobody else holds a lock file, and holds it.</summary>
    internal static async Task<IDisposable> LockFile(string path, string what, IHubObserver observer, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool said = false; ; said = true)
        {
            try
            {
                // On Unix this is flock(2), which is what Python's filelock takes.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsTaken(e))
            {
                if (!said) observer.Say($"{what}: waiting for another process that is fetching it");
                await Task.Delay(100, stop).ConfigureAwait(false);
            }
        }
    }

    // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsTaken(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    private string ReferenceFile(HubName name) => Path.Combine(folder, name.FolderName, "refs", Path.Combine(name.Revision.Split('/')));

    private string? ReadReference(HubName name)
    {
        var file = ReferenceFile(name);
        return File.Exists(file) && File.ReadAllText(file).Trim() is var commit && HubName.IsCommitId(commit) ? commit : null;
    }
}
