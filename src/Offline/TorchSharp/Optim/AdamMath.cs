using static TorchSharp.torch;

namespace TorchSharp.Modules;

internal readonly record struct AdamSettings(double Rate, double Beta1, double Beta2, double Eps, double Decay, bool AmsGrad, bool Maximize);

/// <summary>The running means of a parameter's gradient and of its square.</summary>
internal sealed class AdamState(Parameter parameter) : OptimizerState(parameter), IDisposable
{
    public long Step;
    public Tensor? Mean, Square, Largest;

    public override void Initialize(OptimizerOptions options)
    {
        Dispose();
        Step = 0;
        Mean = zeros_like(_parameter).DetachFromDisposeScope();
        Square = zeros_like(_parameter).DetachFromDisposeScope();
        bool amsgrad = options is Adam.Options { amsgrad: true } or AdamW.Options { amsgrad: true };
        Largest = amsgrad ? zeros_like(_parameter).DetachFromDisposeScope() : null;
    }

    public override void SaveStateDict(BinaryWriter writer)
    {
        writer.Write(Step);
        Mean!.Save(writer);
        Square!.Save(writer);
        SaveConditionalStateTensor(writer, Largest);
    }

    public override void LoadStateDict(BinaryReader reader)
    {
        Step = reader.ReadInt64();
        Mean!.Load(reader);
        Square!.Load(reader);
        LoadConditionalStateTensor(reader, ref Largest, _parameter.device);
    }

    public override void LoadStateDict(OptimizerState source)
    {
        var other = (AdamState)source;
        Step = other.Step;
        Replace(ref Mean, other.Mean, _parameter.device);
        Replace(ref Square, other.Square, _parameter.device);
        Replace(ref Largest, other.Largest, _parameter.device);
    }

    public override void to(Device device)
    {
        Mean = Mean!.to(device, disposeAfter: true).DetachFromDisposeScope();
        Square = Square!.to(device, disposeAfter: true).DetachFromDisposeScope();
        Largest = Largest?.to(device, disposeAfter: true).DetachFromDisposeScope();
    }

    public override bool ApproximatelyEquals(OptimizerState other) => other is AdamState state && Step == state.Step
        && Mean!.allclose(state.Mean!) && Square!.allclose(state.Square!)
        && (Largest is null || (state.Largest is not null && Largest.allclose(state.Largest)));

    public void Dispose()
    {
        Mean?.Dispose();
        Square?.Dispose();
        Largest?.Dispose();
    }
}

internal static class AdamMath
{
    public static void Check(double lr, double beta1, double beta2, double eps, double decay)
    {
        if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
        if (eps < 0) throw new ArgumentException($"Invalid ε: {eps}");
        if (beta1 is < 0 or >= 1) throw new ArgumentException($"Invalid beta1: {beta1}");
        if (beta2 is < 0 or >= 1) throw new ArgumentException($"Invalid beta2: {beta2}");
        if (decay < 0) throw new ArgumentException($"Invalid weight_decay value: {decay}");
    }

    /// <summary>m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; p ← p − lr m̂ / (√v̂ + ε), decayed before where that is decoupled.</summary>
    public static void Step(Parameter parameter, AdamState state, in AdamSettings set, bool decoupledDecay)
    {
        var grad = parameter.grad;
        if (grad is null) return;
        if (set.Maximize) grad = -grad;
        state.Step++;
        if (decoupledDecay) parameter.mul_(1 - set.Rate * set.Decay);
        else if (set.Decay != 0) grad = grad.add(parameter, alpha: set.Decay);

        state.Mean!.mul_(set.Beta1).add_(grad, alpha: 1 - set.Beta1);
        state.Square!.mul_(set.Beta2).addcmul_(grad, grad, value: 1 - set.Beta2);
        if (set.AmsGrad)
        {
            using var before = state.Largest;
            state.Largest = maximum(before!, state.Square).DetachFromDisposeScope();
        }
        double correction1 = 1 - Math.Pow(set.Beta1, state.Step), correction2 = 1 - Math.Pow(set.Beta2, state.Step);
        var root = ((set.AmsGrad ? state.Largest! : state.Square).sqrt() / Math.Sqrt(correction2)).add_(set.Eps);
        parameter.addcdiv_(state.Mean, root, value: -set.Rate / correction1);
    }
}
