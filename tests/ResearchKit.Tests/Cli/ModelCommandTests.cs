using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Runs;
using ResearchKit.Tests.Checkpoints;
using ResearchKit.Tests.Checkpoints.Hub;
using ResearchKit.Text;

namespace ResearchKit.Tests.Cli;

/// <summary>From the hub to a run and out again, by name. Where the hub is stands in the process's environment meanwhile.</summary>
public sealed class ModelCommandTests : IDisposable
{
    private readonly FakeHub _hub = new();
    private readonly TemporaryFolder _folder = new();
    private readonly TinyTask _task = new();

    public ModelCommandTests()
    {
        Environment.SetEnvironmentVariable("HF_ENDPOINT", _hub.Hub.Address);
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", _hub.Cache);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("HF_ENDPOINT", null);
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", null);
        _task.Dispose();
        _folder.Dispose();
        _hub.Dispose();
    }

    [Fact]
    public void AFetchedModelIsKnownByItsName()
    {
        Publish(new BertConfig { Width = 16, Layers = 1, Heads = 2, Inner = 32, MaxLength = 24, Head = EncoderHead.MaskedTokens });
        var absent = Spoken.By("model", "inspect", FakeHub.Name);
        Assert.Equal((2, $"kit: There is no folder 'org/tiny', and no model of that name in the cache. Fetch it first: ./kit model get org/tiny{Environment.NewLine}"), (absent.Code, absent.Error));

        var got = Spoken.By("model", "get", FakeHub.Name);
        Assert.Equal((0, Path.Combine(_hub.Repository, "snapshots", _hub.Commit) + Environment.NewLine), (got.Code, got.Output));
        Assert.Contains("kit: 3 files, ", got.Error, StringComparison.Ordinal);
        Assert.Contains("kit: model.safetensors (", got.Error, StringComparison.Ordinal);

        var looked = Spoken.By("model", "inspect", FakeHub.Name);
        Assert.Equal(0, looked.Code);
        Assert.Contains("BertForMaskedLM: layers 1, width 16", looked.Output, StringComparison.Ordinal);
        Assert.Contains("student.load = partial", looked.Output, StringComparison.Ordinal);
        Assert.Contains("bert.embeddings.word_embeddings.weight", looked.Output, StringComparison.Ordinal);
        Assert.Equal("BertForMaskedLM", JsonNode.Parse(Spoken.By("model", "inspect", FakeHub.Name, "--json").Output)!["architecture"]!.GetValue<string>());

        // A headless checkpoint becomes a classifier with a new head, trains, and goes out again.
        var recipe = _task.Recipe("start", "classes", new JsonObject { ["name"] = "fine-tune" }, steps: 2);
        var trained = Spoken.By("train", recipe, "--set", $"student.from={FakeHub.Name}", "--set", "student.load=partial", "--out", _folder["run"]);
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("org/tiny, in part: 21 parameters were read; new: bert.pooler.dense.bias, bert.pooler.dense.weight, classifier.bias, classifier.weight; not used: cls.predictions.bias", trained.Output, StringComparison.Ordinal);

        var exported = Spoken.By("model", "export", _folder["run"], "--out", _folder["out"], "--dtype", "bfloat16");
        Assert.True(exported.Code == 0, exported.Error);
        Assert.StartsWith("BertForSequenceClassification, ", exported.Output, StringComparison.Ordinal);
        var card = File.ReadAllText(_folder["out/README.md"]);
        Assert.Contains("starting from `org/tiny`", card, StringComparison.Ordinal);
        Assert.Contains("| accuracy |", card, StringComparison.Ordinal);
        Assert.Equal("animal", JsonNode.Parse(File.ReadAllText(_folder["out/config.json"]))!["id2label"]!["0"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("'a b' is no name of a model on a hub", "model", "get", "a b")]
    [InlineData("'org/tiny@main' names a revision already, and --revision v1 names one too", "model", "get", "org/tiny@main", "--revision", "v1")]
    [InlineData("org/tiny has no revision 'v1'", "model", "get", "org/tiny", "--revision", "v1")]
    [InlineData("There is no model gone at ", "model", "get", "gone")]
    [InlineData("--dtype is 'half', expected one of keep, float32", "model", "export", "x", "--out", "y", "--dtype", "half")]
    public void ARequestThatMakesNoSenseIsRefused(string says, params string[] arguments)
    {
        var spoken = Spoken.By(arguments);
        Assert.Equal(2, spoken.Code);
        Assert.StartsWith("kit: " + says, spoken.Error, StringComparison.Ordinal);
        Assert.Empty(spoken.Output);
    }

    private void Publish(BertConfig config)
    {
        var tokenizer = WordPieceTrainer.Train(File.ReadLines(_task.At("classes/train.tsv")), 300);
        using var model = ModelFactory.Create(config with { VocabularySize = tokenizer.VocabularySize }, seed: 1);
        SavedModel.Save(_folder["published"], model, tokenizer);
        foreach (var file in new[] { ModelFolder.ConfigFile, ModelFolder.WeightsFile, "tokenizer.json" }) _hub.Files[file] = File.ReadAllBytes(Path.Combine(_folder["published"], file));
    }
}
