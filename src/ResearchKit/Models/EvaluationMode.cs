using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// While it lives, modules are in evaluation mode (no dropout) and no gradient is recorded; then they are as they were.
/// <code>using var quiet = new EvaluationMode(student);</code>
/// </summary>
public sealed class EvaluationMode : IDisposable
{
    private readonly (nn.Module Module, bool Training)[] _modules;
    private readonly IDisposable _frozen = no_grad();

    /// <summary>Puts the modules into evaluation mode.</summary>
    public EvaluationMode(params nn.Module[] modules)
    {
        _modules = [.. modules.Select(m => (m, m.training))];
        foreach (var (module, training) in _modules)
            if (training) module.eval();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (module, training) in _modules)
            if (training) module.train();
        _frozen.Dispose();
    }
}
