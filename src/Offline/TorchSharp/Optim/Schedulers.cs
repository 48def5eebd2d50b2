namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) =>
                new impl.LambdaLR(optimizer, lr_lambda, last_epoch, verbose);

            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new impl.StepLR(optimizer, step_size, gamma, last_epoch, verbose);

            public static LRScheduler ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new impl.ExponentialLR(optimizer, gamma, last_epoch, verbose);

            public static LRScheduler LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0, int total_iters = 5,
                int last_epoch = -1, bool verbose = false) => new impl.LinearLR(optimizer, start_factor, end_factor, total_iters, last_epoch, verbose);

            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) =>
                new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch, verbose);

            public static LRScheduler SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones, int last_epoch = -1) =>
                new impl.SequentialLR(optimizer, schedulers, milestones, last_epoch);

            public static partial class impl
            {
                /// <summary>The initial rate times a function of the epoch.</summary>
                public class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double>[] factors;

                    public LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false)
                        : this(optimizer, Enumerable.Repeat(lr_lambda, optimizer?.ParamGroups.Count() ?? 0), last_epoch, verbose)
                    {
                    }

                    public LambdaLR(Optimizer optimizer, IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        factors = [.. lr_lambdas];
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => bases.Zip(factors, (rate, factor) => rate * factor(epoch));
                }

                /// <summary>Times gamma once in step_size epochs.</summary>
                public class StepLR : LRScheduler
                {
                    private readonly int every;
                    private readonly double gamma;

                    public StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (every, this.gamma) = (step_size, gamma);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => epoch == 0 || epoch % every != 0 ? Current() : Scale(gamma);

                    protected override IEnumerable<double> get_closed_form_lr() => ScaleBase(Math.Pow(gamma, epoch / every));
                }

                /// <summary>Times gamma every epoch.</summary>
                public class ExponentialLR : LRScheduler
                {
                    private readonly double gamma;

                    public ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        this.gamma = gamma;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => epoch == 0 ? Current() : Scale(gamma);

                    protected override IEnumerable<double> get_closed_form_lr() => ScaleBase(Math.Pow(gamma, epoch));
                }

                /// <summary>A straight line from start_factor to end_factor of the initial rate, then level.</summary>
                public class LinearLR : LRScheduler
                {
                    private readonly double start, end;
                    private readonly int total;

                    public LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0, int total_iters = 5,
                        int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (start, end, total) = (start_factor, end_factor, total_iters);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => epoch == 0 ? Scale(start)
                        : epoch > total ? Current()
                        : Scale(1 + (end - start) / (total * start + (epoch - 1) * (end - start)));

                    protected override IEnumerable<double> get_closed_form_lr() => ScaleBase(start + (end - start) * Math.Min(total, epoch) / total);
                }

                /// <summary>Half a cosine from the initial rate to eta_min in T_max epochs, and back, and so on.</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double half, floor;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (half, floor) = (T_max, eta_min);
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (epoch == 0) return Current();
                        if ((epoch - 1 - half) % (2 * half) == 0)
                            return Current().Zip(bases, (rate, initial) => rate + (initial - floor) * (1 - Math.Cos(Math.PI / half)) / 2);
                        double factor = (1 + Math.Cos(Math.PI * epoch / half)) / (1 + Math.Cos(Math.PI * (epoch - 1) / half));
                        return Current().Select(rate => factor * (rate - floor) + floor);
                    }

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        bases.Select(rate => floor + (rate - floor) * (1 + Math.Cos(Math.PI * epoch / half)) / 2);
                }

                /// <summary>One scheduler after another, each from its milestone on.</summary>
                public class SequentialLR : LRScheduler
                {
                    private readonly LRScheduler[] schedulers;
                    private readonly int[] milestones;

                    public SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones, int last_epoch = -1)
                        : base(optimizer, last_epoch + 1)
                    {
                        (this.schedulers, this.milestones) = ([.. schedulers], [.. milestones]);
                        if (Array.Exists(this.schedulers, scheduler => scheduler.Optimizer != optimizer))
                            throw new ArgumentException("The SequentialLR scheduler expects all its sub-schedulers to be bound to the same optimizer.");
                        if (this.milestones.Length != this.schedulers.Length - 1)
                            throw new ArgumentException($"Received {this.schedulers.Length} schedulers and {this.milestones.Length} milestones. "
                                + "The SequentialLR scheduler expects the number of schedulers to be one more than the number of milestones.");

                        // Each of them stepped when it was made. Undo that, and let only the first one step.
                        foreach (var group in optimizer.ParamGroups) group.LearningRate = group.InitialLearningRate;
                        foreach (var scheduler in this.schedulers) scheduler.Rewind();
                        this.schedulers[0].step();
                        rates = this.schedulers[0].Rates;
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        int now = milestones.Length;
                        while (now > 0 && milestones[now - 1] > epoch) now--;
                        if (now > 0 && milestones[now - 1] == epoch) schedulers[now].step(0);
                        else schedulers[now].step();
                        return Current();
                    }
                }
            }
        }
    }
}
