using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Tensors;

/// <summary>
/// All parameters of one trained part in one buffer, and their gradients in another. The modules see views, so that an
/// optimizer step, a clip, a finite check or a checkpoint is a handful of calls however many parameters there are.
/// </summary>
/// <remarks>
/// <para>The parameters that decay come first, so that decay is one operation on a prefix. Each starts at a multiple of
/// <see cref="Alignment"/> elements, because kernels read aligned rows faster; the gaps hold zeros and stay zero under
/// every step. Parameters tied to one another are laid once; frozen ones are left out.</para>
/// <para>A part that computes in half precision keeps <see cref="Values"/> and <see cref="Gradient"/> in float32, and the
/// modules see half precision copies: small updates would be lost in eight bits of mantissa.</para>
/// <para>A parameter that a loss does not reach has a zero gradient here, not an absent one: decay still acts on it.</para>
/// </remarks>
public sealed class FlatParameters : IDisposable
{
    /// <summary>Every parameter starts at a multiple of this many elements: 64 bytes in half precision, 128 in single.</summary>
    public const long Alignment = 32;

    private readonly List<Slot> _slots = [];
    private readonly Dictionary<string, Slot> _slotOf = [];   // tied names lead to one slot
    private readonly List<Parameter> _attached = [];
    private Tensor? _copy, _copyGradient;

    /// <summary>Where one parameter stands in the buffer.</summary>
    /// <param name="Name">Its checkpoint name.</param>
    /// <param name="Start">Index of its first element.</param>
    /// <param name="Shape">Its shape.</param>
    public sealed record Slot(string Name, long Start, long[] Shape)
    {
        /// <summary>Elements.</summary>
        public long Count { get; } = Shape.Aggregate(1L, (product, size) => product * size);
    }

    /// <summary>Lays the trainable parameters out and copies their values; the modules stay as they are until <see cref="Attach"/>.</summary>
    /// <param name="name">The part's name, for messages.</param>
    /// <param name="parameters">Checkpoint names and tensors, all of one type (float32 or float64) and on one device.</param>
    /// <param name="decayAll">Decay biases and normalisation weights (fewer than two dimensions) too.</param>
    /// <exception cref="KitException">Nothing is trainable, or types or devices differ.</exception>
    public FlatParameters(string name, IEnumerable<(string Name, Parameter Value)> parameters, bool decayAll = false)
    {
        Name = name;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var trained = parameters.Where(p => p.Value.requires_grad).ToList();
        if (trained.Count == 0)
            throw new KitException($"'{name}' has no parameter to train: all are frozen. Unfreeze some or leave this part out.");
        RequireAlike(trained);

        var ties = Ties(trained);
        bool Decays(Parameter p) => decayAll || p.dim() >= 2;
        foreach (var decays in (ReadOnlySpan<bool>)[true, false])
        {
            for (int i = 0; i < trained.Count; i++)
            {
                if (ties[i] != i || Decays(trained[i].Value) != decays) continue;
                _slots.Add(new Slot(trained[i].Name, Length, trained[i].Value.shape));
                _slotOf[trained[i].Name] = _slots[^1];
                Length += (_slots[^1].Count + Alignment - 1) / Alignment * Alignment;
            }
            if (decays) DecayLength = Length;
        }
        for (int i = 0; i < trained.Count; i++) _slotOf[trained[i].Name] = _slotOf[trained[ties[i]].Name];

        var first = trained[0].Value;
        Values = zeros(Length, dtype: first.dtype, device: first.device).DetachFromDisposeScope();
        Gradient = zeros(Length, dtype: first.dtype, device: first.device).DetachFromDisposeScope();
        for (int i = 0; i < trained.Count; i++)
            if (ties[i] == i) View(Values, _slotOf[trained[i].Name]).copy_(trained[i].Value);
    }

    /// <summary>The part's name.</summary>
    public string Name { get; }

    /// <summary>The parameters in the order of the buffer, tied ones once.</summary>
    public IReadOnlyList<Slot> Slots => _slots;

    /// <summary>Elements of the buffer, gaps included.</summary>
    public long Length { get; }

    /// <summary>Elements of the prefix that decays, gaps included.</summary>
    public long DecayLength { get; }

    /// <summary>[Length], float32 or float64: the values that are trained.</summary>
    public Tensor Values { get; }

    /// <summary>Bytes beside the modules' own parameters.</summary>
    internal long Bytes => Length * Gradient.element_size() + (_copyGradient is { } half ? Length * (Values.element_size() + half.element_size()) : 0);

    /// <summary>[Length], as <see cref="Values"/>: the gradient of the step.</summary>
    public Tensor Gradient { get; }

