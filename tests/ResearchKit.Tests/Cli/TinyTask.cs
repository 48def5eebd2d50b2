using System.Text.Json.Nodes;

namespace ResearchKit.Tests.Cli;

/// <summary>A folder with two tasks that a model of a few hundred weights can learn something of, and recipes for them.</summary>
internal sealed class TinyTask : IDisposable
{
    private static readonly string[] Animals = ["cat", "dog", "cow", "hen"], Tools = ["saw", "axe", "awl", "hoe"];

    public TinyTask()
    {
        foreach (var (split, rows) in new[] { ("train", 64), ("validation", 16), ("test", 16) })
        {
            Write($"classes/{split}.tsv", "text\tlabel\n", rows, i => i % 2 == 0 ? $"the {Animals[i / 2 % 4]} of {i}\tanimal\n" : $"the {Tools[i / 2 % 4]} of {i}\ttool\n");
            Write($"answers/{split}.tsv", "prompt\tresponse\n", rows, i => i % 2 == 0 ? $"{Animals[i / 2 % 4]} {i}:\t an animal\n" : $"{Tools[i / 2 % 4]} {i}:\t a tool\n");
        }
    }

    /// <summary>A fresh folder.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("kit-tiny-").FullName;

    /// <summary>A path in it.</summary>
    public string At(string path) => Path.Combine(Root, path);

    /// <summary>Writes a recipe and returns its path.</summary>
    public string Recipe(string name, string task, JsonObject method, int steps = 12)
    {
        var recipe = new JsonObject
        {
            ["name"] = name,
            ["data"] = new JsonObject { ["task"] = At(task), ["maxLength"] = 24 },
            ["tokenizer"] = new JsonObject { ["vocabulary"] = 300 },
            ["student"] = new JsonObject { ["layers"] = 1, ["width"] = 16, ["heads"] = 2 },
            ["method"] = method,
            ["train"] = new JsonObject { ["steps"] = steps, ["batchSize"] = 8, ["learningRate"] = 1e-2, ["device"] = "cpu" },
        };
        File.WriteAllText(At($"{name}.json"), recipe.ToJsonString());
        return At($"{name}.json");
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private void Write(string path, string header, int rows, Func<int, string> row)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), header + string.Concat(Enumerable.Range(0, rows).Select(row)));
    }
}
