using ResearchKit.Analysis;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Notebooks.Figures;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Runs;
using ResearchKit.Tests.Checkpoints;
using ResearchKit.Training;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>Every figure of the kit, from invented runs with awkward names, gaps and several seeds.</summary>
public sealed class KitFigures : IDisposable
{
    private const string Awkward = "kd <τ = 4> & α";

    private readonly TemporaryFolder _folder = new();
    private readonly List<RunFolder> _runs = [];

    public KitFigures()
    {
        var teacher = Run("teacher", "fine-tune", seed: 1, level: 0.83, teacher: null);
        for (int seed = 1; seed <= 3; seed++)
        {
            Run("alone", "fine-tune", seed, 0.72, null);
            Run(Awkward, "kd", seed, 0.76, teacher.Path);
        }
    }

    /// <summary>Each by the name of its function.</summary>
    public IReadOnlyDictionary<string, Func<GenericChart>> All
    {
        get
        {
            var comparison = Comparison.Of(_runs);
            RunPredictions teacher = Predictions("teacher", 0.1, teacher: true), student = Predictions(Awkward, 0.8), other = Predictions("alone", 1.5);
            double[] steps = [1, 10, 100, 1000], falling = [3, 2, double.NaN, 1];
            Series[] series = [new("teacher", Palette.Teacher, steps, falling), new(Awkward, Palette.Of("kd"), steps, [4, 3, 2.5, 2], [0.2, 0.3, 0.2, 0.1])];
            Axis x = new("optimizer step", Log: true), y = new("loss (nats)", FromZero: true);
            return new Dictionary<string, Func<GenericChart>>
            {
                [nameof(Figure.Lines)] = () => Figure.Lines(series, "Lines <of> a & b", "A caption that is long enough to be broken, because plotly breaks no line by itself, and that says what to see.", x, y),
                [nameof(Figure.Panels)] = () => Figure.Panels([.. new[] { "L_CE", "L_KD", "L_GAD" }.Select(name => new Panel(Style.Symbol(name), series, x, y))], "Panels", "Three of them."),
                [nameof(Figure.Bars)] = () => Figure.Bars([new("teacher", Palette.Teacher, [0.83]), new(Awkward, Palette.Of("kd"), [0.75, 0.77, 0.78], "0.767 ± 0.015")], "Bars", "What to see.", Axis.Share("accuracy")),
                [nameof(Figure.Heatmap)] = () => Figure.Heatmap([[1, -2], [double.NaN, 4]], ["a <row>", "another row with a long name"], ["c", "d"], "Heatmap", "What to see.", "rows", "columns", "nats", "0.0", diverging: true),
                [nameof(Figure.Histogram)] = () => Figure.Histogram([new("teacher", Palette.Teacher, [0.1, 0.5, 0.5, 0.9]), new(Awkward, Palette.Of("kd"), [0.2, 0.2, 0.4, double.NaN])], "Histogram", "What to see.", new Axis("probability")),
                [nameof(Figure.LearningCurves)] = () => Figure.LearningCurves(_runs),
                [nameof(Figure.ValidationCurves)] = () => Figure.ValidationCurves("accuracy", _runs),
                [nameof(Figure.LearningRate)] = () => Figure.LearningRate(_runs),
                [nameof(Figure.Tradeoff)] = () => Figure.Tradeoff(comparison),
                [nameof(Figure.Methods)] = () => Figure.Methods(comparison),
                [nameof(Figure.Cost)] = () => Figure.Cost(comparison),
                [nameof(Figure.Disagreement)] = () => Figure.Disagreement(teacher, student),
                [nameof(Figure.Confusion)] = () => Figure.Confusion(student),
                [nameof(Figure.ClassAgreement)] = () => Figure.ClassAgreement(teacher, student),
                [nameof(Figure.Confidence)] = () => Figure.Confidence(teacher, student, other),
                [nameof(Figure.Divergences)] = () => Figure.Divergences(teacher, student, other),
                [nameof(Figure.GradientConsistency)] = () => Figure.GradientConsistency(Course("gradkd", "gradkd", 0.6), Course("gradkd-cls", "gradkd-cls", 0.5), Course("pkd", "pkd", 0.15), Course("kd", "kd", 0.1), Course("kd-frozen", "kd", 0.2)),
                [nameof(Figure.ConsistencySpread)] = () => Figure.ConsistencySpread("E", (Awkward, "kd", Report(0.1)), ("gradkd", "gradkd", Report(0.7))),
                [nameof(Figure.TokenConsistency)] = () => Figure.TokenConsistency(["[CLS]", .. Words, "[SEP]"],
                    [.. new[] { "E, kd", "E, gradkd", "h1, kd", "h1, gradkd" }.Select((name, i) => new WordRow(name, Wave(Words.Length + 2, 0.2 * i, i)))]),
                [nameof(Figure.Saliency)] = () => Figure.Saliency(Words, [.. new[] { "teacher", Awkward, "pkd", "gradkd", "gradkd-cls" }.Select((name, i) => new WordRow(name, Wave(Words.Length, 0, 3.0 / (1 + i))))]),
                [nameof(Figure.Loyalty)] = () => Figure.Loyalty(Comparison.OfResults(Loyal())),
                [nameof(Figure.DropoutBias)] = () => Figure.DropoutBias(new BiasCurve("gradkd-cls", "gradkd-cls", Bias(6, 0.86)), new BiasCurve(Awkward, "kd", Bias(2, 0.8))),
                [nameof(Figure.Columns)] = () => Figure.Columns([new("per <part> & all", ["1: 0.06", "2: 0.87"], [new(Awkward, Palette.Of("fkl"), [1, double.NaN], [0.1, 0.2]), new("okd", Palette.Of("okd"), [0.5, 2])], new("part"), new("nats"))], "Columns", "What to see."),
                [nameof(Figure.Fits)] = () => Figure.Fits(Principles.Example, [.. Principles.Example.Minima(FitObjective.ReverseKl), Principles.Example.Best(FitObjective.ForwardKl), Principles.Example.Best(FitObjective.ReverseKl, temperature: 4)]),
                [nameof(Figure.Transfer)] = () => Figure.Transfer(Transferred),
                [nameof(Figure.Deciles)] = () => Figure.Deciles(Transferred),
                [nameof(Figure.TeacherDrift)] = () => Figure.TeacherDrift(new DriftCourse(Awkward, "okd", Drift(0.1), Drift(0.2), Drift(0.3)), new DriftCourse("fkl", "fkl", Drift(0))),
                [nameof(Figure.ExposureBias)] = () => Figure.ExposureBias(new MethodCurve(Awkward, "fkl", Wave(16, 0.3, 0), Wave(16, 0.4, 0), Wave(16, 0.5, 0)), new MethodCurve("okd", "okd", [double.PositiveInfinity, .. Wave(15, -0.1, 1)])),
                [nameof(Figure.TrainingTime)] = () => Figure.TrainingTime([new("okd", "okd", 40, 60), new(Awkward, "minillm", 150.25), new("fkl", "fkl", 20)], [new("OKD", "okd", 4.2), new("MiniLLM, twenty epochs on Dolly", "minillm", 16.4)]),
                [nameof(Figure.LayerSimilarity)] = () => Figure.LayerSimilarity(Aligned),
                [nameof(Figure.AttentionDivergence)] = () => Figure.AttentionDivergence(Aligned),
                [nameof(Figure.MatrixErrors)] = () => Figure.MatrixErrors(weights: false, new MatrixState("before training", Errors(0.6)), new MatrixState(Awkward, Errors(0.2))),
                [nameof(Figure.SingularValues)] = () => Figure.SingularValues(Spectrum, rank: 32),
                [nameof(Figure.RankSensitivity)] = () => Figure.RankSensitivity(Sensitivity),
                [nameof(Figure.Scoreboard)] = () => Figure.Scoreboard(["kd", Awkward, "makd + gradkd"], new Score("accuracy %", "0.0", true, [81.2, double.NaN, 83.4]), new Score("heads, nats", "0.00", false, [0.31, 0.3, 0.02]), new Score("seconds", "0", false, [12, 30, 95])),
                [nameof(Figure.Budget)] = () => Figure.Budget(Comparison.OfResults(Budgets())),
                [nameof(Figure.TopLogits)] = () => Figure.TopLogits("Masters <of> & a", ("teacher", "sft", true, new([.. Enumerable.Range(0, 50).Select(i => 9 - (0.1 * i))], 1.4)), (Awkward, "okd", false, new([.. Enumerable.Range(0, 50).Select(i => 12 - (0.2 * i))], 2.9))),
            };
        }
    }

