using System.Text.Json.Nodes;
using ResearchKit.Runs;
using ResearchKit.Runs.Sweeps;
using Xunit;

namespace ResearchKit.Tests.Runs;

/// <summary>What a sweep's file becomes: which recipes, in which folders, and what is refused before anything runs.</summary>
public sealed class SweepPlanTests : IDisposable
{
    private static readonly SweepChoice Best = new(new("alpha=0.5,temperature=10", new() { ["method.alpha"] = 0.5, ["method.temperature"] = 10 }), []);
    private static readonly SweepChoice None = new(new("", []), []);
    private readonly SweepTask _task = new();

    public void Dispose() => _task.Dispose();

    [Fact]
    public void A_grid_is_the_product_of_its_lists_the_last_running_fastest()
    {
        var plan = _task.Plan();
        string[] names = ["alpha=0.2,temperature=5", "alpha=0.2,temperature=10", "alpha=0.5,temperature=5", "alpha=0.5,temperature=10", "alpha=0.7,temperature=5", "alpha=0.7,temperature=10"];
        Assert.Equal(names, plan.Points(0).Select(p => p.Name));
        var grid = plan.Grid(0, [null, null, null]);
        Assert.Equal(names.Select(n => Path.Combine(_task.Folder, "kd", "grid", n)), grid.Select(r => r.Folder.Path));
        Assert.Equal(0.7, (double)grid[5].Recipe.Method["alpha"]!);
        Assert.Equal(10, (double)grid[5].Recipe.Method["temperature"]!);
        Assert.Equal(Path.Combine(_task.Folder, "teacher"), plan.Teacher!.Folder.Path);
        Assert.Empty(plan.Grid(2, [null, null, null]));
    }

    [Fact]
    public void Settings_of_one_last_name_are_told_apart()
    {
        var points = SweepPoint.Product(new() { ["a.rate"] = new JsonArray(1), ["b.rate"] = new JsonArray("x y", null) }, "x");
        Assert.Equal(["a.rate=1,b.rate=x-y", "a.rate=1,b.rate=null"], points.Select(p => p.Name));
    }

    [Fact]
    public void Points_are_judged_on_validation_with_the_first_seed_and_the_best_on_test_with_all()
    {
        var plan = _task.Plan();
        Assert.All(plan.Grid(0, [null, null, null]), run => Assert.Equal(("validation", new() { Initialisation = 3, Data = 3, Dropout = 3, Sampling = 3 }), (run.Recipe.Evaluation.Split, run.Recipe.Train.Seeds)));
        var final = plan.Final(0, [Best, null, null]);
        Assert.Equal([3, 4], final.Select(r => r.Recipe.Train.Seeds.Dropout));
        Assert.All(final, run => Assert.Equal(("kd", "test", 0.5), (run.Recipe.Name, run.Recipe.Evaluation.Split, (double)run.Recipe.Method["alpha"]!)));
        Assert.Equal([Path.Combine(_task.Folder, "kd", "seed-3"), Path.Combine(_task.Folder, "kd", "seed-4")], final.Select(r => r.Folder.Path));
    }

    [Fact]
    public void What_is_carried_reaches_the_stages_that_take_it_and_no_other()
    {
        var plan = _task.Plan();
        Assert.Equal([0], plan.Needs(1));
        Assert.Empty(plan.Needs(2));
        var longer = plan.Grid(1, [Best, null, null])[1].Recipe;
        Assert.Equal((0.5, 10, 16), ((double)longer.Method["alpha"]!, (int)longer.Method["temperature"]!, longer.Train.Steps));
        Assert.Equal(["name"], plan.Final(2, [Best, null, None])[0].Recipe.Method.Select(p => p.Key));
    }

