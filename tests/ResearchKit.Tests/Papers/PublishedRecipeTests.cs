using ResearchKit.Distillation;
using ResearchKit.Runs;
using ResearchKit.Runs.Sweeps;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Papers;

/// <summary>The recipes and sweeps that stand in the room are ones that the kit takes.</summary>
public class PublishedRecipeTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "src/ResearchKit/Papers");

    public static TheoryData<string> Files => [.. Directory.GetDirectories(s_folder).SelectMany(room => Directory.GetFiles(Path.Combine(room, "Recipes"), "*.json", SearchOption.AllDirectories))
        .Select(f => Path.GetRelativePath(s_folder, f)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void TheKitTakesIt(string file)
    {
        var path = Path.Combine(s_folder, file);
        if (!file.EndsWith(".sweep.json", StringComparison.Ordinal))
        {
            var recipe = Recipe.Load(path);
            recipe.Train.Check();
            MethodCatalog.Check(recipe.Method);
            Assert.Equal(Path.GetFileNameWithoutExtension(file), recipe.Name);
            return;
        }
        var sweep = Sweep.Load(path);
        Assert.True(sweep.Seeds.Length >= 3);
        foreach (var stage in sweep.Stages) Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(path)!, stage["recipe"]!.GetValue<string>())));
        if (sweep.Teacher is not System.Text.Json.Nodes.JsonObject) return;   // a teacher that is trained first
        using var folder = new Checkpoints.TemporaryFolder();
        var plan = SweepPlan.Of(path, folder["runs"]);
        Assert.NotNull(plan.Teacher);
        if (!file.StartsWith("GradientDistillation", StringComparison.Ordinal)) return;
        var carried = plan.Stages.SelectMany(s => s.Carry).ToList();
        Assert.Contains("method.alpha", carried);   // chosen on plain distillation, then frozen for all others
        Assert.Equal("kd", plan.Stages[0].Name);
        // β of gradkd weighs gradients and may not reach gradkd-cls, where it weighs states.
        var names = plan.Stages.Select(s => s.Name).ToList();
        Assert.True(names.IndexOf("gradkd") > names.IndexOf("gradkd-cls-dropout"));
    }
}
