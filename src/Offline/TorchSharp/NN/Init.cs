using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// Fills tensors where they stand, from the global generator. TorchSharp's normal_ and uniform_ also list a generator and never use it,
        /// its xavier_normal_ draws from a uniform distribution and its trunc_normal_ does not truncate a normal one; nobody should call those,
        /// so they are not here. Under no_grad, <c>tensor.normal_(mean, std, generator)</c> does take its generator.
        /// </summary>
        public static partial class init
        {
            public enum NonlinearityType
            {
                Linear,
                Conv1D,
                Conv2D,
                Conv3D,
                ConvTranspose1D,
                ConvTranspose2D,
                ConvTranspose3D,
                Sigmoid,
                Tanh,
                ReLU,
                LeakyReLU,
            }

            public enum FanInOut
            {
                FanIn,
                FanOut,
            }

            public static Tensor ones_(Tensor tensor) => Fill(tensor, static (t, _, _) => t.fill_(1), 0, 0);

            public static Tensor zeros_(Tensor tensor) => Fill(tensor, static (t, _, _) => t.fill_(0), 0, 0);

            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using var quiet = no_grad();
                tensor.fill_(val);
                return tensor;
            }

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1) =>
                Fill(tensor, static (t, low, high) => t.uniform_(low, high), low, high);

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1) =>
                Fill(tensor, static (t, mean, std) => t.normal_(mean, std), mean, std);

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                double bound = Math.Sqrt(3) * KaimingStd(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, KaimingStd(tensor, a, mode, nonlinearity));

            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                double bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1) => xavier_uniform_(tensor, gain);

            /// <summary>The factor by which a nonlinearity shrinks the spread of its input. <paramref name="param"/> is the leaky slope.</summary>
            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3.0,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + param * param)),
                _ => 1,
            };

            /// <summary>How many inputs feed one output, and how many outputs one input feeds.</summary>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2) throw new ArgumentException("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
                long field = 1;
                for (int i = 2; i < shape.Length; i++) field *= shape[i];
                return (shape[1] * field, shape[0] * field);
            }

            private static double KaimingStd(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                if (tensor.Dimensions < 2)
                    throw new ExternalException("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            private static Tensor Fill(Tensor tensor, Action<Tensor, double, double> fill, double a, double b)
            {
                using var quiet = no_grad();
                fill(tensor, a, b);
                return tensor;
            }
        }
    }
}
