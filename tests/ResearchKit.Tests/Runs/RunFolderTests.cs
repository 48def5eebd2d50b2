using System.Text.Json.Nodes;
using ResearchKit.Runs;
using ResearchKit.Runs.Report;
using Xunit;

namespace ResearchKit.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-runs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Recipe Kd(params string[] overrides) => Recipe.From(Demo.Recipe("topic-kd"), "topic-kd.json", overrides);

    private static RunResults Results(string name, int seed, double accuracy, string task = "wordnet-topic") => new()
    {
        Name = name, Method = "kd", Task = task, Split = "test", Metrics = new() { ["accuracy"] = accuracy }, Parameters = 10, Seed = seed,
        TrainingRows = 5, Steps = 3, TrainingSeconds = 1, TokensPerSecond = 100, Device = "cpu", Command = "./kit train",
    };

    private RunFolder Completed(string folder, RunResults results)
    {
        var run = new RunFolder(Path.Combine(_folder, folder));
        run.Complete(results);
        return run;
    }

    [Fact]
    public void A_recipe_comes_back_from_the_folder_as_it_went_in()
    {
        var run = new RunFolder(Path.Combine(_folder, "a"));
        run.Begin(Kd("train.epochs=7"), resume: false);
        Assert.True(JsonNode.DeepEquals(Kd("train.epochs=7").ToJson(), run.Recipe().ToJson()));
        Assert.False(run.IsComplete);
    }

    [Fact]
    public void A_run_is_not_started_over_another_nor_resumed_with_another_recipe()
    {
        var run = new RunFolder(Path.Combine(_folder, "a"));
        run.Begin(Kd(), resume: false);
        Assert.Contains("already here", Assert.Throws<KitException>(() => run.Begin(Kd(), resume: false)).Message);
        run.Begin(Kd(), resume: true);
        Assert.Contains("train.epochs", Assert.Throws<KitException>(() => run.Begin(Kd("train.epochs=9"), resume: true)).Message);
    }

    [Fact]
    public void There_is_nothing_to_resume_in_an_empty_folder() =>
        Assert.Contains("nothing to resume", Assert.Throws<KitException>(() => new RunFolder(_folder).Begin(Kd(), resume: true)).Message);

    [Fact]
    public void An_incomplete_and_a_missing_run_say_what_to_do()
    {
        Assert.Contains("--resume", Assert.Throws<KitException>(() => new RunFolder(_folder).Results()).Message);
        Assert.Contains("no such run", Assert.Throws<KitException>(() => new RunFolder(Path.Combine(_folder, "no")).Results()).Message);
    }

    [Fact]
    public void Damaged_results_are_refused_naming_the_file()
    {
        var run = Completed("a", Results("kd", 1, 0.5));
        File.WriteAllText(run.ResultsFile, File.ReadAllText(run.ResultsFile)[..40]);
        Assert.Contains("results.json", Assert.Throws<KitException>(() => run.Results()).Message);
    }

    [Fact]
    public void A_comparison_groups_seeds_and_tests_pairs_by_seed()
    {
        var comparison = Comparison.Of([
            Completed("a2", Results("kd", 2, 0.84)), Completed("b1", Results("alone", 1, 0.79)),
            Completed("a1", Results("kd", 1, 0.80)), Completed("b2", Results("alone", 2, 0.81))]);
        Assert.Equal(["kd", "alone"], comparison.Groups.Select(g => g.Name));
        Assert.Equal([1, 2], comparison.Groups[0].Runs.Select(r => r.Seed));
        Assert.Equal(0.82, comparison.Groups[0].Metric("accuracy")!.Mean, 12);
        Assert.Equal(0.02, Comparison.Test(comparison.Groups[0], comparison.Groups[1], "accuracy")!.Difference, 12);
        // Differences −0.01 and −0.03: t = −2 with one degree of freedom, so p = 1 − 2 arctan(2) / π = 0.295.
        Assert.Equal(["alone", "−2.0 (p = 0.3)"], ComparisonTable.Differences(comparison)!.Rows[0]);
        Assert.Null(ComparisonTable.Differences(Comparison.Of([Completed("a1", Results("kd", 1, 0.80)), Completed("b1", Results("alone", 1, 0.79))])));
    }

    [Fact]
    public void A_folder_named_twice_is_one_run()
    {
        var run = Completed("a", Results("kd", 1, 0.8));
        var again = new RunFolder(run.Path + Path.DirectorySeparatorChar);
        Assert.Single(Comparison.Of([run, again]).Groups[0].Runs);
    }

    [Fact]
    public void Two_runs_of_one_recipe_and_seed_are_not_two_seeds()
    {
        var said = Assert.Throws<KitException>(() => Comparison.Of([Completed("a", Results("kd", 1, 0.8)), Completed("b", Results("kd", 2, 0.8)), Completed("c", Results("kd", 1, 0.9))])).Message;
        Assert.Contains($"{Path.Combine(_folder, "a")} and {Path.Combine(_folder, "c")} are all 'kd' with seed 1", said);
    }

    [Fact]
    public void Any_recipe_may_be_the_one_that_the_others_are_tested_against()
    {
        var comparison = Comparison.Of([
            Completed("a1", Results("kd", 1, 0.80)), Completed("a2", Results("kd", 2, 0.84)),
            Completed("b1", Results("alone", 1, 0.79)), Completed("b2", Results("alone", 2, 0.81))]);
        var table = ComparisonTable.Differences(comparison, "alone")!;
        Assert.Equal("against alone", table.Header[0]);
        Assert.Equal(["kd", "+2.0 (p = 0.3)"], Assert.Single(table.Rows));
        Assert.Contains("Did you mean 'alone'? There are kd, alone.", Assert.Throws<KitException>(() => ComparisonTable.Differences(comparison, "alon")).Message);
    }

    [Fact]
    public void Results_files_and_run_folders_compare_alike()
    {
        var (a, b) = (Completed("a", Results("kd", 1, 0.8)), Completed("b", Results("alone", 1, 0.7)));
        Assert.Equal(["kd", "alone"], Comparison.OfResults([a.ResultsFile, b.Path]).Groups.Select(g => g.Name));
        Assert.Contains("no such run folder", Assert.Throws<KitException>(() => Comparison.OfResults([Path.Combine(_folder, "no.json")])).Message);
    }

    [Fact]
    public void Runs_of_different_tasks_do_not_share_a_table() =>
        Assert.Contains("different tasks", Assert.Throws<KitException>(() =>
            Comparison.Of([Completed("a", Results("kd", 1, 0.8)), Completed("b", Results("kd", 1, 0.8, "wordnet-pair"))])).Message);
}
