using ResearchKit.Checkpoints.Hub;

namespace ResearchKit.Tests.Checkpoints.Hub;

public sealed class HubSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "/home/u/.cache/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/x", "/x/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/x HF_HOME=/h", "/h/hub")]
    [InlineData("HF_HOME=~/h", "/home/u/h/hub")]
    [InlineData("HF_HOME=/h HUGGINGFACE_HUB_CACHE=/old", "/old")]
    [InlineData("HF_HOME=/h HUGGINGFACE_HUB_CACHE=/old HF_HUB_CACHE=/c", "/c")]
    public void TheCacheIsWhereHuggingFacesIs(string variables, string folder) => Assert.Equal(folder, From(variables).CacheFolder);

    [Fact]
    public void TokenEndpointAndOfflineComeFromTheEnvironment()
    {
        Assert.Equal(("https://huggingface.co", null, false), Of(From("")));
        Assert.Equal(("http://mirror:80/hf", "t", true), Of(From("HF_ENDPOINT=http://mirror:80/hf/ HF_TOKEN=t HF_HUB_OFFLINE=1")));
        Assert.True(From("TRANSFORMERS_OFFLINE=yes").Offline);
        Assert.False(From("HF_HUB_OFFLINE=0").Offline);
        File.WriteAllText(_folder["token"], "saved\n");
        Assert.Equal("saved", From($"HF_HOME={_folder[""]}").Token);
        Assert.Equal("t", From($"HF_HOME={_folder[""]} HF_TOKEN=t").Token);
        Assert.Equal("HF_ENDPOINT is 'mirror', which is no address of a hub. Give one like https://huggingface.co, or unset it.", Assert.Throws<KitException>(() => From("HF_ENDPOINT=mirror")).Message);

        static (string, string?, bool) Of(HubSettings s) => (s.Endpoint, s.Token, s.Offline);
    }

    [Theory]
    [InlineData("gpt2", "gpt2", "main", "models--gpt2")]
    [InlineData("facebook/opt-125m", "facebook/opt-125m", "main", "models--facebook--opt-125m")]
    [InlineData("a/b@refs/pr/1", "a/b", "refs/pr/1", "models--a--b")]
    public void ANameIsRead(string text, string repository, string revision, string folder)
    {
        var name = HubName.Parse(text);
        Assert.Equal((repository, revision, folder), (name.Repository, name.Revision, name.FolderName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("a/..")]
    [InlineData("a--b")]
    [InlineData("/a")]
    [InlineData("a b")]
    [InlineData("a/b.git")]
    [InlineData("a@../../x")]
    [InlineData("a@")]
    [InlineData("a@/x")]
    [InlineData("a\n")]
    public void AnImpossibleNameIsRefused(string text)
    {
        Assert.Null(HubName.TryParse(text));
        Assert.Contains("is no name of a model on a hub", Assert.Throws<KitException>(() => HubName.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameThatIsNotThereSaysHowToFetchIt()
    {
        var settings = From($"HF_HUB_CACHE={_folder["c"]}");
        Assert.Equal("There is no folder 'gpt2', and no model of that name in the cache. Fetch it first: ./kit model get gpt2", Message("gpt2"));
        Assert.Equal("There is no model folder 'runs/a/b'. Give a run folder, a folder with config.json and model.safetensors, or the name of a fetched model.", Message("runs/a/b"));
        var commit = new string('a', 40);
        Directory.CreateDirectory(Path.Combine(_folder["c"], "models--gpt2", "snapshots", commit));
        Directory.CreateDirectory(Path.Combine(_folder["c"], "models--gpt2", "refs"));
        File.WriteAllText(Path.Combine(_folder["c"], "models--gpt2", "refs", "main"), commit);
        Assert.Equal("gpt2 is in the cache, but not whole: it lacks config.json, model.safetensors. Fetch the rest: ./kit model get gpt2", Message("gpt2"));
        Assert.Equal($"There is no folder 'gpt2@{new string('b', 40)}', and no model of that name in the cache. Fetch it first: ./kit model get gpt2@{new string('b', 40)}", Message("gpt2@" + new string('b', 40)));

        string Message(string name) => Assert.Throws<KitException>(() => ModelLocation.Resolve(name, settings)).Message;
    }

    private static HubSettings From(string variables)
    {
        var given = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        given["HOME"] = "/home/u";
        return HubSettings.FromEnvironment(given.GetValueOrDefault);
    }
}
