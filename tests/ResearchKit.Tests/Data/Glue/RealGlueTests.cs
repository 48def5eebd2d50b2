using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Glue;
using ResearchKit.Data.Tasks;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Data.Glue;

/// <summary>The real files, where they are: as many rows as were published, and the very ones that the card of GLUE counted.</summary>
public class RealGlueTests
{
    private static readonly JsonNode Card = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "datasets", "glue.json")))!;

    [SkippableFact]
    public void The_examples_are_those_of_the_card()
    {
        var checkedSplits = new List<string>();
        foreach (var (name, node) in Card["tasks"]!.AsObject())
            foreach (var (split, card) in node!["splits"]!.AsObject())
            {
                var which = Enum.Parse<Split>(split, ignoreCase: true);
                if (!IsThere(name, which)) continue;
                var examples = TaskCatalog.Open(name).Examples(which);
                Assert.Equal((name, split, card!["examples"]!.GetValue<int>()), (name, split, examples.Count));
                checkedSplits.Add($"{name} {split}");
                if (card["sha256"] is null) continue;   // the published count is all that is known
                var text = string.Concat(examples.Cast<TextExample>().Select(e => string.Join('\t', [$"{e.Label}", .. e.Texts()]) + "\n"));
                Assert.Equal((name, split, card["sha256"]!.GetValue<string>()), (name, split, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))));
            }
        Skip.If(checkedSplits.Count == 0, $"There is no file of GLUE in {DataFolder.Path}: ./kit data get sst2, or KIT_DATA=/path/to/data");
    }

    private static bool IsThere(string task, Split split)
    {
        var format = GlueTask.FormatOf(task)!;
        var sources = GlueTask.Official(task) == task ? format.Sources(split) : format.LocalSources(reported: split == Split.Test);
        return sources.Any(s => s.Needed.All(f => File.Exists(Path.Combine(DataFolder.Path, "glue", format.Folder, f))));
    }

    [Fact]
    public void The_card_names_every_task()
    {
        Assert.Equal(GlueTask.Names, Card["tasks"]!.AsObject().Select(t => t.Key));
        foreach (var (name, task) in Card["tasks"]!.AsObject())
        {
            var kit = GlueTask.Open(name, "/nowhere");
            Assert.Equal(kit.Labels, task!["labels"]!.Deserialize<string[]>());
            Assert.Equal(kit.Metrics, task["metrics"]!.Deserialize<string[]>());
            Assert.Equal(kit.Kind.ToString().ToLowerInvariant(), task["kind"]!.GetValue<string>());
        }
    }
}
