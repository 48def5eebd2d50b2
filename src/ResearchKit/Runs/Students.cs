using ResearchKit.Checkpoints;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using ResearchKit.Text;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>From a recipe's few numbers to a model that fits the task: an encoder for classes, a decoder for answers; with fresh
/// weights, or cut out of a model that stands there.</summary>
public static class Students
{
    /// <summary>What <see cref="StudentSettings.From"/> calls the recipe's own teacher.</summary>
    public const string Teacher = "teacher";

    private static readonly string[] s_encoders = ["bert", "roberta", "distilbert"], s_decoders = ["gpt2", "opt", "llama", "mistral", "qwen2"];

    /// <summary>Makes a student.</summary>
    /// <param name="recipe">Its shape and its seed.</param>
    /// <param name="task">What it is to answer.</param>
    /// <param name="tokenizer">What it reads.</param>
    /// <param name="start">The model to cut it out of, which stays as it is; null for fresh weights.</param>
    /// <param name="device">Where to put a fresh one; another is where its start is.</param>
    /// <param name="calibration">Rows for factors that mind what the maps read (<see cref="LowRankSettings.Init"/>), given how many; the batches are disposed here.</param>
    /// <returns>A model of its own.</returns>
    /// <exception cref="KitException">The shape is impossible or cannot be cut out of the start, or the task has no model yet.</exception>
    public static LanguageModel Create(Recipe recipe, ITask task, Tokenizer tokenizer, SavedModel? start, Device device, Func<int, IEnumerable<Batch>>? calibration = null)
    {
        if (recipe.Student.FreezeEmbedding && start is null)
            throw new KitException("The recipe freezes the student's embedding (student.freezeEmbedding), which would stay the random one it starts as. Set student.from.");
        var student = Make(recipe, task, tokenizer, start, device);
        if (recipe.Student.LowRank is { } ranks) student = Factorised(student, ranks, recipe.Train.Seeds.Initialisation, calibration);
        if (recipe.Student.FreezeEmbedding)
            foreach (var (_, parameter) in student.EmbeddingParameters) parameter.requires_grad = false;
        return student;
    }

    // The same student with factors for maps; the dense one is let go.
    private static LanguageModel Factorised(LanguageModel dense, LowRankSettings settings, long seed, Func<int, IEnumerable<Batch>>? calibration)
    {
        using (dense)
        {
            var budget = new RankBudget(dense, settings.Embedding, settings.Matrices);
            (double? Given, string Name, Func<LowRank> Make)[] ways =
            [
                (settings.Rank, "rank", () => budget.Uniform(settings.Rank!.Value)), (settings.Ratio, "ratio", () => budget.Ratio(settings.Ratio!.Value)),
                (settings.Energy, "energy", () => budget.Energy(settings.Energy!.Value)),
                (settings.Parameters, "parameters", () => budget.ForParameters(settings.Parameters!.Value, settings.Rule, settings.CountEmbeddings)),
            ];
            if (ways.Where(w => w.Given is not null).ToArray() is not [var way])
                throw new KitException($"student.lowRank sets {ways.Count(w => w.Given is not null)} of {string.Join(", ", ways.Select(w => w.Name))}. Set exactly one: it says what the ranks are.");
            var ranks = way.Make();
            if (settings.Init != "activation-svd") return Factorisation.Factorise(dense, ranks, settings.Init == "random" ? FactorStart.Random : FactorStart.Svd, seed);
            using var moments = ActivationMoments.Collect(dense, Owned(calibration?.Invoke(settings.CalibrationRows) ?? throw new KitException("student.lowRank.init 'activation-svd' looks at what the maps read, and there are no rows here. Use 'svd'.")));
            return Factorisation.Factorise(dense, ranks, FactorStart.ActivationAwareSvd, seed, moments);
        }
    }

    private static IEnumerable<Batch> Owned(IEnumerable<Batch> batches)
    {
        foreach (var batch in batches)
            using (batch) yield return batch;
    }

