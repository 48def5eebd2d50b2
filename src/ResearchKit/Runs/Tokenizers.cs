using ResearchKit.Data.Tasks;
using ResearchKit.Text;

namespace ResearchKit.Runs;

/// <summary>Which tokenizer a recipe means.</summary>
public static class Tokenizers
{
    /// <summary>The one the recipe names, or one trained on the training split: WordPiece for encoders, byte-level BPE for decoders.</summary>
    /// <exception cref="KitException">The named file, folder or fetched model is missing or damaged.</exception>
    public static Tokenizer Of(Recipe recipe, ITask task, IRunObserver observer)
    {
        if (recipe.Tokenizer.From is { } path) return TokenizerFile.Load(File.Exists(path) ? path : SavedModel.FolderOf(path));
        observer.Begin($"{recipe.Name}: training a tokenizer");
        return task.Kind is TaskKind.Instruction
            ? ByteLevelBpeTrainer.Train(task.TrainingTexts(), recipe.Tokenizer.Vocabulary)
            : WordPieceTrainer.Train(task.TrainingTexts(), recipe.Tokenizer.Vocabulary);
    }

    /// <summary>Refuses a reference whose tokens are others: its predictions would be of another text.</summary>
    /// <exception cref="KitException">Vocabularies differ.</exception>
    public static void RequireAlike(Tokenizer tokenizer, SavedModel reference)
    {
        var other = reference.Tokenizer;
        bool alike = other.VocabularySize == tokenizer.VocabularySize
            && Enumerable.Range(0, tokenizer.VocabularySize).All(id => other.TokenOf(id) == tokenizer.TokenOf(id));
        if (!alike)
            throw new KitException($"The student's tokenizer ({tokenizer.VocabularySize} entries) is not that of {reference.Folder} ({other.VocabularySize} entries), so the two do not read the same tokens. "
                + $"Set tokenizer.from to \"{Path.Combine(reference.Folder, "tokenizer.json")}\".");
    }
}
