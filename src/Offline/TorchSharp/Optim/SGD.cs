using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>Gradient descent, with momentum where asked.</summary>
public class SGD : OptimizerHelper, IMomentum
{
    private readonly Options defaults;

    public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
    {
        if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
        if (momentum < 0) throw new ArgumentException($"Invalid momentum value: {momentum}");
        if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
        if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
        defaults = new Options
        {
            LearningRate = lr,
            InitialLearningRate = lr,
            momentum = momentum,
            dampening = dampening,
            weight_decay = weight_decay,
            nesterov = nesterov,
            maximize = maximize,
        };
        foreach (var group in parameters) add_param_group(group);
    }

    public double Momentum { get => defaults.momentum!.Value; set => defaults.momentum = value; }

    public override Tensor step(Func<Tensor>? closure = null) => Update<ParamGroup>(group =>
    {
        var options = group.Options;
        double momentum = options.momentum!.Value, decay = options.weight_decay!.Value, rate = options.LearningRate!.Value;
        foreach (var parameter in group.Parameters)
        {
            var state = (State)StateOf(parameter);
            var grad = parameter.grad;
            if (grad is null) continue;
            if (decay != 0) grad = grad.add(parameter, alpha: decay);
            if (momentum != 0)
            {
                if (state.momentum_buffer is null) state.momentum_buffer = grad.clone().DetachFromDisposeScope();
                else state.momentum_buffer.mul_(momentum).add_(grad, alpha: 1 - options.dampening!.Value);
                grad = options.nesterov!.Value ? grad.add(state.momentum_buffer, alpha: momentum) : state.momentum_buffer;
            }
            parameter.add_(grad, alpha: options.maximize!.Value ? rate : -rate);
        }
    }, closure)!;

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    private protected override void CompleteOptions(Modules.ParamGroup group)
    {
        group.Options ??= new Options();
        ((Options)group.Options).Complete(defaults);
    }

    public sealed class State(Parameter parameter) : OptimizerState(parameter), IDisposable
    {
        public Tensor? momentum_buffer;

        public override void Initialize(OptimizerOptions options)
        {
            momentum_buffer?.Dispose();
            momentum_buffer = null;
        }

        public override void SaveStateDict(BinaryWriter writer) => SaveConditionalStateTensor(writer, momentum_buffer);

        public override void LoadStateDict(BinaryReader reader) => LoadConditionalStateTensor(reader, ref momentum_buffer, _parameter.device);

        public override void LoadStateDict(OptimizerState source) => Replace(ref momentum_buffer, ((State)source).momentum_buffer, _parameter.device);

        public override void to(Device device) => momentum_buffer = momentum_buffer?.to(device, disposeAfter: true).DetachFromDisposeScope();

        public override bool ApproximatelyEquals(OptimizerState other) => other is State state
            && (momentum_buffer is null || (state.momentum_buffer is not null && momentum_buffer.allclose(state.momentum_buffer)));

        public void Dispose() => momentum_buffer?.Dispose();
    }

    /// <summary>What a group may set for itself; what it leaves open is the optimizer's.</summary>
    public class Options : OptimizerOptions
    {
        public double? momentum;
        public double? dampening;
        public double? weight_decay;
        public bool? nesterov;
        public bool? maximize;

        public override void LoadStateDict(OptimizerOptions source)
        {
            base.LoadStateDict(source);
            var other = (Options)source;
            (momentum, dampening, weight_decay) = (other.momentum, other.dampening, other.weight_decay);
            (nesterov, maximize) = (other.nesterov, other.maximize);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            base.LoadStateDict(reader);
            (momentum, dampening, weight_decay) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
            (nesterov, maximize) = (reader.ReadBoolean(), reader.ReadBoolean());
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            base.SaveStateDict(writer);
            foreach (var number in new[] { momentum, dampening, weight_decay }) writer.Write(number!.Value);
            foreach (var flag in new[] { nesterov, maximize }) writer.Write(flag!.Value);
        }

        internal void Complete(Options defaults)
        {
            LearningRate ??= defaults.LearningRate;
            momentum ??= defaults.momentum;
            dampening ??= defaults.dampening;
            weight_decay ??= defaults.weight_decay;
            nesterov ??= defaults.nesterov;
            maximize ??= defaults.maximize;
        }
    }

    public class ParamGroup : ParamGroup<Options>, IMomentum
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0,
            bool nesterov = false, bool maximize = false)
            : base(parameters, new Options
            {
                LearningRate = lr,
                momentum = momentum,
                dampening = dampening,
                weight_decay = weight_decay,
                nesterov = nesterov,
                maximize = maximize,
            })
        {
        }

        public double Momentum { get => Options.momentum!.Value; set => Options.momentum = value; }
    }
}