    public void Dispose() => _folder.Dispose();

    private static TransferOf[] Transferred => [new(Awkward, "fkl", Transfer(0.1), Transfer(0.3)), new("rkl", "rkl", Transfer(0.2)), new("okd", "okd", Transfer(0.15))];

    private static TransferReport Transfer(double by) => new(400, 1.5, 1 + by, by, 2 * by, 0.8, 0.5 + by, 0.75, 0.05, 0.05 + by, 0.02, 0.9, [],
        [.. Enumerable.Range(1, 10).Select(i => new TransferDecile(0.09 * i, 0.1 * i, 0.095 * i, by / i, i == 3 ? double.PositiveInfinity : 2 * by / i))]);

    private static IReadOnlyList<DriftPoint> Drift(double by) => [.. Enumerable.Range(0, 13).Select(i => new DriftPoint(50 * i, new(by * i / 12, 0.5, 1, Math.Exp(-i / 4.0), 2, 1.5 * Math.Exp(-i / 5.0), 3, 4 - (by * i), 4, 5)))];

    private RunFolder Run(string name, string method, int seed, double level, string? teacher)
    {
        var run = new RunFolder(_folder[$"{_runs.Count}"]);
        var json = Demo.Recipe(teacher is null ? "topic-teacher" : "topic-kd");
        json["name"] = name;
        if (teacher is not null) json["teacher"] = teacher;
        run.Begin(Recipe.From(json, name), resume: false);
        using (var log = MetricsLog.Open(run.MetricsFile))
        {
            for (int step = 1; step <= 60; step++)
            {
                double loss = 3.2 * Math.Exp(-step / 25.0) + 1 - level + 0.05 * Math.Sin(step * seed);
                var terms = new Dictionary<string, double> { ["L_CE"] = loss };
                if (teacher is not null) terms["L_KD"] = 2 * loss;
                log.Append(new(step, 60, step / 30.0, loss, terms, new Dictionary<string, double> { ["student"] = 1 }, 2e-3 * (1 - step / 60.0), 512, 0.05,
                    step % 20 == 0 ? new Dictionary<string, double> { ["accuracy"] = level * (1 - Math.Exp(-step / 15.0)) + 0.01 * seed } : null));
            }
        }
        run.Complete(new()
        {
            Name = name, Method = method, Task = "wordnet-topic", Split = "test", Metrics = new() { ["accuracy"] = level + 0.01 * seed, ["loss"] = 1 - level },
            Parameters = teacher is null && name == "teacher" ? 1_870_234 : 1_275_418, Seed = seed, TrainingRows = 16_000, Steps = 60, TrainingSeconds = 40 + seed, TokensPerSecond = 9000 + 100 * seed, Device = "cpu", Command = "./kit demo",
        });
        _runs.Add(run);
        return run;
    }

