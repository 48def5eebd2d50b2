using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>What all optimizers share: groups of parameters, a state for each parameter, and both as a dictionary or a file.</summary>
public abstract class OptimizerHelper : Optimizer
{
    private readonly Dictionary<Parameter, OptimizerState> states = new(ReferenceEqualityComparer.Instance);

    /// <summary>Zeroes the gradients and keeps the tensors. <see cref="nn.Module.zero_grad"/> takes them away.</summary>
    public override void zero_grad()
    {
        foreach (var parameter in parameters())
        {
            using var grad = parameter.grad;
            grad?.zero_();
        }
    }

    public override IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(group => group.Parameters);

    public override void add_param_group(ParamGroup param_group)
    {
        CompleteOptions(param_group);
        param_group.InitialLearningRate = param_group.LearningRate;
        _parameter_groups.Add(param_group);
        foreach (var parameter in param_group.Parameters)
        {
            var state = NewState(parameter);
            state.Initialize(param_group.Options);
            states[parameter] = state;
        }
    }

    public virtual StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        foreach (var group in _parameter_groups)
        {
            dictionary.Options.Add(group.Options);
            var places = new List<int>();
            foreach (var parameter in group.Parameters)
            {
                places.Add(dictionary.State.Count);
                dictionary.State.Add(StateOf(parameter));
            }
            dictionary.StateIndexRef.Add(places);
        }
        return dictionary;
    }

    /// <exception cref="ArgumentException">The other optimizer has another number of groups or parameters.</exception>
    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var own = this.state_dict();
        RequireCounts(own, state_dict.Options.Count, state_dict.State.Count);
        for (int i = 0; i < own.Options.Count; i++)
            if (own.Options[i] != state_dict.Options[i]) own.Options[i].LoadStateDict(state_dict.Options[i]);
        for (int i = 0; i < own.State.Count; i++)
            if (own.State[i] != state_dict.State[i]) own.State[i].LoadStateDict(state_dict.State[i]);
    }

    public void save_state_dict(string location)
    {
        using var writer = new BinaryWriter(File.Create(location));
        save_state_dict(writer);
    }

    public void save_state_dict(BinaryWriter writer)
    {
        var own = state_dict();
        writer.Write(GetType().Name);
        writer.Write7BitEncodedInt64(own.Options.Count);
        writer.Write7BitEncodedInt64(own.State.Count);
        foreach (var options in own.Options) options.SaveStateDict(writer);
        foreach (var state in own.State) state.SaveStateDict(writer);
    }

    public void load_state_dict(string location)
    {
        using var reader = new BinaryReader(File.OpenRead(location));
        load_state_dict(reader);
    }

    /// <exception cref="InvalidDataException">The file is another kind of optimizer's.</exception>
    public void load_state_dict(BinaryReader reader)
    {
        var kind = reader.ReadString();
        if (kind != GetType().Name)
            throw new InvalidDataException($"Mismatched optimizer type: expected '{GetType().Name}', but found '{kind}' in the loaded stream.");
        var own = state_dict();
        RequireCounts(own, reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
        foreach (var options in own.Options) options.LoadStateDict(reader);
        foreach (var state in own.State) state.LoadStateDict(reader);
    }

    public void to(Device device)
    {
        foreach (var parameter in parameters()) StateOf(parameter).to(device);
    }

    private protected override void DisposeStates()
    {
        foreach (var state in states.Values) (state as IDisposable)?.Dispose();
        states.Clear();
    }

    /// <summary>Runs one update over every group, without a graph, and drops what it made on the way.</summary>
    private protected Tensor? Update<TGroup>(Action<TGroup> update, Func<Tensor>? closure) where TGroup : ParamGroup
    {
        Tensor? loss = null;
        if (closure is not null)
        {
            using var recording = enable_grad();
            loss = closure();
        }
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var group in _parameter_groups) update((TGroup)group);
        return loss;
    }

    /// <summary>The state that was made for a parameter when its group was added.</summary>
    /// <exception cref="KeyNotFoundException">There is none: the parameter was replaced since, as by a change of type or device.</exception>
    private protected OptimizerState StateOf(Parameter parameter) => states.TryGetValue(parameter, out var state) && !parameter.IsInvalid
        ? state
        : throw new KeyNotFoundException("A parameter of this optimizer was replaced after the optimizer was made. Make the optimizer after to(...).");

    private protected abstract OptimizerState NewState(Parameter parameter);

    /// <summary>Fills what a group leaves open from the optimizer's own options.</summary>
    private protected abstract void CompleteOptions(ParamGroup group);

    private static void RequireCounts(StateDictionary own, long options, long states)
    {
        if (options != own.Options.Count) throw new ArgumentException("Invalid optimizer state -- different number of parameter groups.");
        if (states != own.State.Count) throw new ArgumentException("Invalid optimizer state -- different number of states.");
    }
}
