using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>From a shape to a model: the one place that knows every architecture.</summary>
public static class ModelFactory
{
    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="config">Its shape; the type says which architecture.</param>
    /// <param name="seed">Initialisation seed; null leaves matrices and tables without any, for one who loads them.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The shape is impossible.</exception>
    public static LanguageModel Create(
        ModelConfig config, long? seed, Device? device = null, ScalarType type = ScalarType.Float32) => config switch
        {
            BertConfig bert => new Bert(bert, seed, device, type),
            Gpt2Config gpt2 => new Gpt2(gpt2, seed, device, type),
            OptConfig opt => new Opt(opt, seed, device, type),
            LlamaConfig llama => new Llama(llama, seed, device, type),
            _ => throw new ArgumentException($"No model is known for {config.GetType().Name}.", nameof(config)),
        };
}
