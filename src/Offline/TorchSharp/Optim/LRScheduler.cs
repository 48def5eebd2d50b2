namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>Sets the learning rates of an optimizer's groups, once when made and then once a step.</summary>
            public abstract class LRScheduler
            {
                private protected readonly Optimizer optimizer;
                private protected double[] bases;
                private protected int epoch;
                private protected double[] rates;
                private readonly bool verbose;

                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    ArgumentNullException.ThrowIfNull(optimizer);
                    this.optimizer = optimizer;
                    this.verbose = verbose;
                    epoch = last_epoch;
                    bases = [.. optimizer.ParamGroups.Select(group => group.InitialLearningRate)];
                    rates = Current();
                }

                internal Optimizer Optimizer => optimizer;

                internal double[] Rates => rates;

                /// <summary>On to the next epoch.</summary>
                public virtual void step() => step(null);

                /// <summary>To a given epoch, by the closed form.</summary>
                public virtual void step(int? epoch)
                {
                    this.epoch = epoch ?? this.epoch + 1;
                    double[] next = [.. epoch is null ? get_lr() : get_closed_form_lr()];
                    int i = 0;
                    foreach (var group in optimizer.ParamGroups)
                    {
                        if (i == next.Length) break;
                        if (verbose && rates[i] != next[i]) Console.WriteLine($"Adjusting learning rate to {next[i]}");
                        group.LearningRate = next[i++];
                    }
                    rates = next;
                }

                /// <summary>The metric is for schedulers that look at one.</summary>
                public virtual void step(double current, int? epoch = null) => step(epoch);

                public IEnumerable<double> get_last_lr() => rates;

                /// <summary>The rates of this epoch, from those of the one before.</summary>
                protected virtual IEnumerable<double> get_lr() => Current();

                /// <summary>The rates of this epoch, from the initial ones.</summary>
                protected virtual IEnumerable<double> get_closed_form_lr() => get_lr();

                internal void Rewind() => epoch--;

                private protected double[] Current() => [.. optimizer.ParamGroups.Select(group => group.LearningRate)];

                private protected double[] Scale(double factor) => [.. optimizer.ParamGroups.Select(group => group.LearningRate * factor)];

                private protected double[] ScaleBase(double factor) => [.. bases.Select(rate => rate * factor)];
            }
        }
    }
}
