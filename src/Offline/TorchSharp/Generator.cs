using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers of its own.</summary>
    public class Generator : IDisposable
    {
        private nint _handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device is null ? CPU : InitializeDevice(device);
            _handle = rk_generator(seed, (int)this.device.type, this.device.index);
            if (_handle == 0) Fail();
        }

        private Generator(nint handle)
        {
            if (handle == 0) Fail();
            _handle = handle;
            device = CPU;
        }

        ~Generator() => Dispose(false);

        /// <summary>The process's own stream on the CPU.</summary>
        public static Generator Default => new(rk_generator_default());

        public Device device { get; private set; }

        public IntPtr Handle => _handle;

        // For calls that take a generator: 0 stands for the default one.
        internal static nint Of(Generator? generator) => generator is null ? 0 : generator.Live();

        private nint Live() => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        public Generator manual_seed(long seed)
        {
            Check(rk_generator_set_seed(Live(), seed));
            return this;
        }

        /// <summary>Seeds from the clock, and tells the seed.</summary>
        public long seed()
        {
            long seed = DateTime.UtcNow.Ticks;
            manual_seed(seed);
            return seed;
        }

        public long initial_seed() => rk_generator_seed(Live());

        /// <summary>All there is to know of the stream, as bytes; <see cref="set_state"/> goes on from there.</summary>
        public Tensor get_state() => Made(rk_generator_state(Live()), this);

        public void set_state(Tensor value)
        {
            Check(rk_generator_set_state(Live(), H(value)));
            GC.KeepAlive(value);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0) rk_generator_dispose(handle);
        }
    }

    /// <summary>Seeds the process's streams, on the CPU and on every GPU.</summary>
    public static Generator manual_seed(long seed)
    {
        Check(rk_manual_seed(seed));
        return Generator.Default;
    }

    public static long seed() => Generator.Default.seed();

    public static long initial_seed() => Generator.Default.initial_seed();

    public static Tensor get_rng_state() => Generator.Default.get_state();

    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    public static partial class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long seed() => torch.seed();

        public static long initial_seed() => torch.initial_seed();

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