    [Fact]
    public void A_stages_own_values_go_before_carried_ones_those_before_the_sweeps_and_those_before_the_recipes()
    {
        _task.Json["set"] = new JsonObject { ["train.batchSize"] = 4, ["train"] = new JsonObject { ["clip"] = 2 } };
        _task.Stage(0)["set"] = new JsonObject { ["train.batchSize"] = 2 };
        _task.Stage(0)["carry"] = new JsonArray("method.alpha", "method.temperature", "train.batchSize");
        _task.Stage(1)["set"] = new JsonObject { ["method"] = new JsonObject { ["alpha"] = 0.9 } };
        var plan = _task.Plan();
        var longer = plan.Grid(1, [Best, null, null])[0].Recipe;
        Assert.Equal((0.9, 10, 2, 2.0), ((double)longer.Method["alpha"]!, (int)longer.Method["temperature"]!, longer.Train.BatchSize, longer.Train.Clip));
        Assert.Equal((4, 2.0), (plan.Teacher!.Recipe.Train.BatchSize, plan.Teacher.Recipe.Train.Clip));
        Assert.Equal(2, plan.Final(2, [Best, null, None])[0].Recipe.Train.BatchSize);
    }

    [Fact]
    public void The_latest_stage_that_carries_a_setting_hands_it_over()
    {
        _task.Json["stages"]!.AsArray().Insert(1, JsonNode.Parse("""{ "name": "softer", "recipe": "kd.json", "set": { "method.temperature": 50 }, "carry": ["method.temperature"] }"""));
        var plan = _task.Plan();
        Assert.Equal([0, 1], plan.Needs(2));
        var longer = plan.Grid(2, [Best, None, null, null])[0].Recipe.Method;
        Assert.Equal((0.5, 50), ((double)longer["alpha"]!, (int)longer["temperature"]!));
    }

    [Fact]
    public void A_student_alone_reads_the_teachers_tokens_and_is_measured_against_it()
    {
        File.WriteAllText(_task.Tiny.At("alone.json"), File.ReadAllText(_task.Tiny.At("alone.json")).Replace("\"student\":{", "\"teacher\":\"other\",\"student\":{\"from\":\"teacher\","));
        var teacher = Path.Combine(_task.Folder, "teacher");
        var plan = _task.Plan();
        var taught = plan.Grid(0, [null, null, null])[0].Recipe;
        Assert.Equal((teacher, null, null), (taught.Teacher, taught.Evaluation.Reference, taught.Tokenizer.From));
        var alone = plan.Final(2, [null, null, None])[0].Recipe;
        Assert.Equal((null, teacher, teacher, teacher), (alone.Teacher, alone.Evaluation.Reference, alone.Tokenizer.From, alone.Student.From));
        Assert.Null(plan.Teacher!.Recipe.Teacher);
    }

    [Fact]
    public void A_taught_student_may_start_from_its_teacher()
    {
        _task.Stage(0)["set"] = new JsonObject { ["student.from"] = "teacher" };
        Assert.Equal("teacher", _task.Plan().Grid(0, [null, null, null])[0].Recipe.Student.From);
    }

    [Fact]
    public void Runs_at_the_same_time_have_one_thread_unless_they_say_or_began_otherwise()
    {
        _task.Stage(2)["set"] = new JsonObject { ["train.threads"] = 2 };
        SweepChoice?[] choices = [Best, None, None];
        var begun = _task.Plan().Final(0, choices)[0];
        begun.Folder.Begin(begun.Recipe, resume: false);
        var plan = _task.Plan(jobs: 2);
        Assert.Equal([null, 1], plan.Final(0, choices).Select(r => r.Recipe.Train.Threads));
        Assert.Equal([2, 2], plan.Final(2, choices).Select(r => r.Recipe.Train.Threads!.Value));
        Assert.Null(plan.Teacher!.Recipe.Train.Threads);
    }

    [Theory]
    [InlineData(new[] { 0.5, 0.7, 0.7, 0.6 }, true, 1)]
    [InlineData(new[] { 0.5, 0.4, 0.4, 0.6 }, false, 1)]
    [InlineData(new[] { double.NaN, 0.4, 0.6 }, true, 2)]
    [InlineData(new[] { double.NaN, double.NaN }, true, -1)]
    public void Of_equal_points_the_earlier_is_the_best(double[] values, bool largest, int best) => Assert.Equal(best, SweepPlan.Best(values, largest));

