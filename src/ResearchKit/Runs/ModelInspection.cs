using System.Text.RegularExpressions;
using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Text;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>A tensor of a checkpoint.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Element type as stored, by its safetensors name.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record InspectedTensor(string Name, string Type, IReadOnlyList<long> Shape, long Bytes);

/// <summary>A file with its size.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
public sealed record InspectedFile(string Name, long Bytes);

/// <summary>What a model on disk is, without running it.</summary>
public sealed partial record ModelInspection
{
    // A model is made and held against its checkpoint only where that costs a moment.
    private const long CheckedUpTo = 4L << 30;

    /// <summary>The folder or file that was looked at.</summary>
    public required string Path { get; init; }

    /// <summary>The class of <c>transformers</c>; null where the kit does not know the architecture.</summary>
    public string? Architecture { get; init; }

    /// <summary>The numbers of its shape, by name.</summary>
    public IReadOnlyDictionary<string, long> Shape { get; init; } = new Dictionary<string, long>();

    /// <summary>Elements of all stored tensors by the part of the model that they belong to, the largest first.</summary>
    public required IReadOnlyDictionary<string, long> Parameters { get; init; }

    /// <summary>Every tensor, by name.</summary>
    public required IReadOnlyList<InspectedTensor> Tensors { get; init; }

    /// <summary>The tokenizer in words; null where there is none that the kit reads.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The files of the folder.</summary>
    public required IReadOnlyList<InspectedFile> Files { get; init; }

    /// <summary>What the kit can do with it, each a sentence.</summary>
    public required IReadOnlyList<string> Uses { get; init; }

    /// <summary>What stands in the way of more, each a message.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Looks at a model.</summary>
    /// <param name="path">A run folder, a model folder, a safetensors or llama2.c file, or the name of a fetched model.</param>
    /// <exception cref="KitException">There is no such model, or its weights are damaged or of a form that the kit does not read.</exception>
    public static ModelInspection Of(string path)
    {
        if (Llama2C.IsOne(path)) return OfLlama2C(path);
        if (File.Exists(path)) return OfFile(path);
        var folder = SavedModel.FolderOf(path);
        using var weights = ModelWeights.Open(folder);
        List<string> problems = [], uses = [];
        var config = Tried(() => ModelFolder.ReadConfig(folder), problems);
        bool fits = config is not null && (weights.Length > CheckedUpTo || Tried(() => Fits(config, weights), problems));
        var tokenizer = Tried(() => TokenizerFile.Load(folder), problems);
        if (fits) uses.AddRange(UsesOf(config!, tokenizer, path));
        return Make(folder, config, weights.Entries, tokenizer, Directory.EnumerateFiles(folder), uses, problems);
    }

    private static ModelInspection OfFile(string path)
    {
        if (ForeignWeights.IsPickle(path)) throw new KitException(
            $"'{path}' is {ForeignWeights.PickleRemedy(System.IO.Path.GetFileName(path))}");
        using var file = SafetensorsFile.Open(path);
        return Make(path, null, file.Entries, null, [path], [],
            [$"'{path}' is a file of weights alone. Give the folder that it stands in, with {ModelFolder.ConfigFile} and a tokenizer, to use it."]);
    }

    private static ModelInspection OfLlama2C(string path)
    {
        using var model = Llama2C.Load(path);
        var entries = model.named_parameters().Select(p =>
            new SafetensorsEntry(p.name, p.parameter.dtype, p.parameter.shape, 0, p.parameter.numel() * p.parameter.element_size()));
        return Make(path, model.Config, [.. entries], null, [path],
            [$"It continues text: ./kit generate --model {path} --tokenizer FILE --prompt TEXT --tokens 50",
             $"As a folder for transformers: ./kit model export {path} --tokenizer FILE --out FOLDER"], []);
    }

