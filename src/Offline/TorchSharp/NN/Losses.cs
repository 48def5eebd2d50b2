using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp;

public abstract class Loss<T1, T2, TResult>(Reduction reduction = Reduction.Mean) : Module<T1, T2, TResult>("Loss")
{
    public Reduction reduction { get; } = reduction;
}

public abstract class Loss<T1, T2, T3, TResult>(Reduction reduction = Reduction.Mean) : Module<T1, T2, T3, TResult>("Loss")
{
    public Reduction reduction { get; } = reduction;
}

public abstract class WeightedLoss<T1, T2, TResult>(Tensor? weight = null, Reduction reduction = Reduction.Mean) : Loss<T1, T2, TResult>(reduction)
{
    public Tensor? weight { get; } = weight;
}
