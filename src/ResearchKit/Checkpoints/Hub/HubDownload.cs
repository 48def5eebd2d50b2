namespace ResearchKit.Checkpoints.Hub;

/// <summary>Fetches one file into the cache, and lets nothing in whose checksum is wrong.</summary>
internal sealed class HubDownload(HubConnection connection, HubCache cache, HubName name, string commit, IHubObserver observer)
{
    /// <summary>Fetches the file, unless the cache has it.</summary>
    public async Task Run(HubFile file, CancellationToken stop)
    {
        var blob = cache.Blob(name, file);
        bool fetched = false;
        try
        {
            if (!IsWhole(blob, file))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
                using var alone = await cache.Lock(name, file, observer, stop).ConfigureAwait(false);
                if (!IsWhole(blob, file))   // another process may have fetched it while we waited
                {
                    await new HubTransfer(connection, "the hub", (from, version, s) => connection.Fetch(name, commit, file, from, version, s), observer)
                        .Fetch(file, blob + ".incomplete", stop).ConfigureAwait(false);
                    File.Move(blob + ".incomplete", blob, overwrite: true);
                    fetched = true;
                }
            }
            cache.Link(name, commit, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException(
                $"{file.Name} could not be written to '{Path.GetDirectoryName(blob)}': {e.Message.TrimEnd('.')}. Free some "
                + "space there, or set HF_HUB_CACHE to another folder; what has arrived is kept.", e);
        }
        observer.Done(file, fetched);
    }

    private static bool IsWhole(string blob, HubFile file) =>
        File.Exists(blob) && (file.Size is null || new FileInfo(blob).Length == file.Size);
}
