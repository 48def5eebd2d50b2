using System.Text.Json.Nodes;
using ResearchKit.Runs;
using ResearchKit.Runs.Sweeps;
using ResearchKit.Tests.Cli;

namespace ResearchKit.Tests.Runs;

/// <summary>A sweep over a tiny task: a teacher, distillation with a grid, more of it with what that chose, and a student alone.</summary>
internal sealed class SweepTask : IDisposable
{
    public SweepTask()
    {
        Tiny.Recipe("teacher", "classes", new() { ["name"] = "fine-tune" });
        Tiny.Recipe("kd", "classes", new() { ["name"] = "kd", ["temperature"] = 3 });
        Tiny.Recipe("alone", "classes", new() { ["name"] = "fine-tune" });
        Json = SettingsBinder.Parse("""
            {
              "name": "tiny",
              "teacher": { "recipe": "teacher.json" },
              "stages": [
                { "name": "kd", "recipe": "kd.json", "grid": { "method.alpha": [0.2, 0.5, 0.7], "method.temperature": [5, 10] }, "carry": ["method.alpha", "method.temperature"] },
                { "name": "longer", "recipe": "kd.json", "grid": { "train.steps": [14, 16] } },
                { "name": "alone", "recipe": "alone.json" }
              ],
              "seeds": [3, 4]
            }
            """, "tiny");
    }

    public TinyTask Tiny { get; } = new();

    public JsonObject Json { get; }

    public string Path => Tiny.At("sweep.json");

    public string Folder => Tiny.At("runs");

    public JsonObject Stage(int number) => Json["stages"]![number]!.AsObject();

    public SweepPlan Plan(int jobs = 1)
    {
        File.WriteAllText(Path, Json.ToJsonString());
        return SweepPlan.Of(Path, Folder, jobs);
    }

    public void Dispose() => Tiny.Dispose();
}

/// <summary>Does not train: gives each run the accuracy it is told, and notes which were asked for.</summary>
internal sealed class ToldRunner(Func<SweepRun, double> accuracy, int results = int.MaxValue) : ISweepRunner
{
    private readonly List<string> _asked = [];

    public IReadOnlyList<string> Asked { get { lock (_asked) return [.. _asked]; } }

    public Action<SweepRun> Meanwhile { get; init; } = _ => { };

    public Task Run(SweepRun run, IRunObserver observer, CancellationToken stop)
    {
        lock (_asked) _asked.Add(run.Title);
        run.Folder.Begin(run.Recipe, run.IsBegun);
        Meanwhile(run);
        if (Asked.Count > results) throw new OperationCanceledException();
        var outcome = new RunResults
        {
            Name = run.Recipe.Name,
            Method = run.Recipe.MethodName,
            Task = run.Recipe.Data.Task,
            Split = run.Recipe.Evaluation.Split,
            Metrics = new() { ["accuracy"] = accuracy(run) },
            Parameters = 10,
            Seed = run.Recipe.Train.Seeds.Initialisation,
            TrainingRows = 5,
            Steps = 3,
            TrainingSeconds = 1,
            TokensPerSecond = 100,
            Device = "cpu",
            Command = $"./kit train {run.Folder.ConfigFile}",
        };
        run.Folder.Complete(outcome);
        observer.Complete(outcome);
        return Task.CompletedTask;
    }
}
