using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>A model that counts its forward passes.</summary>
internal sealed class CountingModel : LanguageModel
{
    private readonly LanguageModel _inner;

    public CountingModel(LanguageModel inner) : base("counting") => register_module("inner", _inner = inner);

    public int Calls { get; private set; }

    public override ModelConfig Config => _inner.Config;

    public override Tensor Embed(Batch batch) => _inner.Embed(batch);

    public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null)
    {
        Calls++;
        return _inner.Forward(batch, observe, embedding);
    }
}