    private static ModelInspection Make(
        string path, ModelConfig? config, IEnumerable<SafetensorsEntry> entries, Tokenizer? tokenizer, IEnumerable<string> files,
        IReadOnlyList<string> uses, IReadOnlyList<string> problems)
    {
        var tensors = entries.Select(e => new InspectedTensor(e.Name, SafetensorsType.NameOf(e.Type)!, e.Shape, e.Length))
            .OrderBy(t => t.Name, NaturalOrder).ToArray();
        return new()
        {
            Path = path,
            Architecture = config is null ? null : ModelExport.Architecture(config),
            Shape = config is null ? new Dictionary<string, long>() : ShapeOf(config),
            Parameters = tensors.GroupBy(t => PartOf(t.Name)).Select(g => (g.Key, Count: g.Sum(t => t.Shape.Aggregate(1L, (a, b) => a * b))))
                .OrderByDescending(g => g.Count).ThenBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count),
            Tensors = tensors,
            Tokenizer = tokenizer is null ? null : $"{tokenizer.ModelType}, {tokenizer.VocabularySize} entries",
            Files = [.. files.Order(StringComparer.Ordinal).Select(f => new InspectedFile(System.IO.Path.GetFileName(f), LengthOf(f)))],
            Uses = uses,
            Problems = problems,
        };
    }

    private static Dictionary<string, long> ShapeOf(ModelConfig config)
    {
        var shape = new Dictionary<string, long>
        {
            ["layers"] = config.Layers,
            ["width"] = config.Width,
            ["heads"] = config.Heads,
            ["feed-forward"] = config.FeedForward,
            ["vocabulary"] = config.VocabularySize,
            ["longest row"] = config.MaxLength,
        };
        if (config.Classes > 0) shape["classes"] = config.Classes;
        return shape;
    }

    private static IEnumerable<string> UsesOf(ModelConfig config, Tokenizer? tokenizer, string path)
    {
        yield return $"As a folder for transformers: ./kit model export {path} --out FOLDER";
        if (tokenizer is null) yield break;
        switch (config)
        {
            case DecoderConfig:
                yield return $"It continues text: ./kit generate --model {path} --prompt TEXT --tokens 50";
                yield return "It is a teacher (teacher) or a start (student.from) in recipes on instructions, for a student with the same tokenizer.";
                break;
            case BertConfig { Head: EncoderHead.Classes }:
                yield return $"It tells {config.Classes} classes apart: ./kit eval {path} --task TASK";
                yield return "It is a teacher (teacher) or a start (student.from) in recipes on tasks of these classes, for a student with the same tokenizer.";
                break;
            default:
                yield return "It is a start for recipes on tasks of classes, with a new head: student.from, and student.load = partial.";
                break;
        }
    }

    private static bool Fits(ModelConfig config, ModelWeights weights)
    {
        using var scope = NewDisposeScope();
        using var model = ModelFactory.Create(config, seed: null, type: weights.StoredType());
        ModelFolder.Check(model, weights, LoadMode.Strict);
        return true;
    }

    private static T? Tried<T>(Func<T> read, List<string> problems)
    {
        try
        {
            return read();
        }
        catch (KitException e)
        {
            problems.Add(e.Message);
            return default;
        }
    }

    // Through the link: the cache's snapshots hold nothing else.
    private static long LengthOf(string file) =>
        File.ResolveLinkTarget(file, returnFinalTarget: true) is FileInfo target ? target.Length : new FileInfo(file).Length;

    private static string PartOf(string name) => name switch
    {
        _ when Layer().IsMatch(name) =>
            name.Contains("norm", StringComparison.OrdinalIgnoreCase) || name.Contains("ln_", StringComparison.Ordinal) ? "norms of the layers"
            : name.Contains("att", StringComparison.OrdinalIgnoreCase) ? "attention" : "feed-forward",
        _ when name.Contains("embed", StringComparison.OrdinalIgnoreCase) || name.Contains("wte.", StringComparison.Ordinal)
            || name.Contains("wpe.", StringComparison.Ordinal) => "embeddings",
        _ => "head and the rest",
    };

    /// <summary>layer.2 before layer.10.</summary>
    private static readonly IComparer<string> NaturalOrder = Comparer<string>.Create((a, b) => string.CompareOrdinal(Padded(a), Padded(b)));

    private static string Padded(string name) => Digits().Replace(name, m => m.Value.PadLeft(9, '0'));

    [GeneratedRegex(@"(^|\.)(layers?|h|blocks?)\.[0-9]+\.")]
    private static partial Regex Layer();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