    private static LanguageModel Make(Recipe recipe, ITask task, Tokenizer tokenizer, SavedModel? start, Device device)
    {
        if (task.Kind is not (TaskKind.Classification or TaskKind.Pair or TaskKind.Instruction))
            throw new KitException($"The task '{task.Name}' asks for {task.Kind.ToString().ToLowerInvariant()}s, and no model here answers with one. "
                + "Choose a task of classes or of instructions.");
        var shape = recipe.Student;
        long seed = recipe.Train.Seeds.Initialisation;
        if (start is null) return ModelFactory.Create(Fresh(recipe, task, tokenizer), seed, device);

        if (shape.Architecture is not null)
            throw new KitException($"The recipe sets both student.from and student.architecture; a student that starts from {start.Folder} is of its "
                + "architecture. Leave one of the two out.");
        var (config, layers) = Smaller(shape, start.Model.Config, start.Folder);
        if (config is BertConfig bert)
            config = task.Labels.Count > 0 ? bert with { Head = EncoderHead.Classes, Labels = task.Labels } : throw Unfit(task, start.Model.Config.ModelType);
        else if (task.Kind is not TaskKind.Instruction) throw Unfit(task, start.Model.Config.ModelType);
        return Shrinking.Student(start.Model, config, layers, seed, shape.Narrow == "norm" ? Narrowing.Norm : Narrowing.First, shape.Head == "fresh");
    }

    private static ModelConfig Fresh(Recipe recipe, ITask task, Tokenizer tokenizer)
    {
        var shape = recipe.Student;
        if (shape.Head == "fresh") throw new KitException("The recipe asks for a fresh head (student.head), but all of this student is fresh. Leave it out, or set student.from.");
        if (shape.Keep is not null || shape.LayerMap is not null)
            throw new KitException("The recipe says which layers to keep (student.keep or student.layerMap), but not of what. Set student.from.");
        bool writes = task.Kind is TaskKind.Instruction;
        var name = shape.Architecture ?? (writes ? "gpt2" : "bert");
        if ((writes ? s_decoders : s_encoders) is var able && !able.Contains(name)) throw Unfit(task, name);
        int width = shape.Width ?? 128;
        double dropout = shape.Dropout ?? 0.1;
        ModelConfig config = name switch
        {
            "gpt2" => new Gpt2Config { Tied = true, BeginId = tokenizer.BeginId, EndId = tokenizer.EndId },
            "opt" => new OptConfig { BeginId = tokenizer.BeginId, EndId = tokenizer.EndId, PaddingId = tokenizer.PaddingId },
            // Small models spend most of their parameters on words: one table serves both ends.
            "llama" or "mistral" or "qwen2" => new LlamaConfig
            {
                Variant = Enum.Parse<LlamaVariant>(name, ignoreCase: true),
                Tied = true,
                Groups = shape.KeyValueHeads,
                BeginId = tokenizer.BeginId,
                EndId = tokenizer.EndId,
            },
            _ => new BertConfig
            {
                Variant = Enum.Parse<BertVariant>(name, ignoreCase: true),
                PaddingId = tokenizer.PaddingId ?? 0,
                Segments = name == "roberta" ? 1 : 2,
                Labels = task.Labels,
            },
        };
        return WithDropout(config, dropout) with
        {
            VocabularySize = tokenizer.VocabularySize,
            Width = width,
            Layers = shape.Layers ?? 2,
            Heads = shape.Heads ?? 2,
            Inner = shape.FeedForward,
            MaxLength = recipe.Data.MaxLength,
            InitializerRange = shape.InitializerRange ?? DefaultRange(width),
        };
    }

