using System.Text.Json.Nodes;

namespace ResearchKit.Benchmarks;

/// <summary>Something that is timed: prepared once, then stepped many times. Its twin of the same name stands in <c>benchmarks/pytorch</c>.</summary>
public abstract class Workload : IDisposable
{
    private static readonly Dictionary<string, Func<Setting, Workload>> Known = new()
    {
        ["op-add"] = s => new AddWorkload(s),
        ["op-linear"] = s => new LinearWorkload(s),
        ["kd-encoder"] = s => TrainingWorkload.Encoders("kd-encoder", s, new JsonObject { ["name"] = "kd", ["alpha"] = 0.5, ["temperature"] = 5 }),
        ["gradkd-encoder"] = s => TrainingWorkload.Encoders("gradkd-encoder", s, new JsonObject { ["name"] = "gradkd", ["alpha"] = 0.5, ["temperature"] = 5, ["beta"] = 0.2 }),
        ["makd-encoder"] = s => TrainingWorkload.Factors("makd-encoder", s, new JsonObject { ["name"] = "makd", ["alpha"] = 0.5, ["temperature"] = 5, ["normalise"] = "none" }),
        ["fkl-decoder"] = s => TrainingWorkload.Decoders("fkl-decoder", s, new JsonObject { ["name"] = "fkl" }),
        ["fkl-decoder-50k"] = s => TrainingWorkload.Decoders("fkl-decoder-50k", s, new JsonObject { ["name"] = "fkl" }, vocabulary: 50257),
        ["okd-decoder"] = s => TrainingWorkload.Decoders("okd-decoder", s, new JsonObject { ["name"] = "okd", ["rank"] = 32, ["alpha"] = 0.5 }),
        ["onpolicy-decoder"] = s => TrainingWorkload.Decoders("onpolicy-decoder", s,
            new JsonObject { ["name"] = "gkd", ["share"] = 1, ["divergence"] = "reverse-kl", ["maxNewTokens"] = s.Decoders().Tokens / 2 }, prompt: 0.5),
    };

    /// <summary>The name that both sides know it by.</summary>
    public abstract string Name { get; }

    /// <summary>Units of work in one step: tokens of a training step, operations of a loop, rows of a product.</summary>
    public abstract long UnitsPerStep { get; }

    /// <summary>One timed step.</summary>
    public abstract void Step();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Steps that both sides make before any is timed: the runtime's compiler needs them as much as the caches.</summary>
    public virtual int WarmUp => 40;

    /// <summary>Timed rounds, each of <see cref="StepsPerRound"/> steps of both sides.</summary>
    public virtual int Rounds => 100;

    /// <summary>Steps of a round.</summary>
    public virtual int StepsPerRound => 5;

    /// <summary>Parameters of the models, by the names that the other side gives them; none where there are no models.</summary>
    public virtual IReadOnlyDictionary<string, long> Parameters => new Dictionary<string, long>();

    /// <summary>Every workload's name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>Those that are measured at a size: at base size every decoder has the vocabulary that one of the desk's is for.</summary>
    public static IReadOnlyList<string> NamesOf(Setting setting) => [.. Names.Where(name => !setting.IsBase || name != "fkl-decoder-50k")];

    /// <summary>Makes a workload.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="setting">Where it runs, and how large it is; null for desk size on the CPU.</param>
    /// <exception cref="KitException">No workload has that name.</exception>
    public static Workload Create(string name, Setting? setting = null) => Known.TryGetValue(name, out var make) ? make(setting ?? new Setting())
        : throw new KitException($"There is no workload '{name}'. Choose one of {string.Join(", ", Names)}.");
}
