using System.Text.Json;
using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>What a checkpoint must have in common with a model.</summary>
public enum LoadMode
{
    /// <summary>Every parameter is in the checkpoint, and every tensor of the checkpoint is a parameter.</summary>
    Strict,

    /// <summary>What fits by name is taken and the rest is left: a classifier on a headless encoder, a student on its teacher's
    /// first layers. A tensor of another shape is refused even so.</summary>
    Partial,
}

/// <summary>What a checkpoint and a model had in common. Names are sorted.</summary>
/// <param name="Loaded">Parameters that were read.</param>
/// <param name="Missing">Parameters the checkpoint lacks; they kept their values.</param>
/// <param name="Extra">Tensors of the checkpoint that the model has no place for.</param>
/// <param name="Ignored">Tensors that the model is known to have no use for: stored masks and positions, copies of tied weights, the pooler
/// of a checkpoint whose head needs none.</param>
public sealed record LoadReport(
    IReadOnlyList<string> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Extra, IReadOnlyList<string> Ignored)
{
    /// <summary>One line for a log.</summary>
    public override string ToString()
    {
        var text = $"{Loaded.Count} parameters were read";
        if (Missing.Count > 0) text += $"; new: {Few(Missing)}";
        if (Extra.Count > 0) text += $"; not used: {Few(Extra)}";
        if (Ignored.Count > 0) text += $"; of no use to it: {Few(Ignored)}";
        return text;
    }

    private static string Few(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(6)) + (names.Count > 6 ? $" and {names.Count - 6} more" : "");
}

