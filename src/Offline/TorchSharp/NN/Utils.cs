using TorchSharp.Modules;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales all gradients by one factor so that their common norm is at most <paramref name="max_norm"/>.</summary>
            /// <returns>The norm before; 0 where there are no gradients. A norm that is no number is returned, and written into the gradients.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var quiet = no_grad();
                using var scope = NewDisposeScope();
                var grads = Gradients(tensors);
                if (grads.Count == 0) return 0;
                var norm = double.IsPositiveInfinity(norm_type)
                    ? stack(grads.ConvertAll(grad => grad.abs().max())).max()
                    : grads.Count == 1 ? grads[0].norm((float)norm_type) : stack(grads.ConvertAll(grad => grad.norm((float)norm_type))).norm((float)norm_type);
                var factor = (max_norm / (norm + 1e-6)).clamp(max: 1.0);
                foreach (var grad in grads) grad.mul_(factor);
                return norm.ToDouble();
            }

            /// <summary>Cuts every element of every gradient to ±<paramref name="clip_value"/>.</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var quiet = no_grad();
                using var scope = NewDisposeScope();
                foreach (var grad in Gradients(tensors)) grad.clamp_(-clip_value, clip_value);
            }

            /// <summary>All parameters behind one another in one vector.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat([.. tensors.Select(tensor => tensor.view(-1))]).MoveToOuterDisposeScope();
            }

            /// <summary>Makes each parameter a view of its part of the vector: they share its storage from then on.</summary>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                long at = 0;
                foreach (var tensor in tensors)
                {
                    long count = tensor.numel();
                    Check(rk_set_data(H(tensor), H(vec.narrow(0, at, count).view_as(tensor))));
                    at += count;
                }
            }

            private static List<Tensor> Gradients(IEnumerable<Parameter> tensors)
            {
                var grads = new List<Tensor>();
                foreach (var tensor in tensors)
                    if (tensor.grad is { } grad) grads.Add(grad);
                return grads;
            }
        }
    }
}
