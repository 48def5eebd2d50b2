using ResearchKit.Checkpoints;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using ResearchKit.Text;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>From a recipe's few numbers to a model that fits the task: an encoder for classes, a decoder for answers.</summary>
public static class Students
{
    /// <summary>Makes a student with fresh weights from the recipe's initialisation seed.</summary>
    /// <exception cref="KitException">The shape is impossible, or the task has no model yet.</exception>
    public static LanguageModel Create(Recipe recipe, ITask task, Tokenizer tokenizer, Device device)
    {
        var shape = recipe.Student;
        ModelConfig config = task.Kind switch
        {
            TaskKind.Classification or TaskKind.Pair => new BertConfig
            {
                VocabularySize = tokenizer.VocabularySize,
                Width = shape.Width,
                Layers = shape.Layers,
                Heads = shape.Heads,
                Inner = shape.FeedForward,
                MaxLength = recipe.Data.MaxLength,
                HiddenDropout = shape.Dropout,
                AttentionDropout = shape.Dropout,
                InitializerRange = shape.InitializerRange ?? DefaultRange(shape.Width),
                PaddingId = tokenizer.PaddingId ?? 0,
                Labels = task.Labels,
            },
            TaskKind.Instruction => new Gpt2Config
            {
                VocabularySize = tokenizer.VocabularySize,
                Width = shape.Width,
                Layers = shape.Layers,
                Heads = shape.Heads,
                Inner = shape.FeedForward,
                MaxLength = recipe.Data.MaxLength,
                EmbeddingDropout = shape.Dropout,
                AttentionDropout = shape.Dropout,
                ResidualDropout = shape.Dropout,
                InitializerRange = shape.InitializerRange ?? DefaultRange(shape.Width),
                EndId = tokenizer.EndId,
                BeginId = tokenizer.BeginId,
            },
            _ => throw new KitException($"The task '{task.Name}' asks for {task.Kind.ToString().ToLowerInvariant()}s, and no model here answers with one. Choose a task of classes or of instructions."),
        };
        return ModelFactory.Create(config, recipe.Train.Seeds.Initialisation, device);
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

    // BERT's and GPT-2's 0.02 belongs to a width of 768. The deviation that keeps a map's output at its input's scale goes with
    // one over the root of the width; kept at 0.02, a narrow model learns far more slowly.
    private static double DefaultRange(int width) => 0.02 * Math.Sqrt(768.0 / width);
}
