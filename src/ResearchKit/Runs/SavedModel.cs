using ResearchKit.Checkpoints;
using ResearchKit.Checkpoints.Hub;
using ResearchKit.Models;
using ResearchKit.Text;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>A trained model with its tokenizer, as a run or a Hugging Face folder holds them.</summary>
/// <param name="Model">The model, in evaluation mode.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Folder">The folder with <c>config.json</c>.</param>
public sealed record SavedModel(LanguageModel Model, Tokenizer Tokenizer, string Folder) : IDisposable
{
    /// <summary>Loads a model.</summary>
    /// <param name="path">A run folder, a model folder, or the name of a model that <c>kit model get</c> has fetched.</param>
    /// <param name="device">Where to put it; the CPU when null.</param>
    /// <param name="type">Type of the parameters; null for the stored one.</param>
    /// <exception cref="KitException">There is none, or a file is missing or damaged.</exception>
    public static SavedModel Load(string path, Device? device = null, ScalarType? type = ScalarType.Float32)
    {
        var folder = FolderOf(path);
        var tokenizer = TokenizerFile.Load(folder);
        var model = ModelFolder.Load(folder, device, type);
        model.eval();
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            model.Dispose();
            throw new KitException($"{folder}: the tokenizer has {tokenizer.VocabularySize} entries, the model only {model.Config.VocabularySize}. They do not belong together.");
        }
        return new(model, tokenizer, folder);
    }

    /// <summary>The model folder behind a run folder, a model folder or a fetched model's name.</summary>
    /// <exception cref="KitException">There is none; the message says how to get it.</exception>
    public static string FolderOf(string path)
    {
        var run = new RunFolder(path);
        if (Directory.Exists(run.ModelFolder)) return run.ModelFolder;
        var folder = ModelLocation.Resolve(path);
        if (!Directory.Exists(folder)) throw new KitException($"{path} is a file; give the folder that it stands in, with config.json, model.safetensors and tokenizer.json.");
        if (File.Exists(run.ConfigFile) && File.Exists(run.MetricsFile) && !run.IsComplete) throw new KitException($"{path}: there is no trained model here; the run is not complete.");
        return folder;
    }

    /// <summary>Writes model and tokenizer as a Hugging Face folder.</summary>
    public static void Save(string folder, LanguageModel model, Tokenizer tokenizer)
    {
        tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
        ModelFolder.Save(folder, model);
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
