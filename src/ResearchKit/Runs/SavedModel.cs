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
    /// <param name="path">A run folder, a model folder, the name of a model that <c>kit model get</c> has fetched, or a llama2.c model.</param>
    /// <param name="device">Where to put it; the CPU when null.</param>
    /// <param name="tokenizer">A tokenizer's file or folder; null for the one beside the model, which a llama2.c model has not.</param>
    /// <param name="type">Type of the parameters; null for the stored one.</param>
    /// <exception cref="KitException">There is none, or a file is missing or damaged.</exception>
    public static SavedModel Load(string path, Device? device = null, string? tokenizer = null, ScalarType? type = ScalarType.Float32)
    {
        if (Llama2C.IsOne(path))
            return Of(Llama2C.Load(path, device), tokenizer ?? throw new KitException($"{path} is a llama2.c model, which comes without its tokenizer. Give that too, for example --tokenizer tok512.bin."), path);
        var folder = FolderOf(path);
        return Of(ModelFolder.Load(folder, device, type), tokenizer ?? folder, folder);
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
