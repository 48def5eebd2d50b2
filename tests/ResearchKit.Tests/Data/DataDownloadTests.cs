using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Checkpoints.Hub;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Tests.Checkpoints.Hub;
using Xunit;

namespace ResearchKit.Tests.Data;

/// <summary>Data sets fetched from a server on the loopback that stands for their publishers'.</summary>
public sealed class DataDownloadTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kit-data-").FullName;
    private readonly Dictionary<string, byte[]> _served = [];
    private readonly FakeHub.Watcher _seen = new();
    private readonly HttpServer _server;
    private Func<HttpAsked, HttpAnswer?> _instead = _ => null;

    public DataDownloadTests()
    {
        _server = new(asked => _instead(asked) ?? (_served.TryGetValue(asked.Path, out var content) ? FakeHub.Content(asked, content, "\"v1\"") : HttpAnswer.Of(404)));
        _served["/SET.zip"] = Zip(("SET/train.tsv", "sentence\tlabel\n" + string.Concat(Enumerable.Range(0, 4000).Select(i => $"{i * 7919 % 10007}\t{i % 2}\n"))), ("SET/dev.tsv", "sentence\tlabel\na\t1\n"),
            ("SET/../../outside.tsv", "no"), ("README", "no"));
        _served["/alone.txt"] = Encoding.UTF8.GetBytes("alone");
    }

    private HubSettings Settings => new() { CacheFolder = _root, Token = "hf_secret", FirstWait = TimeSpan.Zero, Attempts = 3 };

    private string Folder => Path.Combine(_root, "data", "SET");

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, text) in entries)
                using (var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open()) stream.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    private DataCard Card(params string[] served) => DataCard.Read(new JsonObject
    {
        ["archives"] = new JsonObject
        {
            ["SET"] = new JsonObject
            {
                ["files"] = new JsonArray([.. served.SelectMany(p => p == "/SET.zip" ? (string[])["train.tsv", "dev.tsv"] : [p[1..]]).Select(f => JsonValue.Create(f))]),
                ["downloads"] = new JsonArray([.. served.Select(path => new JsonObject
                {
                    ["name"] = path[1..],
                    ["url"] = _server.Address + path,
                    ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(_served[path])),
                    ["bytes"] = _served[path].Length,
                })]),
            },
        },
    }.ToJsonString(), "SET");

    private string Get(DataCard card, HubSettings? settings = null) => new DataDownload(settings ?? Settings, _seen).Get(card, Folder, default).GetAwaiter().GetResult();

    private string[] There => [.. Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)).Where(f => f != ".lock").Order(StringComparer.Ordinal)];

    [Fact]
    public void AnArchiveIsFetchedHeldAgainstItsChecksumAndUnpackedAsItsCardSays()
    {
        Assert.Equal(Folder, Get(Card("/SET.zip")));
        Assert.Equal(["dev.tsv", "train.tsv"], There);
        Assert.Equal("sentence\tlabel\na\t1\n", File.ReadAllText(Path.Combine(Folder, "dev.tsv")));
        Assert.Equal(4001, File.ReadLines(Path.Combine(Folder, "train.tsv")).Count());
        Assert.Equal(["SET.zip"], _seen.Fetched);
        Assert.All(_server.Asked, a => Assert.Null(a.Header("Authorization")));

        // The second time nobody is asked.
        int asked = _server.Asked.Length;
        Get(Card("/SET.zip"));
        Assert.Equal(asked, _server.Asked.Length);
    }

    [Fact]
    public void FilesThatComeByThemselvesAreFetchedWhereTheyAreLacking()
    {
        _served["/other.tsv"] = Encoding.UTF8.GetBytes("1\t2");
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "other.tsv"), "mine");
        Get(Card("/alone.txt", "/other.tsv"));
        Assert.Equal(["alone.txt", "other.tsv"], There);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(Folder, "other.tsv")));
        Assert.Equal(["/alone.txt"], _server.Asked.Select(a => a.Path));
    }

    [Fact]
    public void WhatLiesThereByHandStaysWhenTheRestIsUnpacked()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "dev.tsv"), "mine");
        Get(Card("/SET.zip"));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(Folder, "dev.tsv")));
        Assert.Equal(["dev.tsv", "train.tsv"], There);
    }

    [Fact]
    public void AnInterruptedDownloadGoesOnWhereItEnded()
    {
        int half = _served["/SET.zip"].Length / 2;
        _instead = asked => asked.From is null ? new HttpAnswer(200, _served["/SET.zip"], Cut: half).With("ETag", "\"v1\"") : null;
        Get(Card("/SET.zip"));
        Assert.Equal([null, half], _server.Asked.Select(a => a.From));
        Assert.Equal(["dev.tsv", "train.tsv"], There);

        // And one that another process left behind.
        foreach (var file in There) File.Delete(Path.Combine(Folder, file));
        _instead = _ => null;
        File.WriteAllBytes(Path.Combine(Folder, ".SET.zip.incomplete"), _served["/SET.zip"][..half]);
        Get(Card("/SET.zip"));
        Assert.Equal(half, _server.Asked[^1].From);
        Assert.Equal(["dev.tsv", "train.tsv"], There);
    }

    [Fact]
    public void WhatIsNotWhatWasPublishedIsThrownAway()
    {
        var card = Card("/SET.zip");
        _served["/SET.zip"] = [.. _served["/SET.zip"][..^1], 7];
        var error = Assert.Throws<KitException>(() => Get(card));
        Assert.Contains("SET.zip arrived with the checksum", error.Message);
        Assert.Contains($"its card says {card.Sources[0].File.ETag}", error.Message);
        Assert.Empty(There);
    }

    [Fact]
    public void WhatCannotBeHadIsSaid()
    {
        var card = Card("/SET.zip");
        _served.Remove("/SET.zip");
        Assert.Contains($"127.0.0.1 answers 404 (NotFound) for {_server.Address}/SET.zip", Assert.Throws<KitException>(() => Get(card)).Message);
        _instead = _ => HttpAnswer.Of(503);
        Assert.Contains("SET.zip could not be fetched in 3 attempts: 127.0.0.1 answers 503", Assert.Throws<KitException>(() => Get(card)).Message);
        var offline = Assert.Throws<KitException>(() => Get(card, Settings with { Offline = true })).Message;
        Assert.Contains("HF_HUB_OFFLINE is set", offline);
        Assert.Contains("lacks train.tsv, dev.tsv", offline);
        var unknown = Assert.Throws<KitException>(() => new DataDownload(Settings, _seen).Get("wordnet-topic").GetAwaiter().GetResult()).Message;
        Assert.Contains("'wordnet-topic' is nothing that the kit can fetch; it can fetch sst2, cola", unknown);
    }

    [Fact]
    public void TheKitKnowsWhereEveryTaskOfGlueComesFrom()
    {
        foreach (var format in ResearchKit.Data.Glue.GlueFormat.All.Values)
        {
            var card = DataCard.Glue(format.Folder);
            Assert.All(card.Sources, s => Assert.True(s.Address.Scheme == "https" && s.File.IsVerifiable && s.File.Size > 0));
            // What is fetched is what the task reads.
            foreach (var split in Enum.GetValues<Split>())
                Assert.Contains(format.Sources(split), source => source.Needed.All(card.Files.Contains));
            Assert.All((bool[])[false, true], reported => Assert.Contains(format.LocalSources(reported), source => source.Needed.All(card.Files.Contains)));
        }
    }
}