    /// <summary>
    /// Makes the modules' parameters views of the buffer and their gradients views of <see cref="Gradient"/>, which
    /// backward then fills by adding in place. Modules in half precision get views of a copy.
    /// </summary>
    /// <param name="parameters">The same names as at construction; their tensors may have been replaced since by a change of type.</param>
    /// <exception cref="ArgumentException">Names are missing, or a parameter stands in two parts.</exception>
    public void Attach(IEnumerable<(string Name, Parameter Value)> parameters)
    {
        var found = parameters.Where(p => _slotOf.ContainsKey(p.Name)).ToList();   // before the scope, which would take handles made on the way
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Detach();
        if (found.Count != _slotOf.Count)
            throw new ArgumentException($"'{Name}' was laid out with {_slotOf.Count} parameters, {found.Count} of them are given now.", nameof(parameters));
        RequireAlike(found);
        var type = found[0].Value.dtype;
        bool copied = type != Values.dtype;
        if (copied)
        {
            _copy = Values.to_type(type).DetachFromDisposeScope();
            _copyGradient = zeros_like(_copy).DetachFromDisposeScope();
        }
        var laid = new HashSet<Slot>();
        foreach (var (name, parameter) in found)
        {
            var slot = _slotOf[name];
            if (laid.Add(slot) && parameter.grad is not null)
                throw new ArgumentException($"Parameter '{name}' of '{Name}' already has a gradient: it stands in two parts, or was used since it was laid out.", nameof(parameters));
            parameter.set_(View(_copy ?? Values, slot));
            parameter.grad = View(_copyGradient ?? Gradient, slot);
            _attached.Add(parameter);
        }
    }

    /// <summary>Sets the gradient to zero.</summary>
    public void ClearGradient()
    {
        using var frozen = no_grad();
        Gradient.fill_(0);
        _copyGradient?.fill_(0);
    }

    /// <summary>
    /// To be called after every backward: adds a half precision gradient to the float32 one, so that micro-batches
    /// accumulate without losing bits. Nothing to do in full precision.
    /// </summary>
    public void CollectGradient()
    {
        if (_copyGradient is null) return;
        using var frozen = no_grad();
        Gradient.add_(_copyGradient);
        _copyGradient.fill_(0);
    }

    /// <summary>To be called after <see cref="Values"/> changed: rounds them into the half precision copy. Nothing to do in full precision.</summary>
    public void Publish()
    {
        using var frozen = no_grad();
        _copy?.copy_(Values);
    }

    /// <summary>The name of the first parameter whose gradient is not finite, or null. Waits for the device; for messages.</summary>
    public string? FirstNonFiniteGradient()
    {
        using var scope = NewDisposeScope();
        return _slots.FirstOrDefault(s => !View(Gradient, s).isfinite().all().item<bool>())?.Name;
    }

    /// <summary>Lets the buffers go. The modules keep their values, and lose their gradients.</summary>
    public void Dispose()
    {
        Detach();
        Values.Dispose();
        Gradient.Dispose();
    }

    private void Detach()
    {
        foreach (var parameter in _attached)
            if (!parameter.IsInvalid) parameter.grad = null;
        _attached.Clear();
        _copy?.Dispose();
        _copyGradient?.Dispose();
        _copy = _copyGradient = null;
    }

    private static Tensor View(Tensor buffer, Slot slot) => buffer.narrow(0, slot.Start, slot.Count).view(slot.Shape);

    /// <summary>For each parameter the index of the first that is the same one. Handles differ, but tied parameters share their gradient: mark it.</summary>
    private static int[] Ties(List<(string Name, Parameter Value)> parameters)
    {
        var ties = new int[parameters.Count];
        foreach (var (_, parameter) in parameters) parameter.grad = null;
        for (int i = 0; i < ties.Length; i++)
        {
            if (parameters[i].Value.grad is { } mark) ties[i] = (int)mark.item<long>();
            else parameters[i].Value.grad = tensor((long)(ties[i] = i));
        }
        foreach (var (_, parameter) in parameters) parameter.grad = null;
        return ties;
    }

    private void RequireAlike(List<(string Name, Parameter Value)> parameters)
    {
        var (name, first) = parameters[0];
        foreach (var (other, parameter) in parameters)
            if (parameter.dtype != first.dtype || parameter.device.ToString() != first.device.ToString())
                throw new KitException($"'{Name}' cannot be trained as one part: '{name}' is {first.dtype} on {first.device}, "
                    + $"'{other}' is {parameter.dtype} on {parameter.device}. Bring all to one type and device first.");
    }
}
