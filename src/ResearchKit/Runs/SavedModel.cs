using ResearchKit.Checkpoints;
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
    /// <param name="path">A run folder or a model folder.</param>
    /// <param name="device">Where to put it; the CPU when null.</param>
    /// <exception cref="KitException">There is none, or a file is missing or damaged.</exception>
    public static SavedModel Load(string path, Device? device = null)
    {
        var run = new RunFolder(path);
        var folder = Directory.Exists(run.ModelFolder) ? run.ModelFolder : path;
        if (!Directory.Exists(folder)) throw new KitException($"{path}: there is no such folder. Give a run folder, or a model folder with config.json and model.safetensors.");
        if (!File.Exists(Path.Combine(folder, "config.json")) || !File.Exists(Path.Combine(folder, "model.safetensors")))
            throw new KitException($"{path}: there is no trained model here{(File.Exists(run.ConfigFile) && !run.IsComplete ? "; the run is not complete" : " (config.json and model.safetensors)")}.");
        var tokenizer = TokenizerFile.Load(folder);
        var model = ModelFolder.Load(folder, device);
        model.eval();
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
            throw new KitException($"{folder}: the tokenizer has {tokenizer.VocabularySize} entries, the model only {model.Config.VocabularySize}. They do not belong together.");
        return new(model, tokenizer, folder);
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
