using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Random numbers into this tensor, and draws by its values.
    public partial class Tensor
    {
        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) =>
            Done(rk_normal_(H(this), mean, std, Generator.Of(generator)), this, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Done(rk_uniform_(H(this), from, to, Generator.Of(generator)), this, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Done(rk_bernoulli_(H(this), p, Generator.Of(generator)), this, generator);

        public Tensor bernoulli_(Tensor p, Generator? generator = null) =>
            Done(rk_bernoulli_tensor_(H(this), H(p), Generator.Of(generator)), this, p, generator);

        public Tensor exponential_(double lambda = 1.0, Generator? generator = null) =>
            Done(rk_exponential_(H(this), lambda, Generator.Of(generator)), this, generator);

        public Tensor random_(double from, double to, Generator? generator = null) =>
            Done(rk_random_(H(this), (long)from, (long)to, Generator.Of(generator)), this, generator);

        public Tensor bernoulli(Generator? generator = null) => Made(rk_bernoulli(H(this), Generator.Of(generator)), this, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Made(rk_multinomial(H(this), num_samples, replacement, Generator.Of(generator)), this, generator);
    }
}