    private static readonly string[] Words =
        ["a", "clumsy", ",", "hardly", "believable", "comedy", "of", "errors", "that", "makes", "its", "great", "predecessor", "'s", "melodrama", "seem", "unsentimental", "<by>", "&", "comparison", "."];

    private static double[] Wave(int count, double level, double phase) => [.. Enumerable.Range(0, count).Select(i => i == 7 ? double.NaN : Math.Clamp(level + Math.Sin(2.3 * i + phase), -1, 1))];

    private static ConsistencyReport Report(double level) =>
        new([new(new(0, 0), [.. Enumerable.Range(0, 50).Select(i => Wave(20, level, 0.7 * i))])], [.. Enumerable.Repeat(true, 50)]);

    private static ConsistencyCourse Course(string name, string method, double level) => new(name, method, [.. Enumerable.Range(1, 3).Select(seed =>
        (IReadOnlyList<ConsistencyMeans>)[.. Enumerable.Range(0, 13).Select(i => new ConsistencyMeans(50 * i,
            [.. new[] { "E", "h1" }.Select((place, k) => new LayerMean(place, level * (1 - Math.Exp(-i / 3.0)) + 0.02 * seed, (level - 0.05) * (1 - Math.Exp(-i / 4.0)) + 0.02 * seed))]))])]);

