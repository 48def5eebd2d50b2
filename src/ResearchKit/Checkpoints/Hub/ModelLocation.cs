namespace ResearchKit.Checkpoints.Hub;

/// <summary>Where a model is, by what a recipe or a command calls it.</summary>
public static class ModelLocation
{
    /// <summary>The folder of a model: a folder that is given, or that of a hub's model in the cache. Fetches nothing.</summary>
    /// <param name="pathOrName">A folder, or a name like <c>bert-base-uncased</c> or <c>facebook/opt-125m@main</c>.</param>
    /// <param name="settings">The hub's; the environment's when null.</param>
    /// <exception cref="KitException">There is neither; the message says how to fetch it.</exception>
    public static string Resolve(string pathOrName, HubSettings? settings = null)
    {
        if (Directory.Exists(pathOrName) || File.Exists(pathOrName)) return pathOrName;
        if (HubName.TryParse(pathOrName) is not { } name)
            throw new KitException(
                $"There is no model folder '{pathOrName}'. Give a run folder, a folder with {ModelFolder.ConfigFile} and "
                + $"{ModelFolder.WeightsFile}, or the name of a fetched model.");
        var cache = new HubCache((settings ?? HubSettings.FromEnvironment()).CacheFolder);
        if (cache.Snapshot(name) is not { } folder)
            throw new KitException(
                $"There is no folder '{pathOrName}', and no model of that name in the cache. Fetch it first: ./kit model get "
                + $"{pathOrName}");
        if (HubFiles.Lacking(folder) is { Count: > 0 } lacking)
            throw new KitException(
                $"{pathOrName} is in the cache, but not whole: it lacks {string.Join(", ", lacking)}. Fetch the rest: ./kit "
                + $"model get {pathOrName}");
        return folder;
    }
}
