using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Runs;

/// <summary>
/// Everything that decides a run: data, teacher, student, method, training, evaluation. A record on disk; <see cref="Experiment"/>
/// is the one function that runs it, whoever calls: command line, notebook or test.
/// </summary>
public sealed record Recipe
{
    /// <summary>Names the run in tables; runs of one name that differ in seeds are one row.</summary>
    public required string Name { get; init; }

    /// <summary>What is learnt.</summary>
    public required DataSettings Data { get; init; }

    /// <summary>How text becomes tokens; with a teacher its tokenizer is taken instead.</summary>
    public TokenizerSettings Tokenizer { get; init; } = new();

    /// <summary>A run folder, a model folder or the name of a fetched model, for methods that have a teacher.</summary>
    public string? Teacher { get; init; }

    /// <summary>The model that learns.</summary>
    public required StudentSettings Student { get; init; }

    /// <summary>The method's id under <c>name</c>, and its own settings beside it.</summary>
    public required JsonObject Method { get; init; }

    /// <summary>How it is trained.</summary>
    public TrainSettings Train { get; init; } = new();

    /// <summary>How it is judged.</summary>
    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>The method's id.</summary>
    /// <exception cref="KitException">The method has no name.</exception>
    [System.Text.Json.Serialization.JsonIgnore]
    public string MethodName => Method["name"]?.GetValue<string>()
        ?? throw new KitException("'method.name' is missing: name the method, for example \"method\": { \"name\": \"kd\" }.");

    /// <summary>Reads a recipe and applies overrides.</summary>
    /// <param name="path">A JSON file.</param>
    /// <param name="overrides"><c>key=value</c> pairs, each a path with dots.</param>
    /// <exception cref="KitException">No such file, no JSON, an unknown key, a value out of range; the message names it and what is allowed.</exception>
    public static Recipe Load(string path, IEnumerable<string>? overrides = null)
    {
        if (!File.Exists(path)) throw new KitException($"{path}: no such recipe. Give the path of a JSON file; './kit train --help' shows one.");
        return From(SettingsBinder.Parse(File.ReadAllText(path), path), path, overrides);
    }

    /// <summary>Makes a recipe from JSON and applies overrides.</summary>
    /// <exception cref="KitException">As <see cref="Load"/>.</exception>
    public static Recipe From(JsonObject json, string origin, IEnumerable<string>? overrides = null)
    {
        foreach (var assignment in overrides ?? []) SettingsBinder.Override(json, assignment);
        return SettingsBinder.Bind<Recipe>(json, origin);
    }

    /// <summary>The same recipe with all four seeds changed, so that nothing of the run but chance differs.</summary>
    /// <param name="seed">0 or more.</param>
    public Recipe WithSeed(int seed) =>
        this with { Train = Train with { Seeds = new() { Initialisation = seed, Data = seed, Dropout = seed, Sampling = seed } } };

    /// <summary>The recipe with every default written out, as <c>config.json</c> holds it.</summary>
    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, SettingsBinder.Json)!.AsObject();
}

/// <summary>What is learnt.</summary>
public sealed record DataSettings
{
    /// <summary>The task's name in the catalog, e.g. <c>wordnet-topic</c>.</summary>
    public required string Task { get; init; }

    /// <summary>Rows of the training split to use; null for all. Always the same ones.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainLimit { get; init; }

    /// <summary>Longest row in tokens, special tokens included; longer texts are cut where the task allows it.</summary>
    [Range(8, 8192)]
    public int MaxLength { get; init; } = 64;

    /// <summary>Most tokens of an instruction's prompt; rows with longer ones are left out, in every split. Null for any: the beginning of a long one is cut off.</summary>
    [Range(1, 8192)]
    public int? PromptLimit { get; init; }
}

/// <summary>How text becomes tokens.</summary>
public sealed record TokenizerSettings
{
    /// <summary>Vocabulary size to train on the training split.</summary>
    [Range(300, 200_000)]
    public int Vocabulary { get; init; } = 8192;