    private static DropoutBiasReport Bias(int layers, double level)
    {
        DropoutBiasAt At(int k) => new(k == 0 ? "E" : $"h{k}", k, level + 0.08 * k / layers, 0.04, level + 0.03 + 0.08 * k / layers, 1000);
        return new(new(), 1000, [.. Enumerable.Range(0, layers).Select(At)], At(0));
    }

    private static IEnumerable<RunResults> Loyal()
    {
        (string Name, string Method, double Accuracy, double Loyalty)[] runs =
        [
            ("fine-tune", "fine-tune", 0.78, 0.28), ("kd", "kd", 0.80, 0.32), ("kd-no-dropout", "kd", 0.795, 0.36), ("kd-frozen", "kd", 0.79, 0.41), ("kd-frozen-no-dropout", "kd", 0.797, 0.44),
            ("pkd", "pkd", 0.803, 0.35), ("gradkd", "gradkd", 0.805, 0.62), ("gradkd-cls", "gradkd-cls", 0.81, 0.66), ("gradkd-dropout", "gradkd", 0.80, 0.52), ("gradkd-cls-dropout", "gradkd-cls", 0.802, 0.55),
        ];
        RunResults Result(string name, string method, int seed, double accuracy, double? loyalty)
        {
            var metrics = new Dictionary<string, double> { ["accuracy"] = accuracy };
            if (loyalty is { } value) metrics["saliency loyalty"] = value;
            return new()
            {
                Name = name, Method = method, Task = "wordnet-topic", Split = "test", Metrics = metrics, Parameters = loyalty is null ? 1_870_234 : 1_275_418, TeacherParameters = loyalty is null ? null : 1_870_234, Seed = seed,
                TrainingRows = 16_000, Steps = 60, TrainingSeconds = 40, TokensPerSecond = 9000, Device = "cpu", Command = "./kit demo",
            };
        }
        return runs.SelectMany(r => Enumerable.Range(1, 3).Select(seed => Result(r.Name, r.Method, seed, r.Accuracy + 0.003 * (seed - 2), r.Loyalty + 0.012 * (2 - seed)))).Prepend(Result("teacher", "fine-tune", 1, 0.83, null));
    }

    private static readonly string[] Maps = ["query", "key", "value", "output", "up", "down"];

    private static IReadOnlyList<MatrixError> Errors(double level) => [.. Maps.Select((map, i) => new MatrixError(map, [.. Enumerable.Range(0, 12).Select(l => level * (1 + 0.3 * Math.Sin(i + l)))]))];

