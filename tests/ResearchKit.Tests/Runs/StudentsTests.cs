using System.Text.Json.Nodes;
using ResearchKit.Cli;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Models;
using ResearchKit.Text;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Runs;

public sealed class StudentsTests
{
    private static readonly string[] s_texts = ["the cat of the house", "an axe of the house"];
    private static readonly Tokenizer s_pieces = WordPieceTrainer.Train(s_texts, 300), s_bytes = ByteLevelBpeTrainer.Train(s_texts, 300);
    private static readonly ITask s_classes = Task(TaskKind.Classification, ["a", "b", "c"]), s_answers = Task(TaskKind.Instruction, []);

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("distilbert")]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    public void EveryArchitectureCanStartFresh(string name)
    {
        bool writes = !name.Contains("bert", StringComparison.Ordinal);
        using var student = Make(writes ? s_answers : s_classes, null, $"architecture={name}", "layers=3", "width=24", "heads=4", "dropout=0", "feedForward=20");
        var config = student.Config;
        Assert.Equal((name, 3, 24, 4, 20, 16, writes ? 0 : 3), (config.ModelType, config.Layers, config.Width, config.Heads, config.FeedForward, config.MaxLength, config.Classes));
        using var scope = NewDisposeScope();
        using var batch = Tiny.Rows([[1, 2, 3]]);
        student.train();
        Assert.Equal(0, Tiny.Distance(student.Forward(batch).Logits, student.Forward(batch).Logits)); // dropout=0 is everywhere
    }

    [Fact]
    public void WithoutAShapeItIsSmall()
    {
        using var encoder = Make(s_classes, null);
        using var decoder = Make(s_answers, null);
        Assert.Equal(("bert", 2, 128, 2, 0.1), (encoder.Config.ModelType, encoder.Config.Layers, encoder.Config.Width, encoder.Config.Heads, ((BertConfig)encoder.Config).HiddenDropout));
        Assert.Equal("gpt2", decoder.Config.ModelType);
    }

    [Fact]
    public void AStartIsTakenWholeUnlessTheRecipeSaysLess()
    {
        using var scope = NewDisposeScope();
        using var start = Start("llama");
        using var whole = Make(s_answers, start);
        Assert.NotSame(start.Model, whole);
        Assert.Equal(start.Model.Config.ToJson().ToJsonString(), whole.Config.ToJson().ToJsonString());
        foreach (var (name, value) in whole.named_parameters()) Assert.Equal(0, Tiny.Distance(value, start.Model.get_parameter(name)!));
    }

    [Theory]
    [InlineData("layers=2", "0 1", 8, 4, 12)]
    [InlineData("keep=every-other", "0 2", 8, 4, 12)]
    [InlineData("keep=spread layers=2", "1 3", 8, 4, 12)]
    [InlineData("keep=last layers=1", "3", 8, 4, 12)]
    [InlineData("layerMap=[3,1]", "3 1", 8, 4, 12)]
    [InlineData("width=4", "0 1 2 3", 4, 2, 6)]
    [InlineData("width=4 feedForward=7 narrow=norm", "0 1 2 3", 4, 2, 7)]
    public void AStartCanBeShrunk(string settings, string map, int width, int heads, int inner)
    {
        using var scope = NewDisposeScope();
        using var start = Start("llama");
        using var student = Make(s_answers, start, settings.Split(' '));
        int[] layers = [.. map.Split(' ').Select(int.Parse)];
        Assert.Equal((layers.Length, width, heads, inner, heads / 2), (student.Config.Layers, student.Config.Width, student.Config.Heads, student.Config.FeedForward, student.Config.KeyValueHeads));
        if (width < 8) return;
        for (int i = 0; i < layers.Length; i++)
            Assert.Equal(0, Tiny.Distance(student.get_parameter($"model.layers.{i}.mlp.up_proj.weight")!, start.Model.get_parameter($"model.layers.{layers[i]}.mlp.up_proj.weight")!));
    }

    [Fact]
    public void AHeadCanBeFreshAndAnEmbeddingFrozen()
    {
        using var scope = NewDisposeScope();
        using var start = Start("bert");
        using var kept = Make(s_classes, start);
        using var fresh = Make(s_classes, start, "head=fresh", "freezeEmbedding=true");
        foreach (var (name, value) in fresh.named_parameters())
        {
            bool head = name.StartsWith("bert.pooler", StringComparison.Ordinal) || name.StartsWith("classifier", StringComparison.Ordinal);
            var theirs = kept.get_parameter(name)!;
            if (head && name.EndsWith("weight", StringComparison.Ordinal)) Assert.NotEqual(0, Tiny.Distance(value, theirs));
            if (!head) Assert.Equal(0, Tiny.Distance(value, theirs));
            Assert.Equal(!name.StartsWith("bert.embeddings.", StringComparison.Ordinal), value.requires_grad);
        }
        Assert.Contains("student.from", Assert.Throws<KitException>(() => Make(s_classes, null, "freezeEmbedding=true")).Message);
        Assert.Contains("student.from", Assert.Throws<KitException>(() => Make(s_classes, null, "head=fresh")).Message);
    }

    [Fact]
    public void AnEncoderOfAnotherHeadGetsTheTasksClasses()
    {
        using var scope = NewDisposeScope();
        using var start = Start("bert", c => (BertConfig)c with { Head = EncoderHead.MaskedTokens });
        using var student = (Bert)Make(s_classes, start, "layers=1", "dropout=0.3");
        Assert.Equal(["a", "b", "c"], ((BertConfig)student.Config).Labels);
        Assert.Equal(0.3, ((BertConfig)student.Config).AttentionDropout);
        const string word = "bert.embeddings.word_embeddings.weight";
        Assert.Equal(0, Tiny.Distance(student.get_parameter(word)!, start.Model.get_parameter(word)!));
    }

    [Theory]
    [InlineData("llama", "layers=5", "there are 4 to be had")]
    [InlineData("llama", "layerMap=[0,4]", "asks for layer 4 of the teacher, which has the layers 0 to 3")]
    [InlineData("llama", "layerMap=[0,1] layers=3", "names 2 layers, and student.layers is 3")]
    [InlineData("llama", "layerMap=[0] keep=first", "Leave one of the two out")]
    [InlineData("llama", "keep=every-other layers=3", "there are 2 to be had")]
    [InlineData("llama", "width=10 heads=4", "width 10 is not a multiple of its 4 heads. Set student.heads")]
    [InlineData("llama", "width=16", "width is 16, the teacher's 8")]
    [InlineData("llama", "width=4 heads=4", "must be even")]
    [InlineData("llama", "heads=2", "with 2 heads the width must be 4")]
    [InlineData("llama", "keyValueHeads=3", "num_key_value_heads")]
    [InlineData("gpt2", "keyValueHeads=1", "has as many as heads, 2")]
    [InlineData("llama", "architecture=gpt2", "Leave one of the two out")]
    [InlineData("bert", "", "asks for text, and a bert answers with classes")]
    [InlineData(null, "architecture=bert", "asks for text, and a bert answers with classes or spans. Choose one of gpt2, opt, llama")]
    [InlineData(null, "keep=first", "Set student.from")]
    [InlineData(null, "layerMap=[0]", "Set student.from")]
    public void WhatCannotBeIsRefused(string? name, string settings, string says)
    {
        using var start = name is null ? null : Start(name);
        var error = Assert.Throws<KitException>(() => Make(s_answers, start, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt2", """{"rank":3}""", 3)]
    [InlineData("llama", """{"ratio":0.5}""", 2)]
    [InlineData("opt", """{"rank":2,"embedding":4,"init":"random"}""", 2)]
    [InlineData("qwen2", """{"rank":2,"init":"activation-svd","calibrationRows":2}""", 2)]
    public void MapsBecomeFactorsAndTheRestIsTheStarts(string name, string ranks, int ofQueries)
    {
        using var scope = NewDisposeScope();
        using var start = Start(name);
        int asked = 0;
        var recipe = Recipe.From(Json(), "r.json", [$"student.lowRank={ranks}"]);
        using var student = Students.Create(recipe, s_answers, s_bytes, start, CPU, n => { asked = n; return [Tiny.Rows([[1, 2, 3], [4, 5]])]; });
        Assert.Equal(ofQueries, student.Map(0, "query").Rank);
        Assert.Equal(ranks.Contains("activation") ? 2 : 0, asked);
        Assert.Equal(ranks.Contains("embedding") ? 4 : null, student.Config.LowRank!.Embedding);
        Assert.Equal(start.Model.Config.Layers, student.Config.Layers);
        Assert.All(student.named_parameters().Where(p => p.name.Contains("norm", StringComparison.OrdinalIgnoreCase) || p.name.Contains("ln_", StringComparison.Ordinal)),
            p => Assert.Equal(0, Tiny.Distance(start.Model.get_parameter(p.name)!, p.parameter)));
    }

    [Fact]
    public void ABudgetOfParametersIsKeptAndAStudentOfFactorsIsAStartAgain()
    {
        using var scope = NewDisposeScope();
        using var start = Start("bert");
        using var dense = Make(s_classes, start);
        long budget = dense.ParameterCount - 300;
        foreach (var rule in (string[])["uniform", "ratio", "energy"])
        {
            using var student = Make(s_classes, start, $$"""lowRank={"parameters":{{budget}},"rule":"{{rule}}"}""");
            Assert.InRange(student.ParameterCount, budget - 500, budget);
        }
        var factors = Make(s_classes, start, """lowRank={"rank":2}""", "layers=3", "keep=last");
        using var saved = new SavedModel(factors, s_pieces, "factors");
        using var again = Make(s_classes, saved, "layers=2");
        Assert.Equal((2, 2), (again.Config.Layers, again.Map(1, "down").Rank));
        Assert.Equal(0, Tiny.Distance(factors.Map(1, "down").Weight, again.Map(1, "down").Weight));
    }

    [Theory]
    [InlineData("""lowRank={"rank":2,"ratio":0.5}""", "sets 2 of rank, ratio, energy, parameters")]
    [InlineData("""lowRank={"embedding":2}""", "sets 0 of rank, ratio, energy, parameters")]
    [InlineData("""lowRank={"rank":2,"matrices":["q"]}""", "no map 'q'")]
    [InlineData("""lowRank={"parameters":10}""", "is not to be had")]
    [InlineData("""lowRank={"rank":2,"init":"activation-svd"}""", "there are no rows here")]
    public void RanksThatCannotBeAreRefused(string settings, string says)
    {
        using var start = Start("bert");
        Assert.Contains(says, Assert.Throws<KitException>(() => Make(s_classes, start, settings)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("student.lowRank={\"rank\":0}", "'student.lowRank.rank' is 0")]
    [InlineData("student.lowRank={\"rank\":2,\"init\":\"pca\"}", "expected one of svd, activation-svd, random")]
    [InlineData("student.keep=odd", "expected one of first, last, every-other, spread")]
    [InlineData("student.architecture=electra", "expected one of bert, roberta, distilbert")]
    [InlineData("student.layerMap=3", "expected a list")]
    [InlineData("student.narrow=best", "expected one of first, norm")]
    public void SettingsOutOfRangeAreRefusedWithTheAllowedOnes(string assignment, string says) =>
        Assert.Contains(says, Assert.Throws<KitException>(() => Recipe.From(Json(), "r.json", [assignment])).Message, StringComparison.Ordinal);

    [Fact]
    public void ARecipeCutsItsStudentOutOfItsTeacher()
    {
        using var tiny = new TinyTask();
        string Trained(string name, string method, params string[] settings)
        {
            string[] sets = [.. settings.SelectMany(s => (string[])["--set", s])];
            var spoken = Spoken.By(["train", tiny.Recipe(name, "answers", new JsonObject { ["name"] = method }, steps: 2), "--out", tiny.At(name), .. sets]);
            Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
            return tiny.At(name);
        }
        var teacher = Trained("teacher", "sft", "student.architecture=llama", "student.layers=3", "student.heads=4", "student.keyValueHeads=2");
        // A rate of nothing: what is saved is the start.
        var student = Trained("student", "fkl", $"teacher={teacher}", "student.from=teacher", "student.layerMap=[0,2]", "student.layers=2", "student.width=null",
            "student.heads=null", "train.learningRate=1e-30", "train.weightDecay=0");
        using var scope = NewDisposeScope();
        using var one = SavedModel.Load(teacher);
        using var two = SavedModel.Load(student);
        Assert.Equal(2, two.Model.Config.Layers);
        Assert.Equal(0, Tiny.Distance(one.Model.get_parameter("model.layers.2.mlp.up_proj.weight")!, two.Model.get_parameter("model.layers.1.mlp.up_proj.weight")!));

        var alone = Spoken.By("train", tiny.Recipe("alone", "answers", new JsonObject { ["name"] = "sft" }), "--out", tiny.At("alone"), "--set", "student.from=teacher");
        Assert.Equal(ExitCode.Refused, alone.Code);
        Assert.Contains("the recipe has none", alone.Error, StringComparison.Ordinal);
    }

    private static LanguageModel Make(ITask task, SavedModel? start, params string[] settings) =>
        Students.Create(Recipe.From(Json(), "r.json", settings.Select(s => "student." + s)), task, task.Kind is TaskKind.Instruction ? s_bytes : s_pieces, start, CPU);

    private static JsonObject Json() => new()
    {
        ["name"] = "r",
        ["data"] = new JsonObject { ["task"] = "t", ["maxLength"] = 16 },
        ["student"] = new JsonObject(),
        ["method"] = new JsonObject { ["name"] = "sft" },
    };

    private static SavedModel Start(string name, Func<ModelConfig, ModelConfig>? change = null)
    {
        var config = Tiny.All[name].WithoutDropout() with { Layers = 4, VocabularySize = s_bytes.VocabularySize };
        return new SavedModel(ModelFactory.Create(change?.Invoke(config) ?? config, seed: 3), s_bytes, "start");
    }

    private static ITask Task(TaskKind kind, string[] labels) => new InMemoryTask("t", kind, labels, new Dictionary<Split, IReadOnlyList<Example>>());
}
