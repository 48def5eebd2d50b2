using ResearchKit.Checkpoints.Hub;

namespace ResearchKit.Tests.Checkpoints.Hub;

public sealed class ModelHubTests : IDisposable
{
    private const string Weights = "model.safetensors";

    private readonly FakeHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void AModelComesIntoHuggingFacesCache()
    {
        var model = _hub.Get();
        Assert.Equal((_hub.Commit, true), (model.Commit, model.Asked));
        Assert.Equal(["config.json", Weights, "tokenizer.json"], model.Files);
        Assert.Equal(Path.Combine(_hub.Repository, "snapshots", _hub.Commit), model.Folder);
        Assert.Equal(_hub.Commit, File.ReadAllText(Path.Combine(_hub.Repository, "refs", "main")));
        foreach (var file in model.Files)
        {
            var link = new FileInfo(Path.Combine(model.Folder, file));
            Assert.Equal(Path.Combine("..", "..", "blobs", _hub.ETag(file)), link.LinkTarget);
            Assert.Equal(_hub.Files[file], File.ReadAllBytes(link.FullName));
        }
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_hub.Repository, "blobs")).Length);   // and nothing half-fetched
        Assert.Equal(300_000, _hub.Seen.Bytes[Weights]);
        Assert.Empty(_hub.Seen.Said);
    }

    [Fact]
    public void WhatTheCacheHasIsNotFetchedAgain()
    {
        _hub.Get();
        int before = _hub.Store.Asked.Length;
        _hub.Seen.Fetched.Clear();
        _hub.Get();
        Assert.Empty(_hub.Seen.Fetched);
        Assert.Equal(before, _hub.Store.Asked.Length);

        // A new commit with one file changed: the others keep their blobs.
        _hub.Commit = new string('d', 40);
        _hub.Files["config.json"] = "{ }"u8.ToArray();
        var model = _hub.Get();
        Assert.Equal(["config.json"], _hub.Seen.Fetched);
        Assert.Equal(new string('d', 40), File.ReadAllText(Path.Combine(_hub.Repository, "refs", "main")));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_hub.Repository, "snapshots")).Length);
        Assert.Equal("{ }", File.ReadAllText(Path.Combine(model.Folder, "config.json")));
    }

    [Fact]
    public void WhatHuggingFacesLibraryCachedIsTaken()
    {
        var snapshot = Path.Combine(_hub.Repository, "snapshots", _hub.Commit);
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(_hub.Repository, "blobs"));
        foreach (var file in new[] { "config.json", Weights, "tokenizer.json" })
        {
            File.WriteAllBytes(Path.Combine(_hub.Repository, "blobs", _hub.ETag(file)), _hub.Files[file]);
            File.CreateSymbolicLink(Path.Combine(snapshot, file), Path.Combine("..", "..", "blobs", _hub.ETag(file)));
        }
        Directory.CreateDirectory(Path.Combine(_hub.Repository, "refs"));
        File.WriteAllText(Path.Combine(_hub.Repository, "refs", "main"), _hub.Commit);
        Assert.Equal(snapshot, _hub.Get().Folder);
        Assert.Empty(_hub.Seen.Fetched);
        Assert.Equal(snapshot, ModelLocation.Resolve(FakeHub.Name, _hub.Settings));
    }

    [Fact]
    public void TheTokenGoesToTheHubAndToNobodyElse()
    {
        _hub.Get(_hub.Settings with { Token = "hf_secret" });
        Assert.All(_hub.Hub.Asked, a => Assert.Equal("Bearer hf_secret", a.Header("Authorization")));
        Assert.NotEmpty(_hub.Store.Asked);
        Assert.All(_hub.Store.Asked, a => Assert.DoesNotContain(a.Headers, h => h.Value.Contains("secret", StringComparison.Ordinal)));
    }

    [Fact]
    public void ARenamedRepositoryIsFollowedWithTheToken()
    {
        _hub.Fault = a => a.Path.StartsWith("/old/", StringComparison.Ordinal) || a.Path.StartsWith("/api/models/old/", StringComparison.Ordinal)
            ? HttpAnswer.Of(307).With("Location", a.Path.Replace("old/name", FakeHub.Name)) : null;
        var model = _hub.Get(_hub.Settings with { Token = "hf_secret" }, "old/name");
        Assert.Equal(Path.Combine(_hub.Cache, "models--old--name", "snapshots", _hub.Commit), model.Folder);
        Assert.All(_hub.Hub.Asked, a => Assert.Equal("Bearer hf_secret", a.Header("Authorization")));
    }

    [Fact]
    public void ADroppedConnectionIsGoneOnWith()
    {
        int drops = 0;
        _hub.Storage = a => drops++ < 7 ? FakeHub.Content(a, _hub.Files[Weights], "\"v1\"") with { Cut = 40_000 } : null;
        var model = _hub.Get();
        Assert.Equal(_hub.Files[Weights], File.ReadAllBytes(Path.Combine(model.Folder, Weights)));
        // More drops than attempts are allowed in a row: each brought something.
        Assert.Equal([null, 40_000, 80_000, 120_000, 160_000, 200_000, 240_000, 280_000], _hub.Store.Asked.Select(a => a.From).ToArray());
        Assert.Contains(_hub.Seen.Said, s => s.StartsWith("model.safetensors: ", StringComparison.Ordinal) && s.EndsWith("; trying again in 0 s", StringComparison.Ordinal));
    }

    [Fact]
    public void AnotherProcessGoesOnWhereOneEnded()
    {
        _hub.Storage = a => a.From is null ? FakeHub.Content(a, _hub.Files[Weights], "\"v1\"") with { Cut = 100_000 } : HttpAnswer.Of(503);
        var error = _hub.Refused();
        Assert.Equal("model.safetensors could not be fetched in 5 attempts: the hub answers 503 (ServiceUnavailable). What has arrived is kept; the same command goes on from there.", error.Message);
        Assert.Equal(100_000, new FileInfo(Path.Combine(_hub.Repository, "blobs", _hub.ETag(Weights) + ".incomplete")).Length);

        _hub.Storage = null;
        int before = _hub.Store.Asked.Length;
        var model = _hub.Get();
        Assert.Equal(100_000, _hub.Store.Asked[before].From);
        Assert.Equal(_hub.Files[Weights], File.ReadAllBytes(Path.Combine(model.Folder, Weights)));
    }

    [Fact]
    public void AServerThatKnowsNoRangesGivesTheWholeFileAgain()
    {
        int drops = 0;
        _hub.Storage = a => new HttpAnswer(200, _hub.Files[Weights], Cut: drops++ < 1 ? 50_000 : null);
        Assert.Equal(_hub.Files[Weights], File.ReadAllBytes(Path.Combine(_hub.Get().Folder, Weights)));
    }

    [Fact]
    public void AContentThatChangedBetweenAttemptsIsNotMixed()
    {
        // The storage says so: If-Range is answered with the whole new file.
        byte[] old = [.. _hub.Files[Weights].Select(b => (byte)~b)];
        int drops = 0;
        _hub.Storage = a => drops++ == 0 ? FakeHub.Content(a, old, "\"v0\"") with { Cut = 50_000 } : null;
        Assert.Equal(_hub.Files[Weights], File.ReadAllBytes(Path.Combine(_hub.Get().Folder, Weights)));
    }

    [Fact]
    public void AnOldBeginningOfAnotherContentIsThrownAway()
    {
        // Nobody says so: the checksum finds it.
        Directory.CreateDirectory(Path.Combine(_hub.Repository, "blobs"));
        File.WriteAllBytes(Path.Combine(_hub.Repository, "blobs", _hub.ETag(Weights) + ".incomplete"), new byte[1000]);
        Assert.Equal(_hub.Files[Weights], File.ReadAllBytes(Path.Combine(_hub.Get().Folder, Weights)));
        Assert.Equal([1000, null], _hub.Store.Asked.Select(a => a.From).ToArray());
        Assert.Equal(["model.safetensors: what had arrived before belongs to another content; starting anew"], _hub.Seen.Said);
    }

    [Fact]
    public void AFileThatChangedOnTheHubIsNamed()
    {
        var before = _hub.ETag(Weights);
        _hub.Fault = a =>
        {
            if (a.Method == "GET" && a.Path.EndsWith(Weights, StringComparison.Ordinal)) _hub.Files[Weights] = new byte[300_000];
            return null;
        };
        var error = _hub.Refused();
        Assert.Equal($"model.safetensors changed on the hub while it was fetched (from {before} to {_hub.ETag(Weights)}). Start the same command again.", error.Message);
        _hub.Fault = null;
        Assert.Equal(new byte[300_000], File.ReadAllBytes(Path.Combine(_hub.Get().Folder, Weights)));
    }

    [Fact]
    public void AWrongChecksumIsRefused()
    {
        byte[] wrong = [.. _hub.Files[Weights]];
        wrong[200_000] ^= 1;
        _hub.Storage = a => FakeHub.Content(a, wrong, "\"v1\"");
        var error = _hub.Refused();
        Assert.Equal($"model.safetensors arrived with the checksum {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(wrong))}, the hub says {_hub.ETag(Weights)}. "
            + "It was thrown away; try again, and look for a proxy that changes files if it stays so.", error.Message);
        Assert.False(Directory.Exists(Path.Combine(_hub.Repository, "refs")));
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(_hub.Repository, "blobs")), f => f.Contains(_hub.ETag(Weights), StringComparison.Ordinal));
    }

    [Fact]
    public void ASmallFileIsHeldAgainstGitsName()
    {
        var etag = _hub.ETag("config.json");
        _hub.Fault = a => a.Method == "GET" && a.Path.EndsWith("config.json", StringComparison.Ordinal) ? new HttpAnswer(200, "[]"u8.ToArray()).With("ETag", $"\"{etag}\"") : null;
        Assert.StartsWith("config.json arrived with the checksum 0637a088a01e8ddab3bf3fa98dbe804cbde1a0dc, the hub says " + etag, _hub.Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AConnectionThatSaysNothingIsGivenUp()
    {
        _hub.Storage = a => FakeHub.Content(a, _hub.Files[Weights], "\"v1\"") with { Cut = 0, Stall = true };
        var error = _hub.Refused(_hub.Settings with { Silence = TimeSpan.FromMilliseconds(200), Attempts = 2 });
        Assert.Equal("model.safetensors could not be fetched in 2 attempts: the connection brought nothing for 0.2 s. What has arrived is kept; the same command goes on from there.", error.Message);
    }

    [Fact]
    public void TooManyRequestsAreWaitedForAsLongAsTheHubAsks()
    {
        int asked = 0;
        _hub.Fault = a => a.Path.StartsWith("/api/", StringComparison.Ordinal) && asked++ < 2 ? HttpAnswer.Of(429).With("Retry-After", asked == 1 ? "0" : "1") : null;
        _hub.Get();
        Assert.Equal(["org/tiny: the hub answers 429 (TooManyRequests); trying again in 0 s", "org/tiny: the hub answers 429 (TooManyRequests); trying again in 1 s"], _hub.Seen.Said);

        _hub.Fault = a => HttpAnswer.Of(429).With("Retry-After", "3600");
        using var other = new TemporaryFolder();
        Assert.Equal("org/tiny could not be fetched: the hub answers 429 (TooManyRequests), and asks to wait 3600 seconds. Start the same command again after that; a token (HF_TOKEN) raises the limit.",
            _hub.Refused(_hub.Settings with { CacheFolder = other["hub"] }).Message);
    }

    [Theory]
    [InlineData(401, null, null, "The hub shows org/tiny to nobody without a token: it does not exist, is private, or is gated. Check the name; where it is right, set HF_TOKEN to a token from HUB/settings/tokens.")]
    [InlineData(401, null, "t", "The hub refuses your token for org/tiny. Make a new one at HUB/settings/tokens and set HF_TOKEN to it; or is the name mistyped?")]
    [InlineData(403, "GatedRepo", "t", "org/tiny is gated. Accept its terms at HUB/org/tiny with your account, and set HF_TOKEN to a token of that account.")]
    [InlineData(403, null, "t", "Your token may not read org/tiny. Give it read access to this model at HUB/settings/tokens.")]
    [InlineData(404, "RepoNotFound", null, "There is no model org/tiny at HUB. Look for its name there; models of an organisation are OWNER/NAME.")]
    [InlineData(404, "RevisionNotFound", null, "org/tiny has no revision 'main'. Its branches and tags are listed at HUB/org/tiny/tree/main.")]
    [InlineData(418, null, null, "The hub answers 418 (418) for org/tiny: it gives no reason.")]
    [InlineData(200, null, null, "HUB/api/models/org/tiny/revision/main does not answer as a model hub does. Check HF_ENDPOINT, and whether a proxy or a login page stands between.")]
    public void ARefusalSaysWhatToDo(int status, string? code, string? token, string message)
    {
        _hub.Fault = _ => code is null ? HttpAnswer.Of(status) : HttpAnswer.Of(status).With("X-Error-Code", code);
        Assert.Equal(message.Replace("HUB", _hub.Hub.Address), _hub.Refused(_hub.Settings with { Token = token }).Message);
        Assert.Single(_hub.Hub.Asked);   // asking again would not help
    }

    [Fact]
    public void ACommitThatWouldLeaveTheCacheIsRefused()
    {
        _hub.Commit = "../../../../tmp/x";
        Assert.EndsWith("does not answer as a model hub does. Check HF_ENDPOINT, and whether a proxy or a login page stands between.", _hub.Refused().Message, StringComparison.Ordinal);
        _hub.Commit = new string('c', 40);
        _hub.Fault = a => a.Method == "HEAD" ? HttpAnswer.Of(200).With("ETag", "\"../../evil\"") : null;
        Assert.Contains("the ETag '../../evil', which is none of a hub's", _hub.Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARedirectToAnUnsafeAddressIsNotFollowed()
    {
        _hub.Fault = a => a.Method == "GET" && a.Path.EndsWith(Weights, StringComparison.Ordinal) ? HttpAnswer.Of(302).With("Location", "file:///etc/passwd") : null;
        Assert.Contains("leads to file:///etc/passwd, which is not a safe address", _hub.Refused().Message, StringComparison.Ordinal);
        _hub.Fault = a => HttpAnswer.Of(302).With("Location", a.Path);
        Assert.Contains("leads from one address to the next, 10 times", _hub.Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelOfPicklesIsRefusedWithTheRemedy()
    {
        _hub.Files.Remove(Weights);
        Assert.Equal("org/tiny has its weights only as pytorch_model.bin, a pickle, which is a program and is never run here. Convert it where you trust it: "
            + "hf download org/tiny --revision main --local-dir converted && cd converted && python3 -c \"import torch; from safetensors.torch import save_file; save_file({k: v.clone().contiguous() for k, v in "
            + "torch.load('pytorch_model.bin', map_location='cpu', weights_only=True).items()}, 'model.safetensors', {'format': 'pt'})\"", _hub.Refused().Message);
        Assert.DoesNotContain(_hub.Hub.Asked, a => a.Method == "HEAD");
        _hub.Files.Remove("config.json");
        Assert.StartsWith("org/tiny has no config.json", _hub.Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShardsAreFetchedByTheirIndex()
    {
        _hub.Files.Remove(Weights);
        _hub.Files["model.safetensors.index.json"] = """{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"""u8.ToArray();
        _hub.Files["model-1.safetensors"] = [1];
        Assert.Equal("org/tiny has an index of 2 files of weights, and lacks model-2.safetensors. The repository is damaged; take another revision or another copy of the model.", _hub.Refused().Message);
        _hub.Files["model-2.safetensors"] = [2];
        Assert.Equal(["config.json", "model-1.safetensors", "model-2.safetensors", "model.safetensors.index.json", "tokenizer.json"], _hub.Get().Files);
        _hub.Commit = new string('e', 40);
        _hub.Files["model.safetensors.index.json"] = """{"weight_map":{"a":"../../../../.bashrc.safetensors"}}"""u8.ToArray();
        Assert.Contains("which is not the name of a .safetensors file beside it", _hub.Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfflineTheCacheIsAllThereIs()
    {
        var offline = _hub.Settings with { Offline = true };
        Assert.Equal($"HF_HUB_OFFLINE is set, and org/tiny is not whole in the cache '{_hub.Cache}'. Unset it to fetch the model, or bring the cache from another machine.", _hub.Refused(offline).Message);
        var folder = _hub.Get().Folder;
        int asked = _hub.Hub.Asked.Length;
        var model = _hub.Get(offline);
        Assert.Equal((folder, false), (model.Folder, model.Asked));
        Assert.Equal(asked, _hub.Hub.Asked.Length);
        File.Delete(Path.Combine(folder, Weights));
        Assert.Contains("(it lacks model.safetensors)", _hub.Refused(offline).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHubThatIsDownLeavesTheCache()
    {
        var settings = _hub.Settings with { Attempts = 2 };
        var folder = _hub.Get().Folder;
        _hub.Hub.Dispose();
        Assert.Equal(folder, _hub.Get(settings).Folder);
        Assert.Contains(_hub.Seen.Said, s => s.StartsWith("the hub could not be asked (no connection (", StringComparison.Ordinal) && s.EndsWith("); taking org/tiny as it is in the cache", StringComparison.Ordinal));
        Assert.StartsWith("org/other could not be fetched in 2 attempts: no connection (", _hub.Refused(settings, "org/other").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoAtOnceFetchEachFileOnce()
    {
        _hub.Storage = a =>
        {
            SpinWait.SpinUntil(() => _hub.Seen.Said.Count > 0, TimeSpan.FromSeconds(30));   // until the other has met the lock
            return null;
        };
        var models = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => _hub.Get())));
        Assert.Equal(models[0].Folder, models[1].Folder);
        Assert.Single(_hub.Store.Asked);
        Assert.Equal(["config.json", Weights, "tokenizer.json"], _hub.Seen.Fetched.Order(StringComparer.Ordinal));
        Assert.Contains("model.safetensors: waiting for another process that is fetching it", _hub.Seen.Said);
    }

    [SkippableFact]
    public void AFullDiskIsSaidBeforeAndWhile()
    {
        Assert.Equal($"org/tiny needs 0 MB more, and the disk of '{_hub.Cache}' has 0 MB free. Free some space, or set HF_HUB_CACHE to a folder on another disk.",
            _hub.Refused(_hub.Settings with { FreeBytes = _ => 1000 }).Message);
        Assert.Empty(_hub.Store.Asked);
        Skip.IfNot(File.Exists("/dev/full"), "this system has no /dev/full");
        var blobs = Directory.CreateDirectory(Path.Combine(_hub.Repository, "blobs")).FullName;
        File.CreateSymbolicLink(Path.Combine(blobs, _hub.ETag(Weights) + ".incomplete"), "/dev/full");
        Assert.Equal($"model.safetensors could not be written to '{blobs}': No space left on device : '{Path.Combine(blobs, _hub.ETag(Weights) + ".incomplete")}'. "
            + "Free some space there, or set HF_HUB_CACHE to another folder; what has arrived is kept.", _hub.Refused().Message);
    }
}