    /// <summary>Loads the model that the recipe's student begins as.</summary>
    /// <exception cref="KitException">There is none, or it does not fit as the recipe asks.</exception>
    public static SavedModel Start(Recipe recipe, ITask task, Device device, IRunObserver observer)
    {
        var from = recipe.Student.From!;
        if (recipe.Student.Load == "strict") return SavedModel.Load(from, device);
        var folder = SavedModel.FolderOf(from);
        var config = ModelFolder.ReadConfig(folder);
        if (config is BertConfig bert)
        {
            if (task.Kind is not (TaskKind.Classification or TaskKind.Pair))
                throw new KitException($"{from}: its model is a {config.ModelType}, which tells classes, and '{task.Name}' asks for something else. Choose a task of classes.");
            // A head of other classes than the task's would be one of the wrong shape, or worse, of the right one.
            config = bert with { Head = EncoderHead.Classes, Labels = task.Labels };
        }
        var tokenizer = TokenizerFile.Load(folder);
        var model = ModelFactory.Create(config, recipe.Train.Seeds.Initialisation, device);
        try
        {
            observer.Say($"{from}, in part: {ModelFolder.LoadInto(model, folder, LoadMode.Partial)}");
            return new(model, tokenizer, folder);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // The shape of a start with what the recipe says of it, and the layers to keep.
    private static (ModelConfig Config, int[] Layers) Smaller(StudentSettings shape, ModelConfig start, string folder)
    {
        if (shape.Keep is not null && shape.LayerMap is not null)
            throw new KitException("The recipe sets both student.keep and student.layerMap. Leave one of the two out.");
        if (shape.LayerMap is { } given && shape.Layers is { } count && given.Length != count)
            throw new KitException($"student.layerMap names {given.Length} layers, and student.layers is {count}. "
                + "Leave student.layers out, or make them agree.");
        if (shape.LayerMap is not null) LayerMap.Check(shape.LayerMap, start.Layers);
        int[] layers = shape.LayerMap ?? LayerMap.Of(shape.Keep ?? "first", start.Layers, shape.Layers ?? (shape.Keep is null ? start.Layers : null));

        int width = shape.Width ?? start.Width;
        int heads = shape.Heads ?? (width != start.Width && width % start.HeadWidth == 0 ? width / start.HeadWidth : start.Heads);
        if (start is not LlamaConfig { HeadSize: not null } && width % heads != 0)
            throw new KitException($"The student's width {width} is not a multiple of its {heads} heads. Set student.heads, for example to keep the "
                + $"{start.HeadWidth} units a head has in {folder}.");
        var config = start with
        {
            LowRank = start.LowRank?.Keep(layers),
            Layers = layers.Length,
            Width = width,
            Heads = heads,
            Inner = shape.FeedForward ?? (int)Math.Max(1, (long)start.FeedForward * width / start.Width),
            InitializerRange = shape.InitializerRange ?? start.InitializerRange,
        };
        int share = start.Heads / start.KeyValueHeads;
        if (config is LlamaConfig llama) config = llama with { Groups = shape.KeyValueHeads ?? Math.Max(1, heads / share) };
        else if (shape.KeyValueHeads is not null && shape.KeyValueHeads != heads)
            throw new KitException($"student.keyValueHeads is {shape.KeyValueHeads}, and a {start.ModelType} has as many as heads, {heads}. Leave it out.");
        return (shape.Dropout is { } dropout ? WithDropout(config, dropout) : config, layers);
    }

    private static ModelConfig WithDropout(ModelConfig config, double p) => config switch
    {
        BertConfig bert => bert with
        {
            HiddenDropout = p,
            AttentionDropout = p,
            ClassifierDropout = bert.Variant == BertVariant.DistilBert ? p : null,
            SpanDropout = bert.Variant == BertVariant.DistilBert ? p : 0,
        },
        Gpt2Config gpt2 => gpt2 with { EmbeddingDropout = p, AttentionDropout = p, ResidualDropout = p },
        OptConfig opt => opt with { Dropout = p, AttentionDropout = p },
        LlamaConfig llama => llama with { AttentionDropout = p },
        _ => config,
    };

    private static KitException Unfit(ITask task, string architecture) => new(
        $"The task '{task.Name}' asks for {(task.Kind is TaskKind.Instruction ? "text" : "classes")}, and a {architecture} answers with "
        + $"{(task.Kind is TaskKind.Instruction ? "classes" : "text")}. Choose one of {string.Join(", ", task.Kind is TaskKind.Instruction ? s_decoders : s_encoders)}.");

    // BERT's and GPT-2's 0.02 belongs to a width of 768. The deviation that keeps a map's output at its input's scale goes with
    // one over the root of the width; kept at 0.02, a narrow model learns far more slowly.
    private static double DefaultRange(int width) => 0.02 * Math.Sqrt(768.0 / width);
}
