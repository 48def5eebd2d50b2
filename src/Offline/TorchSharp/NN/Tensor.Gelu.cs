using TorchSharp.Modules;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor gelu(GELU.Approximate approximate) => Made(rk_gelu(H(this), approximate == GELU.Approximate.tanh), this);

        /// <summary>In place, and another handle back.</summary>
        public Tensor gelu_(GELU.Approximate approximate) => Done(rk_gelu_(H(this), approximate == GELU.Approximate.tanh), this).Again();
    }
}