    [Theory]
    [InlineData(0, """{ "grid": { "method.beta": [1] }, "carry": [] }""", "stage 'kd': method 'kd' has no 'method.beta'", "It takes method.alpha, ")]
    [InlineData(2, """{ "grid": { "method.temperature": [1] } }""", "method 'fine-tune' has no 'method.temperature'", "'method.temperature' is taken by distilbert, distillm, ")]
    [InlineData(0, """{ "grid": { "train.epoch": [1] }, "carry": [] }""", "'train.epoch' is no setting of a recipe", "Did you mean 'train.epochs'?")]
    [InlineData(0, """{ "grid": { "method.alpha": [] }, "carry": [] }""", "stage 'kd': 'method.alpha' of the grid is an empty list", "Give at least one value")]
    [InlineData(0, """{ "grid": { "method.alpha": 0.5 }, "carry": [] }""", "'method.alpha' of the grid is 0.5", "expected a list of values")]
    [InlineData(0, """{ "grid": { "method.alpha": [0.5, 0.5] }, "carry": [] }""", "the point alpha=0.5 twice", "each value once")]
    [InlineData(0, """{ "grid": { "method.alpha": [0.5, 2] }, "carry": [] }""", "stage 'kd'", "'alpha' is 2, expected a number from 0 to 1")]
    [InlineData(0, """{ "grid": { "train.batchSize": [0] }, "carry": [] }""", "'train.batchSize' is 0", "expected a whole number from 1")]
    [InlineData(0, """{ "set": { "method.alpha": 0.5 } }""", "'method.alpha' is in its 'set' and in its 'grid'", "Leave one of the two out")]
    [InlineData(0, """{ "carry": ["train.epochs"] }""", "it carries 'train.epochs'", "neither in its 'grid' nor in its 'set'")]
    [InlineData(1, """{ "name": "kd" }""", "the name 'kd' is taken", "a name of its own")]
    [InlineData(1, """{ "name": "a/b" }""", "stage 2: 'name' is 'a/b'", "names a folder")]
    [InlineData(1, """{ "recipe": "none.json" }""", "stage 'longer': there is no recipe", "as seen from the sweep's file")]
    [InlineData(1, """{ "grids": {} }""", "stage 2: unknown key 'grids'", "Did you mean 'grid'?")]
    [InlineData(0, """{ "teacher": false }""", "Method 'kd' distils from a teacher, and none is given", "stage 'kd'")]
    public void What_makes_no_sense_is_refused_with_its_place(int stage, string change, string complaint, string remedy)
    {
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject()) _task.Stage(stage)[key] = value?.DeepClone();
        var said = Assert.Throws<KitException>(() => _task.Plan()).Message;
        Assert.Contains("sweep.json", said);
        Assert.Contains(complaint, said);
        Assert.Contains(remedy, said);
    }

    [Theory]
    [InlineData("""{ "seeds": [] }""", "'seeds' is empty")]
    [InlineData("""{ "seeds": [1, 2, 1] }""", "'seeds' has 1 twice")]
    [InlineData("""{ "seeds": [-1] }""", "'seeds' has -1")]
    [InlineData("""{ "stages": [] }""", "'stages' is empty")]
    [InlineData("""{ "name": "../x" }""", "'name' is '../x'")]
    [InlineData("""{ "teacher": 3 }""", "'teacher' is 3")]
    [InlineData("""{ "teacher": { "recipe": "none.json" } }""", "teacher: there is no recipe")]
    [InlineData("""{ "select": { "direction": "up" } }""", "expected one of max, min")]
    [InlineData("""{ "set": { "train.epoch": 3 } }""", "'train.epoch' is no setting of a recipe")]
    public void A_sweep_that_makes_no_sense_is_refused(string change, string complaint)
    {
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject()) _task.Json[key] = value?.DeepClone();
        Assert.Contains(complaint, Assert.Throws<KitException>(() => _task.Plan()).Message);
    }

    [Fact]
    public void A_missing_file_and_a_missing_teacher_are_refused()
    {
        Assert.Contains("no such sweep", Assert.Throws<KitException>(() => SweepPlan.Of(_task.Tiny.At("none.json"))).Message);
        _task.Json["teacher"] = _task.Tiny.At("nobody");
        Assert.Contains("nobody", Assert.Throws<KitException>(() => _task.Plan()).Message);
    }
}