/// <summary>
/// A model on disk as Hugging Face lays it out: <c>config.json</c> and <c>model.safetensors</c> (or shards of it with an index), readable
/// there and here. Whoever saves puts the <c>tokenizer.json</c> beside them.
/// </summary>
public static class ModelFolder
{
    /// <summary>The file of the model's shape.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The file of the weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The index of weights in several files.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>Writes a model; each file is whole or the old one.</summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="model">The model; weights are stored in the type they have.</param>
    /// <exception cref="KitException">The folder cannot be written.</exception>
    public static void Save(string folder, LanguageModel model)
    {
        // "format" is what Hugging Face's loader asks for before it reads anything.
        Safetensors.Save(Path.Combine(folder, WeightsFile), model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)),
            new Dictionary<string, string> { ["format"] = "pt" });
        var config = model.Config.ToJson();
        config["torch_dtype"] = model.parameters().FirstOrDefault()?.dtype.ToString().ToLowerInvariant();
        AtomicFile.WriteText(Path.Combine(folder, ConfigFile), config.ToJsonString(s_json) + "\n");
    }

    /// <summary>Reads a model. On the CPU and in the stored type its parameters are on the files' own pages (<see cref="SafetensorsFile"/>):
    /// a model that is only asked takes no memory of its own, and what is written to is copied first. A training lays its
    /// parameters into a buffer of its own anyway.</summary>
    /// <param name="folder">The folder. Its files may be replaced or deleted afterwards, but not written over in place.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters, to which stored ones are converted; null to keep the stored type.</param>
    /// <exception cref="KitException">A file is missing or damaged, the architecture is unknown, or tensors are missing, left
    /// over or of another shape: all of them are named at once.</exception>
    public static LanguageModel Load(string folder, Device? device = null, ScalarType? type = ScalarType.Float32)
    {
        var config = ReadConfig(folder);
        using var weights = ModelWeights.Open(folder);
        var model = ModelFactory.Create(config, seed: null, device, type ?? weights.StoredType());
        try
        {
            foreach (var (parameter, entry) in Compare(model, weights, LoadMode.Strict).Found) weights.MapInto(entry.Name, parameter);
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

    /// <summary>Reads the weights of a folder into the parameters of a model that exists.</summary>
    /// <param name="model">The model; its shape may differ from the folder's where the load is partial.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="mode">What the two must have in common.</param>
    /// <returns>What was read and what was not.</returns>
    /// <exception cref="KitException">The weights are missing or damaged, or do not fit: everything that does not is named at once,
    /// and nothing has been read then.</exception>
    public static LoadReport LoadInto(LanguageModel model, string folder, LoadMode mode = LoadMode.Strict)
    {
        using var weights = ModelWeights.Open(folder);
        return LoadInto(model, weights, mode);
    }

    /// <summary>Reads open weights into a model.</summary>
    /// <exception cref="KitException">As in the other.</exception>
    public static LoadReport LoadInto(LanguageModel model, ModelWeights weights, LoadMode mode = LoadMode.Strict)
    {
        var (report, found) = Compare(model, weights, mode);
        foreach (var (parameter, entry) in found) weights.ReadInto(entry.Name, parameter);
        return report;
    }

    /// <summary>Holds open weights against a model by names and shapes; reads nothing.</summary>
    /// <returns>What a load would do.</returns>
    /// <exception cref="KitException">They do not fit.</exception>
    public static LoadReport Check(LanguageModel model, ModelWeights weights, LoadMode mode = LoadMode.Strict) =>
        Compare(model, weights, mode).Report;

    private static (LoadReport Report, List<(Tensor Parameter, SafetensorsEntry Entry)> Found) Compare(
        LanguageModel model, ModelWeights weights, LoadMode mode)
    {
        var wanted = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        var found = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        List<string> extra = [], ignored = [], wrong = [];
        foreach (var entry in weights.Entries)
        {
            if (model.ParameterName(entry.Name) is not { } name)
                ignored.Add(entry.Name);
            else if (!wanted.TryGetValue(name, out var parameter))
                extra.Add(entry.Name);
            else if (!found.TryAdd(name, entry))
                wrong.Add($"'{found[name].Name}' and '{entry.Name}' are both '{name}'");
            else if (!entry.Shape.SequenceEqual(parameter.shape))
                wrong.Add($"'{entry.Name}' is [{string.Join(", ", entry.Shape)}], the model's is [{string.Join(", ", parameter.shape)}]");
        }
        var missing = wanted.Keys.Where(n => !found.ContainsKey(n)).ToList();
        if (wrong.Count > 0 || (mode == LoadMode.Strict && missing.Count + extra.Count > 0) || found.Count == 0)
            throw new KitException(Describe(weights.Path, model, mode, missing, extra, wrong));
        return (new LoadReport(Sorted(found.Keys), Sorted(missing), Sorted(extra), Sorted(ignored)),
            [.. found.Select(f => ((Tensor)wanted[f.Key], f.Value))]);

        static string[] Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];
    }

    private static string Describe(string path, LanguageModel model, LoadMode mode, List<string> missing, List<string> extra, List<string> wrong)
    {
        bool strangers = missing.Count > 0 && missing.Count == model.named_parameters().Count();
        var lines = new List<string>
        {
            $"'{path}' does not fit the {model.Config.ModelType} model{(strangers ? ": they have nothing in common" : "")}.",
        };
        // Each of these is a sentence about two names already.
        if (wrong.Count > 0)
            lines.Add($"Other shapes ({wrong.Count}): {string.Join(", ", wrong.Order(StringComparer.Ordinal).Take(NameList.Shown))}"
                + $"{(wrong.Count > NameList.Shown ? $", and {wrong.Count - NameList.Shown} more" : "")}.");
        if (missing.Count > 0) lines.Add(NameList.Of("Missing", missing, extra));
        if (extra.Count > 0) lines.Add(NameList.Of("Left over", extra, missing));
        lines.Add(mode == LoadMode.Partial ? "Use a checkpoint whose tensors have these shapes."
            : "Use the checkpoint of a model of this shape, or ask for a partial load where parts are meant to be missing.");
        return string.Join(Environment.NewLine, lines);
    }

    private static void RequireFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new KitException($"There is no model folder '{folder}'. Give the path of a folder with {ConfigFile} and {WeightsFile}.");
    }
}
