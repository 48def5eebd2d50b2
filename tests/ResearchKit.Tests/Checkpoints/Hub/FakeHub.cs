using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Checkpoints.Hub;

namespace ResearchKit.Tests.Checkpoints.Hub;

/// <summary>
/// A hub with one model, <c>org/tiny</c>, on the loopback, and the storage behind it on another port: small files come from the hub itself
/// under git's SHA-1, safetensors from the storage under their SHA-256, as on huggingface.co.
/// </summary>
internal sealed class FakeHub : IDisposable
{
    public const string Name = "org/tiny";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpServer _hub, _storage;

    public FakeHub()
    {
        _storage = new(a => Storage?.Invoke(a) ?? Content(a, Files[Path.GetFileName(a.Path)], "\"md5-of-storage\""));
        _hub = new(a => Fault?.Invoke(a) ?? Answer(a));
    }

    /// <summary>The repository's files.</summary>
    public Dictionary<string, byte[]> Files { get; } = new()
    {
        ["config.json"] = "{}"u8.ToArray(),
        ["model.safetensors"] = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * i >> 3))],
        ["tokenizer.json"] = Encoding.UTF8.GetBytes(new string('t', 5000)),
        ["pytorch_model.bin"] = [1],
        ["modeling.py"] = [2],
        ["onnx/model.onnx"] = [3],
        ["README.md"] = [4],
    };

    public string Commit { get; set; } = new('c', 40);

    /// <summary>Answers in place of the hub; null lets it answer itself.</summary>
    public Func<HttpAsked, HttpAnswer?>? Fault { get; set; }

    /// <summary>Answers in place of the storage.</summary>
    public Func<HttpAsked, HttpAnswer?>? Storage { get; set; }

    public HttpServer Hub => _hub;

    public HttpServer Store => _storage;

    public string Cache => _folder["hub"];

    public string Repository => Path.Combine(Cache, "models--org--tiny");

    public Watcher Seen { get; } = new();

    public HubSettings Settings => new()
    {
        Endpoint = _hub.Address,
        CacheFolder = Cache,
        FirstWait = TimeSpan.FromMilliseconds(1),
        Silence = TimeSpan.FromSeconds(5),
    };

    public HubModel Get(HubSettings? settings = null, string name = Name) => new ModelHub(settings ?? Settings, Seen).Get(HubName.Parse(name)).GetAwaiter().GetResult();

    public KitException Refused(HubSettings? settings = null, string name = Name) => Assert.Throws<KitException>(() => Get(settings, name));

    public string ETag(string file) => IsLarge(file) ? Convert.ToHexStringLower(SHA256.HashData(Files[file]))
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {Files[file].Length}\0"), .. Files[file]]));

    /// <summary>A file's bytes from where the client asked on.</summary>
    public static HttpAnswer Content(HttpAsked asked, byte[] content, string etag)
    {
        bool same = asked.Header("If-Range") is not { } expected || expected == etag;
        if (asked.From is not { } from || !same) return new HttpAnswer(200, content).With("ETag", etag);
        if (from >= content.Length) return HttpAnswer.Of(416).With("ETag", etag);
        return new HttpAnswer(206, content[(int)from..]).With("ETag", etag).With("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
    }

    public HttpAnswer Answer(HttpAsked asked)
    {
        if (asked.Path.StartsWith("/api/models/", StringComparison.Ordinal))
        {
            if (!asked.Path.StartsWith($"/api/models/{Name}/revision/", StringComparison.Ordinal)) return HttpAnswer.Of(404).With("X-Error-Code", "RepoNotFound");
            if (!asked.Path.EndsWith("/main", StringComparison.Ordinal) && !asked.Path.EndsWith(Commit, StringComparison.Ordinal))
                return HttpAnswer.Of(404).With("X-Error-Code", "RevisionNotFound");
            return HttpAnswer.Of(200, new JsonObject
            {
                ["sha"] = Commit,
                ["siblings"] = new JsonArray([.. Files.Keys.Select(f => new JsonObject { ["rfilename"] = f })]),
            }.ToJsonString());
        }
        var file = Uri.UnescapeDataString(asked.Path[$"/{Name}/resolve/{Commit}/".Length..]);
        if (!Files.TryGetValue(file, out var content)) return HttpAnswer.Of(404).With("X-Error-Code", "EntryNotFound");
        if (!IsLarge(file)) return Content(asked, content, $"\"{ETag(file)}\"");
        return HttpAnswer.Of(302).With("Location", $"{_storage.Address}/bucket/{file}").With("X-Linked-Etag", $"\"{ETag(file)}\"").With("X-Linked-Size", $"{content.Length}");
    }

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
        _folder.Dispose();
    }

    private static bool IsLarge(string file) => file.EndsWith(".safetensors", StringComparison.Ordinal);

    /// <summary>Remembers what a watcher hears.</summary>
    internal sealed class Watcher : IHubObserver
    {
        private readonly Lock _lock = new();

        public List<string> Said { get; } = [];

        public List<string> Fetched { get; } = [];

        public List<string> Kept { get; } = [];

        public Dictionary<string, long> Bytes { get; } = [];

        public void Plan(IReadOnlyList<HubFile> files) { }

        public void Progress(HubFile file, long bytes)
        {
            lock (_lock) Bytes[file.Name] = bytes;
        }

        public void Done(HubFile file, bool fetched)
        {
            lock (_lock) (fetched ? Fetched : Kept).Add(file.Name);
        }

        public void Say(string remark)
        {
            lock (_lock) Said.Add(remark);
        }
    }
}
