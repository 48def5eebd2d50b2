using ResearchKit.Models;
using ResearchKit.Tensors;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>Text from a saved model.</summary>
public static class TextGeneration
{
    /// <summary>Continues a prompt.</summary>
    /// <param name="path">A run folder or a model folder of a decoder.</param>
    /// <param name="prompt">The text to go on from; when it is empty, the token that begins a text stands for it.</param>
    /// <param name="options">How tokens are chosen; the model's own end token ends the text where none is named.</param>
    /// <param name="seed">Seed of the sampling.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>What the model adds, without the prompt and without special tokens.</returns>
    /// <exception cref="KitException">There is no such model, it writes no text, or the text would be longer than it allows.</exception>
    public static string Continue(string path, string prompt, GenerationOptions options, ulong seed, string device = "auto")
    {
        options.Validate();
        using var saved = SavedModel.Load(path, Devices.Resolve(device));
        if (saved.Model is not Decoder decoder)
            throw new KitException($"{path}: its model is a {saved.Model.Config.ModelType}, which writes no text. Give a decoder, for example a run on wordnet-define.");
        var ids = saved.Tokenizer.Encode(prompt);
        if (ids.Length == 0 && (saved.Tokenizer.BeginId ?? saved.Tokenizer.EndId) is { } start) ids = [start];
        using var sampling = new Generator(seed);
        var continuation = Generation.Generate(decoder, [ids], options with { EndId = options.EndId ?? saved.Tokenizer.EndId }, sampling)[0];
        return saved.Tokenizer.Decode(continuation.Tokens);
    }
}
