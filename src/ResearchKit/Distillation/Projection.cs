using ResearchKit.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// A linear map from the student's width to the teacher's, so that hidden states of other widths can be compared: W_h of TinyBERT, with a bias as
/// their <c>fit_dense</c> has one. It is trained with the student and no part of it: not among its parameters, and of no use without the method.
/// </summary>
public sealed class Projection : Block
{
    private readonly Linear _map;

    /// <summary>Makes a map beside a student, on its device and in its type.</summary>
    /// <param name="student">Whose states it reads; its matrix is drawn as the student's are.</param>
    /// <param name="width">Of what it says.</param>
    /// <param name="seed">Of its initial values.</param>
    public Projection(LanguageModel student, int width, long seed) : base(nameof(Projection))
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator(unchecked((ulong)seed));
        var beside = student.parameters().First();
        _map = Add("projection", Map(student.Config.Width, width, beside.device, beside.dtype));
        // On the CPU in single precision, as the models draw: a seed means the same map everywhere.
        _map.weight!.copy_(randn(_map.weight!.shape, dtype: ScalarType.Float32, generator: generator).mul_(student.Config.InitializerRange));
    }

    /// <summary>[..., D] of the student to [..., D'] of the teacher.</summary>
    public Tensor Apply(Tensor x) => _map.call(x);
}
