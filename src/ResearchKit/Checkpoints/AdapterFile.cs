using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>An adapter as a safetensors file of its own: its parameters under their names, what it is and its size in the header.</summary>
public static class AdapterFile
{
    private const string Key = "adapter";

    /// <summary>Writes an adapter.</summary>
    /// <param name="path">The file.</param>
    /// <param name="adapter">The adapter.</param>
    /// <exception cref="KitException">The disk refuses.</exception>
    public static void Save(string path, Adapter adapter) => Safetensors.Save(path, adapter.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), new Dictionary<string, string>
    {
        ["format"] = "pt",
        [Key] = JsonSerializer.Serialize(adapter.Settings, SettingsBinder.Json),
    });

    /// <summary>Reads an adapter for a model, onto its device and in its type; the model does not know of it yet.</summary>
    /// <param name="path">A file of <see cref="Save"/>.</param>
    /// <param name="model">The model it was made for.</param>
    /// <exception cref="KitException">The file is missing or not sound, is no adapter, or is one of another model.</exception>
    public static Adapter Load(string path, LanguageModel model)
    {
        using var file = SafetensorsFile.Open(path);
        var adapter = Adapter.Create(model, Settings(file, path), seed: null);
        try
        {
            var parameters = adapter.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            var stored = file.Entries.ToDictionary(e => e.Name);
            string? odd = parameters.Keys.Concat(stored.Keys).FirstOrDefault(n => !parameters.ContainsKey(n) || !stored.ContainsKey(n) || !stored[n].Shape.SequenceEqual(parameters[n].shape));
            if (odd is not null)
                throw new KitException($"'{path}' is the adapter of another model: '{odd}' is {Size(stored.GetValueOrDefault(odd)?.Shape)} there and {Size(parameters.GetValueOrDefault(odd)?.shape)} beside this '{model.Config.ModelType}'.");
            foreach (var (name, parameter) in parameters) file.ReadInto(name, parameter);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }

        static string Size(IReadOnlyList<long>? shape) => shape is null ? "absent" : $"[{string.Join(", ", shape)}]";
    }

    private static AdapterSettings Settings(SafetensorsFile file, string path)
    {
        try
        {
            if (file.Metadata.TryGetValue(Key, out var text) && JsonNode.Parse(text) is JsonObject json) return SettingsBinder.Bind<AdapterSettings>(json, "adapter");
        }
        catch (Exception e) when (e is JsonException or KitException)
        {
            throw new KitException($"'{path}' is no adapter that the kit knows: its header's '{Key}' says something else ({e.Message}).");
        }
        throw new KitException($"'{path}' is no adapter: its header does not say '{Key}'. Give a file that the kit wrote for one.");
    }
}
