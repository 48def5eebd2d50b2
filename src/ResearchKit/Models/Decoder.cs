using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>A language model that predicts the next token, and so can continue a text.</summary>
public abstract class Decoder : LanguageModel
{
    /// <summary>Names the module.</summary>
    protected Decoder(string name) : base(name) { }

    /// <summary>Reads prompts into an empty cache.</summary>
    /// <param name="prompts">Rows padded on the left, or all of one length.</param>
    /// <param name="cache">A cache made for these prompts.</param>
    /// <returns>[B, V] logits of the token after each prompt, in the current dispose scope.</returns>
    public abstract Tensor Read(Batch prompts, KeyValueCache cache);

    /// <summary>Reads one more token per row.</summary>
    /// <param name="ids">[B] int64.</param>
    /// <param name="cache">The cache with everything before.</param>
    /// <returns>[B, V] logits of the token after, in the current dispose scope.</returns>
    public abstract Tensor Read(Tensor ids, KeyValueCache cache);
}