    /// <summary>A <c>tokenizer.json</c>, a run or model folder, or a fetched model's name, to take the tokenizer from instead of training one.</summary>
    public string? From { get; init; }
}

/// <summary>The shape of the student, and where its weights come from: fresh ones, or those of a model that it is cut out of.</summary>
public sealed record StudentSettings
{
    /// <summary>A run folder, a model folder or the name of a fetched model to start from, or <c>teacher</c> for the recipe's own; null for fresh weights. A shape below
    /// that is smaller than the model's is cut out of it (<see cref="Shrinking"/>); what is not given stays.</summary>
    public string? From { get; init; }

    /// <summary>How <see cref="From"/> is loaded: <c>strict</c>, every weight of the one is a weight of the other; or <c>partial</c>, an
    /// encoder gets the head that the task asks for, new from the initialisation seed where the checkpoint has none.</summary>
    [AllowedValues("strict", "partial")]
    public string Load { get; init; } = "strict";

    /// <summary>The architecture of a student with fresh weights; null for <c>bert</c> where classes are asked for, <c>gpt2</c>
    /// where text is.</summary>
    [AllowedValues(null, "bert", "roberta", "distilbert", "gpt2", "opt", "llama", "mistral", "qwen2")]
    public string? Architecture { get; init; }

    /// <summary>Layers; null for those of <see cref="From"/>, or 2.</summary>
    [Range(1, 1000)]
    public int? Layers { get; init; }

    /// <summary>Which layers of <see cref="From"/> to keep, by a rule (<see cref="Models.LayerMap"/>); null for the first.</summary>
    [AllowedValues(null, "first", "last", "every-other", "spread")]
    public string? Keep { get; init; }

    /// <summary>Which layers of <see cref="From"/> to keep, one by one: for each of the student's the other's, from 0.</summary>
    public int[]? LayerMap { get; init; }

    /// <summary>Width of the residual stream; null for that of <see cref="From"/>, or 128.</summary>
    [Range(4, 65_536)]
    public int? Width { get; init; }

    /// <summary>Attention heads; they divide the width. Null for as many as leave a head of <see cref="From"/> as wide as it is,
    /// or 2.</summary>
    [Range(1, 1024)]
    public int? Heads { get; init; }

    /// <summary>Heads of keys and values, where the architecture lets queries share them; they divide the heads. Null for as many
    /// queries to each as <see cref="From"/> has, or one.</summary>
    [Range(1, 1024)]
    public int? KeyValueHeads { get; init; }

    /// <summary>Width of the feed-forward block; null for that of <see cref="From"/>, in proportion to the width, or the
    /// architecture's usual multiple of the width.</summary>
    [Range(1, 1_000_000)]
    public int? FeedForward { get; init; }

    /// <summary>Which units of <see cref="From"/> a narrower student keeps: the <c>first</c>, or those of the largest <c>norm</c>.</summary>
    [AllowedValues("first", "norm")]
    public string Narrow { get; init; } = "first";

    /// <summary>Dropout probability, everywhere the architecture has one; null for those of <see cref="From"/>, or 0.1.</summary>
    [Range(0.0, 0.9)]
    public double? Dropout { get; init; }

    /// <summary>Whether a student cut out of <see cref="From"/> takes its head along (<c>keep</c>) or gets a new one (<c>fresh</c>), as the
    /// students of Gradient KD do.</summary>
    [AllowedValues("keep", "fresh")]
    public string Head { get; init; } = "keep";

    /// <summary>Make the student's linear maps products of two factors; null to leave them whole. The student keeps its depth, width and heads.</summary>
    public LowRankSettings? LowRank { get; init; }

    /// <summary>Leave the embedding as it starts: that of <see cref="From"/>, which then has to be given.</summary>
    public bool FreezeEmbedding { get; init; }

    /// <summary>Standard deviation of the first weights; null for 0.02 at a width of 768, and in proportion to 1/√width.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double? InitializerRange { get; init; }
}

