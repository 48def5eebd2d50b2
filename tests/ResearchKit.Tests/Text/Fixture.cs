using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Text;

namespace ResearchKit.Tests.Text;

/// <summary>The files under Fixtures/tokenizers: make_texts.py, make_sentencepiece.py and make_reference.js say how they were made.</summary>
internal static class Fixture
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "tokenizers");

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static string[] Corpus { get; } = File.ReadAllLines(PathOf("corpus.txt"));

    public static string[] Texts { get; } = JsonSerializer.Deserialize<string[]>(File.ReadAllText(PathOf("texts.json")))!;

    public static JsonNode Reference { get; } = JsonNode.Parse(File.ReadAllText(PathOf("reference.json")))!;

    /// <summary>A tokenizer file with whole sections replaced.</summary>
    public static string Patched(string name, JsonObject patch)
    {
        var json = JsonNode.Parse(File.ReadAllText(PathOf(name)))!.AsObject();
        foreach (var (key, value) in patch)
            json[key] = value?.DeepClone();
        return json.ToJsonString();
    }

    /// <summary>Loads a variant of the reference: a file with sections replaced.</summary>
    public static Tokenizer Load(JsonNode variant) => Load(Patched(variant["base"]!.GetValue<string>(), variant["patch"]!.AsObject()));

    /// <summary>Loads a tokenizer from its JSON.</summary>
    public static Tokenizer Load(string json)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, json);
            return TokenizerFile.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
