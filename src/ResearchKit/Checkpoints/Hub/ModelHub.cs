namespace ResearchKit.Checkpoints.Hub;

/// <summary>A model of the hub on this machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Commit">The state it is at.</param>
/// <param name="Folder">The folder with its files: links into the cache.</param>
/// <param name="Files">Its files.</param>
/// <param name="Asked">False when the hub was not asked, so that the revision may have moved on.</param>
public sealed record HubModel(HubName Name, string Commit, string Folder, IReadOnlyList<string> Files, bool Asked);

/// <summary>
/// Fetches models from a hub into Hugging Face's cache: in parallel, going on where an interrupted attempt ended, each file
/// held against the checksum that the hub names.
/// </summary>
/// <param name="settings">Where the hub and the cache are.</param>
/// <param name="observer">Who watches.</param>
public sealed class ModelHub(HubSettings settings, IHubObserver observer)
{
    private readonly HubCache _cache = new(settings.CacheFolder);

    /// <summary>Brings a model to this machine; fetches only what the cache lacks.</summary>
    /// <exception cref="KitException">There is no such model or revision, it may not be read, it has no weights in safetensors, the
    /// network or the disk fails for good; the message says what to do.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop; what has arrived is kept.</exception>
    public async Task<HubModel> Get(HubName name, CancellationToken stop = default)
    {
        if (settings.Offline) return Cached(name) ?? throw new KitException(
            $"HF_HUB_OFFLINE is set, and {name} is not whole in the cache '{settings.CacheFolder}'{Lacking(name)}. "
            + "Unset it to fetch the model, or bring the cache from another machine.");
        try
        {
            return await Fetch(name, stop).ConfigureAwait(false);
        }
        catch (KitException e) when (e.InnerException is TransientHubException && Cached(name) is { } cached)
        {
            observer.Say($"the hub could not be asked ({e.InnerException.Message}); taking {name} as it is in the cache");
            return cached;
        }
    }

    /// <summary>A model that is whole in the cache; null when it is not.</summary>
    public HubModel? Cached(HubName name) => _cache.Snapshot(name) is { } folder && HubFiles.Lacking(folder).Count == 0
        ? new(name, Path.GetFileName(folder), folder,
            [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)], Asked: false)
        : null;

    private async Task<HubModel> Fetch(HubName name, CancellationToken stop)
    {
        using var connection = new HubConnection(settings, observer);
        var (commit, there) = await connection.Describe(name, stop).ConfigureAwait(false);
        var wanted = HubFiles.Of(name, [.. there]).ToList();
        if (wanted.Contains(ModelFolder.IndexFile))
        {
            await Fetch([ModelFolder.IndexFile]).ConfigureAwait(false);
            var shards = ShardIndex.Load(Path.Combine(_cache.SnapshotFolder(name, commit), ModelFolder.IndexFile)).Shards;
            if (shards.FirstOrDefault(s => !there.Contains(s)) is { } missing)
                throw new KitException(
                    $"{name} has an index of {shards.Count} files of weights, and lacks {missing}. The repository is damaged; "
                    + "take another revision or another copy of the model.");
            wanted.Remove(ModelFolder.IndexFile);
            wanted.AddRange(shards);
            await Fetch(wanted).ConfigureAwait(false);
            wanted.Add(ModelFolder.IndexFile);
        }
        else await Fetch(wanted).ConfigureAwait(false);
        _cache.WriteReference(name, commit);
        return new(name, commit, _cache.SnapshotFolder(name, commit), [.. wanted.Order(StringComparer.Ordinal)], Asked: true);

        async Task Fetch(IReadOnlyList<string> names)
        {
            var files = new HubFile[names.Count];
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = settings.Parallel, CancellationToken = stop };
            await Parallel.ForAsync(0, files.Length, parallel, async (i, s) =>
                files[i] = await connection.Describe(name, commit, names[i], s).ConfigureAwait(false)).ConfigureAwait(false);
            RequireSpace(name, files);
            observer.Plan(files);
            // The largest first: the others fit in beside it.
            await Parallel.ForEachAsync(files.OrderByDescending(f => f.Size), parallel,
                async (file, s) => await new HubDownload(connection, _cache, name, commit, observer).Run(file, s).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private void RequireSpace(HubName name, HubFile[] files)
    {
        long needed = files.Sum(f => (f.Size ?? 0) - Here(name, f));
        try
        {
            Directory.CreateDirectory(settings.CacheFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException(
                $"The cache '{settings.CacheFolder}' could not be made: {e.Message.TrimEnd('.')}. Set HF_HUB_CACHE to a "
                + "folder that can be written.", e);
        }
        if (settings.FreeBytes(settings.CacheFolder) is var free && free < needed)
            throw new KitException(
                $"{name} needs {needed / 1e6:F0} MB more, and the disk of '{settings.CacheFolder}' has {free / 1e6:F0} MB "
                + "free. Free some space, or set HF_HUB_CACHE to a folder on another disk.");
    }

    private long Here(HubName name, HubFile file)
    {
        var blob = _cache.Blob(name, file);
        return Length(blob) ?? Length(blob + ".incomplete") ?? 0;

        static long? Length(string path) => File.Exists(path) ? new FileInfo(path).Length : null;
    }

    private string Lacking(HubName name) => _cache.Snapshot(name) is { } folder ? $" (it lacks {string.Join(", ", HubFiles.Lacking(folder))})" : "";
}
