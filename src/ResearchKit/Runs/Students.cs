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

    // BERT's and GPT-2's 0.02 belongs to a width of 768. The deviation that keeps a map's output at its input's scale goes with
    // one over the root of the width; kept at 0.02, a narrow model learns far more slowly.
    private static double DefaultRange(int width) => 0.02 * Math.Sqrt(768.0 / width);
}
