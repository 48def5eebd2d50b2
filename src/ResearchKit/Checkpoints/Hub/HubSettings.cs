namespace ResearchKit.Checkpoints.Hub;

/// <summary>Where the model hub is, where its files are kept on this machine, and how patient to be with it.</summary>
public sealed record HubSettings
{
    /// <summary>The hub's address, without a slash at its end: <c>HF_ENDPOINT</c>.</summary>
    public string Endpoint { get; init; } = "https://huggingface.co";

    /// <summary>The cache that the kit shares with Hugging Face's own libraries: <c>HF_HUB_CACHE</c>.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The user's token, for private and gated models: <c>HF_TOKEN</c>, or what <c>hf auth login</c> left.</summary>
    public string? Token { get; init; }

    /// <summary>Ask no network for anything: <c>HF_HUB_OFFLINE</c>.</summary>
    public bool Offline { get; init; }

    /// <summary>Files fetched at the same time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Attempts in a row that bring nothing, before giving up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The wait before the second attempt; each later one is twice as long.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that the hub may ask for with Retry-After.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A connection that brings nothing for so long is taken for dead.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes free on the disk of a folder.</summary>
    public Func<string, long> FreeBytes { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>The settings that Hugging Face's libraries would take from the environment.</summary>
    /// <param name="variables">Reads a variable; the process's own when null.</param>
    /// <exception cref="KitException"><c>HF_ENDPOINT</c> is no address.</exception>
    public static HubSettings FromEnvironment(Func<string, string?>? variables = null)
    {
        variables ??= Environment.GetEnvironmentVariable;
        var endpoint = (Get("HF_ENDPOINT") ?? "https://huggingface.co").TrimEnd('/');
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
            throw new KitException(
                $"HF_ENDPOINT is '{endpoint}', which is no address of a hub. Give one like https://huggingface.co, or unset "
                + "it.");
        var user = Get("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var home = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface");
        return new HubSettings
        {
            Endpoint = endpoint,
            CacheFolder = Path.GetFullPath(Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Token = Get("HF_TOKEN") ?? Get("HUGGING_FACE_HUB_TOKEN") ?? Saved(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token")),
            Offline = (Get("HF_HUB_OFFLINE") ?? Get("TRANSFORMERS_OFFLINE"))?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };

        string? Get(string name) => variables(name)?.Trim() is { Length: > 0 } value ? value : null;

        string? Folder(string name) => Get(name) is not { } path ? null : path == "~" ? user
            : path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(user, path[2..]) : path;
    }

    private static string? Saved(string file)
    {
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException(
                $"The hub's token could not be read from '{file}': {e.Message} Mend the file's permissions, or set HF_TOKEN.", e);
        }
    }
}
