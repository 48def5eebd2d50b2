using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Tensors;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>Everything that a training carries from one step to the next, and how it goes into a checkpoint and comes back.</summary>
internal sealed class TrainerState(IMethod method, IReadOnlyList<Learner> learners, TrainSettings settings, JsonObject? identity) : IDisposable
{
    /// <summary>Settings under which the same bits come out, so that they may change between two parts of a run.</summary>
    private static readonly string[] Free = ["checkpointEvery", "keepCheckpoints", "device"];

    private readonly JsonObject _identity = Identity(method, settings, identity);
    private Tensor[]? _best;   // one flat buffer a learner, on the host

    /// <summary>Steps made.</summary>
    public long Steps { get; set; }

    /// <summary>The epoch of the next batch.</summary>
    public int Epoch { get; set; }

    /// <summary>The index of the next batch in its epoch.</summary>
    public int Batch { get; set; }

    /// <summary>The best evaluation and its step.</summary>
    public (double Value, long Step)? Best { get; private set; }

    /// <summary>Keeps the weights of this step if their metric is better than any before; an undefined one never is.</summary>
    public void Offer(double value, bool largest)
    {
        if (double.IsNaN(value) || (Best is { } best && (largest ? value <= best.Value : value >= best.Value))) return;
        Best = (value, Steps);
        Keep([.. learners.Select(l => l.Parameters.Values)]);
    }

    /// <summary>Puts the best weights in place of the current ones.</summary>
    public void UseBest()
    {
        if (_best is null) return;
        using var frozen = no_grad();
        for (int i = 0; i < learners.Count; i++)
        {
            learners[i].Parameters.Values.copy_(_best[i]);
            learners[i].Parameters.Publish();
        }
    }

    /// <summary>The state as it is now. The tensors stay this object's: save it before the next step.</summary>
    public TrainingCheckpoint Take()
    {
        var parts = new JsonObject();
        var tensors = method.State.ToDictionary(t => "method." + t.Key, t => t.Value);
        for (int i = 0; i < learners.Count; i++)
        {
            var (name, optimizer) = (learners[i].Name, learners[i].Optimizer);
            parts[name] = new JsonObject { ["steps"] = optimizer.Steps, ["layout"] = Layout(learners[i].Parameters) };
            tensors[name + ".values"] = learners[i].Parameters.Values;
            tensors[name + ".moment1"] = optimizer.Moment1;
            tensors[name + ".moment2"] = optimizer.Moment2;
            if (_best is not null) tensors[name + ".best"] = _best[i];
        }
        var state = new JsonObject
        {
            ["step"] = Steps, ["epoch"] = Epoch, ["batch"] = Batch, ["parts"] = parts, ["identity"] = _identity.DeepClone(),
        };
        if (Best is { } best) state["best"] = new JsonObject { ["value"] = best.Value, ["step"] = best.Step };
        return new TrainingCheckpoint(state, tensors);
    }

    /// <summary>Takes a checkpoint up.</summary>
    /// <param name="checkpoint">A whole one.</param>
    /// <param name="file">Its file, for messages.</param>
    /// <exception cref="KitException">It is of another model or of other settings.</exception>
    public void Restore(TrainingCheckpoint checkpoint, string file)
    {
        var state = checkpoint.State;
        Require(state["identity"], _identity, "", file);
        var parts = state["parts"]!.AsObject();
        foreach (var learner in learners)
            Require(parts[learner.Name]?["layout"], Layout(learner.Parameters), learner.Name, file);

        using var frozen = no_grad();
        foreach (var learner in learners)
        {
            learner.Parameters.Values.copy_(checkpoint.Tensors[learner.Name + ".values"]);
            learner.Parameters.Publish();
            learner.Optimizer.Moment1.copy_(checkpoint.Tensors[learner.Name + ".moment1"]);
            learner.Optimizer.Moment2.copy_(checkpoint.Tensors[learner.Name + ".moment2"]);
            learner.Optimizer.Steps = parts[learner.Name]!["steps"]!.GetValue<long>();
        }
        Best = state["best"] is { } best ? (best["value"]!.GetValue<double>(), best["step"]!.GetValue<long>()) : null;
        if (Best is not null) Keep([.. learners.Select(l => checkpoint.Tensors[l.Name + ".best"])]);
        method.Restore(checkpoint.Tensors.Where(t => t.Key.StartsWith("method.", StringComparison.Ordinal)).ToDictionary(t => t.Key["method.".Length..], t => t.Value));
        (Steps, Epoch, Batch) = (state["step"]!.GetValue<long>(), state["epoch"]!.GetValue<int>(), state["batch"]!.GetValue<int>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _best ?? []) tensor.Dispose();
    }

    private void Keep(Tensor[] values)
    {
        using var frozen = no_grad();
        _best ??= [.. values.Select(v => empty_like(v, device: CPU).DetachFromDisposeScope())];
        for (int i = 0; i < values.Length; i++) _best[i].copy_(values[i]);
    }

    private static JsonObject Identity(IMethod method, TrainSettings settings, JsonObject? given)
    {
        var train = settings.ToJson();
        foreach (var key in Free) train.Remove(key);
        var all = given?.DeepClone().AsObject() ?? [];
        foreach (var key in Free) (all["train"] as JsonObject)?.Remove(key);   // a whole recipe brings its own copy of the settings
        all["train"] = train;
        all["methodName"] = method.Name;
        return JsonNode.Parse(all.ToJsonString())!.AsObject();   // as it will read in a checkpoint, numbers and all
    }

    private static JsonObject Layout(FlatParameters parameters)
    {
        var layout = new JsonObject();
        foreach (var slot in parameters.Slots) layout[slot.Name] = $"[{string.Join(", ", slot.Shape)}]";
        return layout;
    }

    private static void Require(JsonNode? saved, JsonNode? now, string path, string file)
    {
        if (saved is JsonObject a && now is JsonObject b)
        {
            foreach (var key in a.Select(p => p.Key).Union(b.Select(p => p.Key)))
                Require(a[key], b[key], path.Length == 0 ? key : $"{path}.{key}", file);
            return;
        }
        if (!JsonNode.DeepEquals(saved, now))
            throw new KitException($"'{file}' is a checkpoint of another training: '{path}' was {saved?.ToJsonString() ?? "absent"} there and is {now?.ToJsonString() ?? "absent"} here. "
                + "Resume with what it began with, or start in another folder.");
    }
}