    private static AlignmentReport Aligned
    {
        get
        {
            double[][] cka = [.. Enumerable.Range(0, 13).Select(i => Enumerable.Range(0, 7).Select(j => Math.Exp(-0.03 * Math.Pow(i - 2 * j, 2)) - 0.02).ToArray())];
            HeadDistances Heads(int layer) => new(new(layer, 2 * layer), [.. Enumerable.Range(0, 12).Select(h => Enumerable.Range(0, 12).Select(k => 0.02 * layer * (1 + Math.Abs(Math.Sin(h + k)))).ToArray())]);
            return new(12_345, [.. Enumerable.Range(0, 13)], [.. Enumerable.Range(0, 7)], cka, cka, [.. Enumerable.Range(0, 7).Select(j => new HiddenDistance(new(j, 2 * j), 0.05 * j, 1 - 0.02 * j))],
                [.. Enumerable.Range(1, 6).Select(Heads)], [.. Errors(0.3).Select(e => e with { Layers = [.. e.Layers.Take(6)] })]);
        }
    }

    // Layers of 128 by 128, the last map of factors: beyond rank 40 there is rounding.
    private static IReadOnlyList<MatrixSpectrum> Spectrum =>
        [.. Maps.SelectMany((map, m) => Enumerable.Range(1, 2).Select(l => new MatrixSpectrum(l, map, [.. Enumerable.Range(0, 128).Select(i => m == 5 && i >= 40 ? 1e-16 : 5.0 / l * Math.Exp(-i / (30.0 + 12 * m)))])))];

    private static SensitivityReport Sensitivity => new([8, 16, 32, 64, 128],
        [.. Maps.SelectMany((map, m) => Enumerable.Range(1, 2).Select(l => new MapSensitivity(l, map, [.. Enumerable.Range(0, 5).Select(r => new RankEffect(r == 4 ? 0 : 0.4 / (1 + m) * Math.Exp(-2.1 * r), 1, 0.8))])))], 500, 0.5, 0.82);

    private static IEnumerable<RunResults> Budgets()
    {
        RunResults Result(string name, string method, int seed, double accuracy, long parameters, long? teacher = 109_480_000) => new()
        {
            Name = name, Method = method, Task = "wordnet-topic", Split = "test", Metrics = new() { ["accuracy"] = accuracy }, Parameters = parameters, TeacherParameters = teacher, Seed = seed,
            TrainingRows = 16_000, Steps = 60, TrainingSeconds = 40, TokensPerSecond = 9000, Device = "cpu", Command = "./kit demo",
        };
        yield return Result("teacher", "fine-tune", 1, 0.83, 109_480_000, null);
        foreach (var (method, level) in new[] { ("fine-tune", 0.74), ("kd", 0.76), ("tinybert", 0.78), ("minilm", 0.785), ("distilbert", 0.77), ("makd", 0.80) })
            foreach (var (budget, loss) in new[] { (14_500_000, 0.03), (33_000_000, 0.015), (66_000_000, 0.0) })
                for (int seed = 1; seed <= 3; seed++)
                    yield return Result($"{method}-{budget / 1_000_000}m", method, seed, level - loss + 0.004 * (seed - 2), budget + (method == "makd" ? 300_000 : 0));
    }

    // Logits that follow the label, less and less the more noise there is; the noise is the sine of the row and class.
    private static RunPredictions Predictions(string name, double noise, bool teacher = false)
    {
        string[] labels = ["noun.animal", "noun.act", "noun.artifact", "noun.plant"];
        var examples = Enumerable.Range(0, 200).Select(i => new TextExample($"definition {i}", null, i * 7 % labels.Length)).ToList();
        return new()
        {
            Name = name, Method = teacher ? "fine-tune" : "kd", IsTeacher = teacher, Split = "test", Labels = labels, Examples = examples,
            Predictions = new([.. examples.Select((e, i) => labels.Select((_, c) => (float)((c == e.Label ? 1.2 : 0) + noise * Math.Sin(13.7 * i + 5.1 * c))).ToArray())]),
        };
    }
}
