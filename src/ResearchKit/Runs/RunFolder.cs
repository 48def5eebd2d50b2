using System.Text.Json.Nodes;

namespace ResearchKit.Runs;

/// <summary>
/// A run is a folder: <c>config.json</c> (the whole recipe with every default and seed), <c>metrics.jsonl</c>, <c>checkpoints/</c>,
/// <c>model/</c> (the best student, as a Hugging Face folder) and, when it is complete, <c>results.json</c>.
/// </summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    /// <summary>The recipe as it ran.</summary>
    public string ConfigFile => System.IO.Path.Combine(Path, "config.json");

    /// <summary>One training step a line.</summary>
    public string MetricsFile => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>Checkpoints of a training in progress.</summary>
    public string CheckpointFolder => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>The finished student.</summary>
    public string ModelFolder => System.IO.Path.Combine(Path, "model");

    /// <summary>What came out; there only when the run is complete.</summary>
    public string ResultsFile => System.IO.Path.Combine(Path, "results.json");

    /// <summary>What the student answers to the judged rows, a row a line; there when <c>rouge</c> is measured (<see cref="Evaluation.GenerationReport.Save"/>).</summary>
    /// <param name="task">Of another task that it is asked for, too; null for its own.</param>
    public string ResponsesFile(string? task = null) => System.IO.Path.Combine(Path, task is null ? "responses.jsonl" : $"responses-{task}.jsonl");

    /// <summary>Its exposure bias by position; there when <c>exposure</c> is measured (<see cref="Evaluation.ExposureCurve.Save"/>).</summary>
    public string ExposureFile => System.IO.Path.Combine(Path, "exposure.json");

    /// <summary>What an adapting teacher learnt beside its own weights; there when the method has one.</summary>
    public string OnlineFile => System.IO.Path.Combine(Path, "online.safetensors");

    /// <summary>True when the run has ended with its results written.</summary>
    public bool IsComplete => File.Exists(ResultsFile);

    /// <summary>True when a run stands here, complete or not.</summary>
    public bool IsBegun => File.Exists(ConfigFile);

    /// <summary>Reads the results.</summary>
    /// <exception cref="KitException">The run is not complete, or its file is damaged.</exception>
    public RunResults Results()
    {
        if (!Directory.Exists(Path)) throw new KitException($"{Path}: there is no such run folder. Give the folder that a training wrote with --out.");
        if (!IsComplete) throw new KitException($"{Path}: this run has no results.json, so it is not complete. Go on with './kit train {ConfigFile} --out {Path} --resume'.");
        return RunResults.Load(ResultsFile);
    }

    /// <summary>Reads the recipe as it ran.</summary>
    /// <exception cref="KitException">There is none, or it is damaged.</exception>
    public Recipe Recipe() => Runs.Recipe.Load(ConfigFile);

    /// <summary>Refuses a run that cannot begin here; touches nothing.</summary>
    /// <param name="recipe">What will run.</param>
    /// <param name="resume">Go on with what is there.</param>
    /// <exception cref="KitException">The folder holds another run, or nothing to resume.</exception>
    public void Check(Recipe recipe, bool resume)
    {
        bool used = IsBegun;
        if (resume && !used) throw new KitException($"{Path}: nothing to resume here; leave --resume out to start.");
        if (resume && !JsonNode.DeepEquals(Recipe().ToJson(), recipe.ToJson()))
            throw new KitException($"{Path}: the recipe differs from the one this run began with ({Difference(Recipe().ToJson(), recipe.ToJson(), "")}). "
                + "Resume with the same recipe, or start in another folder.");
        if (!resume && used) throw new KitException($"{Path}: a run is already here. Go on with it (--resume), or choose another folder (--out).");
    }

    /// <summary>Makes the folder ready for a run of this recipe.</summary>
    /// <exception cref="KitException">As <see cref="Check"/>, or the folder cannot be written.</exception>
    public void Begin(Recipe recipe, bool resume)
    {
        Check(recipe, resume);
        if (!resume) AtomicFile.WriteText(ConfigFile, recipe.ToJson().ToJsonString(SettingsBinder.Json) + "\n");
    }

    /// <summary>Writes the results, which completes the run.</summary>
    public void Complete(RunResults results) => results.Save(ResultsFile);

    private static string Difference(JsonNode? before, JsonNode? now, string path)
    {
        if (before is JsonObject a && now is JsonObject b)
            foreach (var key in a.Select(p => p.Key).Union(b.Select(p => p.Key)))
                if (!JsonNode.DeepEquals(a[key], b[key])) return Difference(a[key], b[key], path.Length == 0 ? key : $"{path}.{key}");
        return $"{path}: was {before?.ToJsonString() ?? "absent"}, now {now?.ToJsonString() ?? "absent"}";
    }
}
