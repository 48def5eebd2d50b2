using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Data.Tasks;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Data.Glue;

/// <summary>The real files, where they are: as many rows as were published, and the very ones that the card of GLUE counted.</summary>
public class RealGlueTests
{
    private static readonly JsonNode Card = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "datasets", "glue.json")))!;

    public static TheoryData<string, string> Splits
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var (name, task) in Card["tasks"]!.AsObject())
                foreach (var (split, _) in task!["splits"]!.AsObject()) all.Add(name, split);
            return all;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Splits))]
    public void The_examples_are_those_of_the_card(string name, string split)
    {
        IReadOnlyList<Example> examples = [];
        try
        {
            examples = TaskCatalog.Open(name).Examples(Enum.Parse<Split>(split, ignoreCase: true));
        }
        catch (KitException e)
        {
            Skip.If(true, e.Message);
        }
        var card = Card["tasks"]![name]!["splits"]![split]!;
        Assert.Equal(card["examples"]!.GetValue<int>(), examples.Count);
        if (card["sha256"] is null) return;   // the published count is all that is known
        var text = string.Concat(examples.Cast<TextExample>().Select(e => string.Join('\t', [$"{e.Label}", .. e.Texts()]) + "\n"));
        Assert.Equal(card["sha256"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void The_card_names_every_task()
    {
        Assert.Equal(TaskCatalog.Names.Where(n => !n.StartsWith("wordnet-", StringComparison.Ordinal)), Card["tasks"]!.AsObject().Select(t => t.Key));
        foreach (var (name, task) in Card["tasks"]!.AsObject())
        {
            var kit = ResearchKit.Data.Glue.GlueTask.Open(name, "/nowhere");
            Assert.Equal(kit.Labels, task!["labels"]!.Deserialize<string[]>());
            Assert.Equal(kit.Metrics, task["metrics"]!.Deserialize<string[]>());
            Assert.Equal(kit.Kind.ToString().ToLowerInvariant(), task["kind"]!.GetValue<string>());
        }
    }
}
