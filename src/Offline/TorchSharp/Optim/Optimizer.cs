using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public abstract partial class Optimizer : IDisposable
        {
            protected IList<ParamGroup> _parameter_groups = [];

            private protected Optimizer() { }

            public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

            /// <summary>One update from the gradients as they are, or as the closure leaves them.</summary>
            /// <returns>What the closure gave; null without one.</returns>
            public abstract Tensor step(Func<Tensor>? closure = null);

            public abstract void zero_grad();

            public abstract IEnumerable<Parameter> parameters();

            public abstract void add_param_group(ParamGroup param_group);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (disposing) DisposeStates();
            }

            private protected virtual void DisposeStates() { }

            /// <summary>The live options and states of an optimizer, in the order of its parameters.</summary>
            public class StateDictionary
            {
                internal StateDictionary() { }

                public List<OptimizerOptions> Options { get; } = [];

                public List<OptimizerState> State { get; } = [];

                /// <summary>For each group, where the states of its parameters stand.</summary>
                public List<List<int>> StateIndexRef { get; } = [];
            }
        }

        public interface ILearningRateController
        {
            double LearningRate { set; get; }

            double InitialLearningRate { set; get; }
        }

        public interface IMomentum
        {
            double Momentum { get; set; }
        }

        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }
    }
}
