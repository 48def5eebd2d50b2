using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Training;

/// <summary>How a model is trained, whatever the method. Ranges are checked when a recipe is bound, and by <see cref="Check"/>.</summary>
public sealed record TrainSettings
{
    /// <summary>Passes over the training rows, fractions allowed; null where <see cref="Steps"/> says how long. Neither given: 3.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double? Epochs { get; init; }

    /// <summary>Optimizer steps, instead of <see cref="Epochs"/>.</summary>
    [Range(1, int.MaxValue)]
    public int? Steps { get; init; }

    /// <summary>Rows of a micro-batch: what runs through the models at once.</summary>
    [Range(1, 65_536)]
    public int BatchSize { get; init; } = 32;

    /// <summary>Micro-batches whose gradients are added up to one optimizer step; it then sees <see cref="BatchSize"/> times this many rows.</summary>
    [Range(1, 65_536)]
    public int Accumulate { get; init; } = 1;

    /// <summary>Peak learning rate.</summary>
    [Range(0.0, 1e3)]
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>Course of the rate after the warm-up.</summary>
    [AllowedValues(Training.Schedule.Constant, Training.Schedule.Linear, Training.Schedule.Cosine)]
    public string Schedule { get; init; } = Training.Schedule.Linear;

    /// <summary>Part of the steps over which the rate rises from 0.</summary>
    [Range(0.0, 1.0)]
    public double WarmupFraction { get; init; }

    /// <summary>AdamW's decoupled weight decay, on parameters of two dimensions and more.</summary>
    [Range(0.0, 1e3)]
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Decay biases and normalisation weights too.</summary>
    public bool DecayAll { get; init; }

    /// <summary>AdamW's β₁.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's β₂.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Largest L2 norm of a part's gradient; larger ones are scaled down to it. Null: no clipping.</summary>
    [Range(0.0, 1e9, MinimumIsExclusive = true)]
    public double? Clip { get; init; } = 1.0;

    /// <summary>What the models compute in: <c>fp32</c>; <c>tf32</c>, the same with matrix products that a GPU takes of factors rounded to 10 bits; or <c>bf16</c> with
    /// float32 master weights, moments and accumulated gradients.</summary>
    [AllowedValues("fp32", "tf32", "bf16")]
    public string Precision { get; init; } = "fp32";

    /// <summary>Where: <c>auto</c> (a GPU if there is one), <c>cpu</c>, <c>cuda</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads of libtorch on the CPU; null: libtorch's default. Another number gives other last bits.</summary>
    [Range(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>Steps between evaluations; null: at the end of every epoch. The last step is always evaluated.</summary>
    [Range(1, int.MaxValue)]
    public int? EvaluateEvery { get; init; }

    /// <summary>Steps between checkpoints; null: at the end of every epoch. One is always written at the end, and when the run is stopped.</summary>
    [Range(1, int.MaxValue)]
    public int? CheckpointEvery { get; init; }

    /// <summary>Checkpoints to keep; the second serves when the first turns out damaged.</summary>
    [Range(1, 1000)]
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>The evaluation's metric that decides which weights were the best; null: the last ones are taken.</summary>
    public string? BestMetric { get; init; }

    /// <summary>Whether the best is the largest or the smallest.</summary>
    [AllowedValues("max", "min")]
    public string BestDirection { get; init; } = "max";

    /// <summary>Whether what a frozen teacher says of the rows is computed once and kept, for all epochs and for other runs (<see cref="TeacherCache"/>).</summary>
    public bool CacheTeacher { get; init; }

    /// <summary>Whether the student's dropout is active in training.</summary>
    public bool Dropout { get; init; } = true;

    /// <summary>The four seeds.</summary>
    public Seeds Seeds { get; init; } = new();

    /// <summary>The settings as JSON, every default written out except what is null.</summary>
    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, SettingsBinder.Json)!.AsObject();

    /// <summary>Checks what a recipe's binding checks, and that lengths do not contradict one another.</summary>
    /// <exception cref="KitException">A value is out of range, or both epochs and steps are given.</exception>
    public TrainSettings Check()
    {
        SettingsBinder.Bind<TrainSettings>(ToJson(), "training settings");
        if (Epochs is not null && Steps is not null)
            throw new KitException($"training settings: 'epochs' is {Epochs} and 'steps' is {Steps}; give one of the two.");
        return this;
    }

    /// <summary>Optimizer steps of one pass over the rows; the last of a pass may have fewer micro-batches.</summary>
    /// <param name="batchesPerEpoch">Micro-batches of one pass.</param>
    public long StepsPerEpoch(long batchesPerEpoch) => (batchesPerEpoch + Accumulate - 1) / Accumulate;

    /// <summary>Optimizer steps of the whole training.</summary>
    /// <param name="batchesPerEpoch">Micro-batches of one pass.</param>
    public long TotalSteps(long batchesPerEpoch) =>
        Steps ?? Math.Max(1, (long)Math.Ceiling((Epochs ?? 3) * StepsPerEpoch(batchesPerEpoch) - 1e-9));
}

/// <summary>
/// Four seeds, so that each source of chance can be varied alone. Together with the recipe they decide every bit of a run
/// on one machine with one number of threads.
/// </summary>
public sealed record Seeds
{
    /// <summary>Of the weights that start random.</summary>
    [Range(0, int.MaxValue)]
    public int Initialisation { get; init; } = 1;

    /// <summary>Of the order of the rows.</summary>
    [Range(0, int.MaxValue)]
    public int Data { get; init; } = 1;

    /// <summary>Of dropout.</summary>
    [Range(0, int.MaxValue)]
    public int Dropout { get; init; } = 1;

    /// <summary>Of texts that a method samples while it trains.</summary>
    [Range(0, int.MaxValue)]
    public int Sampling { get; init; } = 1;
}
