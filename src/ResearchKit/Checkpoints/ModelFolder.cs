using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>What a checkpoint and a model had in common.</summary>
/// <param name="Loaded">Parameters that were read.</param>
/// <param name="Missing">Parameters the checkpoint lacks; they kept their values.</param>
/// <param name="Extra">Tensors of the checkpoint that the model has no place for.</param>
public sealed record LoadReport(IReadOnlyList<string> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Extra);

/// <summary>
/// A model on disk as Hugging Face lays it out: <c>config.json</c> and <c>model.safetensors</c>, readable there and here.
/// Whoever saves puts the <c>tokenizer.json</c> beside them.
/// </summary>
public static class ModelFolder
{
    /// <summary>The file of the model's shape.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The file of the weights.</summary>
    public const string WeightsFile = "model.safetensors";

    // A list longer than this tells no more than its beginning and its length.
    private const int Listed = 20;

    /// <summary>Writes a model; each file is whole or the old one.</summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="model">The model; weights are stored in the type they have.</param>
    /// <exception cref="KitException">The folder cannot be written.</exception>
    public static void Save(string folder, LanguageModel model)
    {
        // "format" is what Hugging Face's loader asks for before it reads anything.
        Safetensors.Save(Path.Combine(folder, WeightsFile), model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)),
            new Dictionary<string, string> { ["format"] = "pt" });
        model.Config.Save(Path.Combine(folder, ConfigFile));
    }

    /// <summary>Reads a model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters, whatever the stored one.</param>
    /// <exception cref="KitException">A file is missing or damaged, the architecture is unknown, or tensors are missing, left
    /// over or of another shape: all of them are named at once.</exception>
    public static LanguageModel Load(string folder, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        var model = ModelFactory.Create(ReadConfig(folder), seed: null, device, type);
        try
        {
            LoadInto(model, folder);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads the shape of a model.</summary>
    /// <exception cref="KitException">There is no such folder or configuration.</exception>
    public static ModelConfig ReadConfig(string folder)
    {
        RequireFolder(folder);
        var path = Path.Combine(folder, ConfigFile);
        if (!File.Exists(path)) throw new KitException($"'{folder}' is no model folder: it has no {ConfigFile}.");
        return ModelConfig.Load(path);
    }

    /// <summary>Reads the weights of a folder into a model that exists.</summary>
    /// <param name="model">The model; its shape may differ from the folder's where <paramref name="partial"/>.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="partial">Take what fits by name and leave the rest: a classifier on a headless encoder, a student on its
    /// teacher's first layers. A tensor of another shape is refused even so.</param>
    /// <returns>What was read and what was not.</returns>
    /// <exception cref="KitException">The weights are missing or damaged, or do not fit; nothing has been read then.</exception>
    public static LoadReport LoadInto(LanguageModel model, string folder, bool partial = false)
    {
        using var file = SafetensorsFile.Open(WeightsOf(folder));
        var wanted = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        var found = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        var extra = new List<string>();
        var wrong = new List<string>();
        foreach (var entry in file.Entries)
        {
            if (model.ParameterName(entry.Name) is not { } name) continue;
            if (!wanted.TryGetValue(name, out var parameter))
                extra.Add(entry.Name);
            else if (!found.TryAdd(name, entry))
                wrong.Add($"'{found[name].Name}' and '{entry.Name}' are both '{name}'");
            else if (!entry.Shape.SequenceEqual(parameter.shape))
                wrong.Add($"'{entry.Name}' is [{string.Join(", ", entry.Shape)}], the model's is [{string.Join(", ", parameter.shape)}]");
        }
        var missing = wanted.Keys.Where(n => !found.ContainsKey(n)).ToList();
        if (wrong.Count > 0 || (!partial && missing.Count + extra.Count > 0) || found.Count == 0)
            throw new KitException(Describe(file.Path, model, missing, extra, wrong));

        foreach (var (name, entry) in found) file.ReadInto(entry.Name, wanted[name]);
        return new LoadReport([.. found.Keys], missing, extra);
    }

    private static void RequireFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new KitException($"There is no model folder '{folder}'. Give the path of a folder with {ConfigFile} and {WeightsFile}.");
    }

    private static string WeightsOf(string folder)
    {
        var path = Path.Combine(folder, WeightsFile);
        if (File.Exists(path)) return path;
        RequireFolder(folder);
        foreach (var other in (string[])["model.safetensors.index.json", "pytorch_model.bin", "tf_model.h5"])
            if (File.Exists(Path.Combine(folder, other)))
                throw new KitException(
                    $"'{folder}' keeps its weights in {other}, which the kit does not read. "
                    + $"Save the model as one {WeightsFile}, with Hugging Face's save_pretrained for instance.");
        throw new KitException($"'{folder}' has no {WeightsFile}.");
    }

    private static string Describe(string path, LanguageModel model, List<string> missing, List<string> extra, List<string> wrong)
    {
        var lines = new List<string> { $"'{path}' does not fit the {model.Config.ModelType} model." };
        Add("Other shapes", wrong);
        Add("Missing", [.. missing.Select((name, i) =>
            i < Listed && Nearest.To(name, extra) is { } near ? $"'{name}' (is it '{near}'?)" : $"'{name}'")]);
        Add("Left over", [.. extra.Select(name => $"'{name}'")]);
        lines.Add("Use the checkpoint of a model of this shape, or ask for a partial load where parts are meant to be missing.");
        return string.Join(Environment.NewLine, lines);

        void Add(string title, List<string> names)
        {
            if (names.Count == 0) return;
            lines.Add($"{title} ({names.Count}): {string.Join(", ", names.Take(Listed))}{(names.Count > Listed ? ", …" : "")}.");
        }
    }
}
