using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>Brings a method's modules to a device and a precision, and lays out its trained parts.</summary>
internal static class Precision
{
    /// <summary>
    /// The master values are copied before the modules are rounded to half precision, so that no bit of them is lost.
    /// Models that stand in float64 stay so under <c>fp32</c>.
    /// </summary>
    public static Learner[] Lay(IMethod method, TrainSettings settings, Device device)
    {
        foreach (var module in method.Modules)
        {
            module.to(device);
            if (module.parameters().Any(p => p.dtype is ScalarType.BFloat16 or ScalarType.Float16)) module.to(ScalarType.Float32);
        }
        Learner[] learners = [.. method.Trains.Select(part => new Learner(part, settings))];
        if (settings.Precision == "bf16")
            foreach (var module in method.Modules) module.to(ScalarType.BFloat16);
        foreach (var (learner, part) in learners.Zip(method.Trains)) learner.Attach(part.Parameters);
        return learners;
    }
}
