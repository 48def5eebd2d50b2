using System.Globalization;
using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>An adapter as a safetensors file of its own: its two matrices a map under the map's name, rank and scale in the header.</summary>
public static class LoraFile
{
    private const string RankKey = "lora_rank", ScaleKey = "lora_scale";

    /// <summary>Writes an adapter.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lora">The adapter.</param>
    /// <exception cref="KitException">The disk refuses.</exception>
    public static void Save(string path, Lora lora) => Safetensors.Save(path, lora.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), new Dictionary<string, string>
    {
        ["format"] = "pt",
        [RankKey] = lora.Settings.Rank.ToString(CultureInfo.InvariantCulture),
        [ScaleKey] = lora.Settings.Scale.ToString("R", CultureInfo.InvariantCulture),
    });

    /// <summary>Reads an adapter for a model, onto its device and in its type; the model does not know of it yet.</summary>
    /// <param name="path">A file of <see cref="Save"/>.</param>
    /// <param name="model">The model it was made for.</param>
    /// <exception cref="KitException">The file is missing or not sound, is no adapter, or is one of another model.</exception>
    public static Lora Load(string path, LanguageModel model)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(RankKey, out var r) || !int.TryParse(r, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) || rank < 1
            || !file.Metadata.TryGetValue(ScaleKey, out var s) || !double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out double scale))
            throw new KitException($"'{path}' is no adapter: its header does not say '{RankKey}' and '{ScaleKey}'. Give a file that the kit wrote for one.");
        var lora = new Lora(model, new LoraSettings { Rank = rank, Scale = scale }, seed: null);
        try
        {
            var parameters = lora.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            var stored = file.Entries.ToDictionary(e => e.Name);
            string? odd = parameters.Keys.Concat(stored.Keys).FirstOrDefault(n => !parameters.ContainsKey(n) || !stored.ContainsKey(n) || !stored[n].Shape.SequenceEqual(parameters[n].shape));
            if (odd is not null)
                throw new KitException($"'{path}' is the adapter of another model: '{odd}' is {Size(stored.GetValueOrDefault(odd)?.Shape)} there and {Size(parameters.GetValueOrDefault(odd)?.shape)} beside this '{model.Config.ModelType}'.");
            foreach (var (name, parameter) in parameters) file.ReadInto(name, parameter);
            return lora;
        }
        catch
        {
            lora.Dispose();
            throw;
        }

        static string Size(IReadOnlyList<long>? shape) => shape is null ? "absent" : $"[{string.Join(", ", shape)}]";
    }
}
