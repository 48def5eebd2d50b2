using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tensors;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>Text from a saved model.</summary>
public static class TextGeneration
{
    /// <summary>Continues a prompt.</summary>
    /// <param name="path">A run folder or a model folder of a decoder, or a llama2.c model.</param>
    /// <param name="prompt">The text to go on from, after the token that begins a text where the model has one; when it is empty and
    /// there is none, the token that ends a text stands for it.</param>
    /// <param name="options">How tokens are chosen; the model's own end tokens end the text where none is named.</param>
    /// <param name="seed">Seed of the sampling.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="tokenizer">A tokenizer's file or folder; null for the one beside the model, which a llama2.c model has not.</param>
    /// <param name="echo">Give the prompt too, as the tokenizer spells it.</param>
    /// <returns>What the model adds, without special tokens; a blank between the prompt and it is part of it.</returns>
    /// <exception cref="KitException">There is no such model, it writes no text, or the prompt is longer than it allows.</exception>
    public static string Continue(string path, string prompt, GenerationOptions options, ulong seed, string device = "auto",
        string? tokenizer = null, bool echo = false)
    {
        options.Validate();
        using var saved = SavedModel.Load(path, Devices.Resolve(device), tokenizer);
        if (saved.Model is not Decoder decoder)
            throw new KitException($"{path}: its model is a {saved.Model.Config.ModelType}, which writes no text. Give a decoder, for example a run on wordnet-define.");
        var shape = (DecoderConfig)decoder.Config;
        // llama2.c begins every text with the token, whatever its tokenizer's file says, which is nothing.
        int? begin = saved.Tokenizer.BeginId ?? (Llama2C.IsOne(path) ? shape.BeginId : null);
        var ids = saved.Tokenizer.Encode(prompt);
        if (begin is { } first) ids = [first, .. ids];
        else if (ids.Length == 0 && (saved.Tokenizer.EndId ?? shape.EndId) is { } end) ids = [end];
        if (options.EndId is null)
            options = shape.EndId is null ? options with { EndId = saved.Tokenizer.EndId } : options with { EndId = shape.EndId, OtherEndIds = shape.OtherEndIds };
        using var sampling = new Generator(seed);
        var added = Generation.Generate(decoder, [ids], options, sampling)[0].Tokens;
        return echo ? saved.Tokenizer.Decode([.. ids, .. added]) : saved.Tokenizer.DecodeAfter(ids, added);
    }
}