/// <summary>The ranks of a student whose linear maps are products of two factors (<see cref="RankBudget"/>): one of <see cref="Rank"/>, <see cref="Ratio"/>, <see cref="Energy"/>
/// and <see cref="Parameters"/> says what they are.</summary>
public sealed record LowRankSettings
{
    /// <summary>One rank for all maps.</summary>
    [Range(1, 65_536)]
    public int? Rank { get; init; }

    /// <summary>The share of its numbers that each map keeps.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? Ratio { get; init; }

    /// <summary>The share of each map's energy, the sum of its squared singular values, that is kept.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? Energy { get; init; }

    /// <summary>The most parameters that the student may have.</summary>
    [Range(1, int.MaxValue)]
    public int? Parameters { get; init; }

    /// <summary>How <see cref="Parameters"/> are shared out: one rank (<c>uniform</c>), one share of each map's numbers (<c>ratio</c>), or of its energy (<c>energy</c>).</summary>
    [AllowedValues("uniform", "ratio", "energy")]
    public string Rule { get; init; } = "uniform";

    /// <summary>Whether the embedding block counts among <see cref="Parameters"/>.</summary>
    public bool CountEmbeddings { get; init; } = true;

    /// <summary>Numbers that are stored of each word, the vocabulary's table being a product of two factors too; null to leave it whole.</summary>
    [Range(1, 65_536)]
    public int? Embedding { get; init; }

    /// <summary>What the factors begin as: the truncated decomposition of the weight (<c>svd</c>), the one that is best on what the map reads (<c>activation-svd</c>), or
    /// <c>random</c>.</summary>
    [AllowedValues("svd", "activation-svd", "random")]
    public string Init { get; init; } = "svd";

    /// <summary>The maps to factorise, of <c>query</c>, <c>key</c>, <c>value</c>, <c>output</c>, <c>up</c>, <c>down</c> (and <c>gate</c>); null for all.</summary>
    public string[]? Matrices { get; init; }

    /// <summary>Training rows that <c>activation-svd</c> looks at.</summary>
    [Range(1, 1_000_000)]
    public int CalibrationRows { get; init; } = 256;
}

/// <summary>How a run is judged once it is trained.</summary>
public sealed record EvaluationSettings
{
    /// <summary>The split of <c>results.json</c>.</summary>
    [AllowedValues("validation", "test")]
    public string Split { get; init; } = "test";

    /// <summary>Rows of that split to use; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>Rows a batch.</summary>
    [Range(1, 65_536)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Measure saliency loyalty too: whether a classifier finds the same words important as the reference does. It takes a backward pass of both.</summary>
    public bool Saliency { get; init; }

    /// <summary>A run or model folder whose predictions loyalty is measured against; null for the teacher.</summary>
    public string? Reference { get; init; }

    /// <summary>What an instruction task is judged by beside the likelihood of its responses: <c>rouge</c>, <c>transfer</c>, <c>exposure</c>
    /// (<see cref="Judgement.Measures"/>); the last two compare with the reference.</summary>
    public string[] Measures { get; init; } = [];

    /// <summary>Other instruction tasks whose test prompts are answered, too, as <c>rouge</c> does it; their metrics have the task's name before their own.</summary>
    public string[] Also { get; init; } = [];

    /// <summary>Which of the measures the evaluations during training take too, on the validation split; sampling with the first seed alone.</summary>
    public string[] DuringTraining { get; init; } = [];

    /// <summary>How <c>rouge</c> samples.</summary>
    public GenerationSettings Generate { get; init; } = new();

    /// <summary>How <c>exposure</c> samples.</summary>
    public ExposureSettings Exposure { get; init; } = new();

    /// <summary>The same for evaluations during training.</summary>
    internal EvaluationSettings WithOneSeed() => this with { Generate = Generate with { Seeds = [.. Generate.Seeds.Take(1)] }, Exposure = Exposure with { Seeds = [.. Exposure.Seeds.Take(1)] } };
}
