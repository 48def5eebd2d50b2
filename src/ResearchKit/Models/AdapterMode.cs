namespace ResearchKit.Models;

/// <summary>
/// While it lives, a model has another adapter, or none; then its own again.
/// <code>using var bare = new AdapterMode(teacher, null);</code>
/// </summary>
public sealed class AdapterMode : IDisposable
{
    private readonly LanguageModel _model;
    private readonly Adapter? _own;

    /// <summary>Puts an adapter on a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="adapter">The adapter; null for none.</param>
    /// <exception cref="KitException">The adapter was made for another shape of model.</exception>
    public AdapterMode(LanguageModel model, Adapter? adapter)
    {
        (_model, _own) = (model, model.Adapter);
        model.Adapter = adapter;
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Adapter = _own;
}
