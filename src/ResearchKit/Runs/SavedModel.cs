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
    /// <param name="path">A run folder, a model folder, or a llama2.c model.</param>
    /// <param name="device">Where to put it; the CPU when null.</param>
    /// <param name="tokenizer">A tokenizer's file or folder; null for the one beside the model, which a llama2.c model has not.</param>
    /// <exception cref="KitException">There is none, or a file is missing or damaged.</exception>
    public static SavedModel Load(string path, Device? device = null, string? tokenizer = null)
    {
        if (Llama2C.IsOne(path))
            return Of(Llama2C.Load(path, device), tokenizer ?? throw new KitException($"{path} is a llama2.c model, which comes without its tokenizer. Give that too, for example --tokenizer tok512.bin."), path);
        var run = new RunFolder(path);
        var folder = Directory.Exists(run.ModelFolder) ? run.ModelFolder : path;
        if (!Directory.Exists(folder)) throw new KitException($"{path}: there is no such folder. Give a run folder, or a model folder with config.json and model.safetensors.");
        if (!File.Exists(Path.Combine(folder, "config.json")) || !File.Exists(Path.Combine(folder, "model.safetensors")))
            throw new KitException($"{path}: there is no trained model here{(File.Exists(run.ConfigFile) && !run.IsComplete ? "; the run is not complete" : " (config.json and model.safetensors)")}.");
        return Of(ModelFolder.Load(folder, device), tokenizer ?? folder, folder);
    }

    private static SavedModel Of(LanguageModel model, string tokenizerPath, string folder)
    {
        try
        {
            var tokenizer = TokenizerFile.Load(tokenizerPath);
            model.eval();
            if (tokenizer.VocabularySize > model.Config.VocabularySize)
                throw new KitException($"{folder}: the tokenizer has {tokenizer.VocabularySize} entries, the model only {model.Config.VocabularySize}. They do not belong together.");
            return new(model, tokenizer, folder);
        }
        catch
        {
            model.Dispose();
            throw;
        }
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
