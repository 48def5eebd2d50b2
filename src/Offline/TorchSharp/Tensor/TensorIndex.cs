using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place of an index expression, as Python's brackets know them.</summary>
    public struct TensorIndex
    {
        internal enum Kind
        {
            None,
            Single,
            Null,
            Ellipsis,
            Bool,
            Tensor,
            Slice,
        }

        internal long? start, stop, step;
        internal Kind kind;
        internal Tensor? tensor;

        public static readonly TensorIndex Colon = Slice();
        public static readonly TensorIndex Ellipsis = new() { kind = Kind.Ellipsis };
        public static readonly TensorIndex None = new() { kind = Kind.None };
        public static readonly TensorIndex Null = new() { kind = Kind.Null };

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { kind = Kind.Slice, start = start, stop = stop, step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice((long?)range.start, (long?)range.end);

        public static TensorIndex Slice(Range range)
        {
            long start = range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value;
            long? end = !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value;
            return Slice(start, end);
        }

        public static TensorIndex Bool(bool value) => new() { kind = Kind.Bool, start = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => new() { kind = Kind.Single, start = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { kind = Kind.Tensor, tensor = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        /// <summary>There for the compiler's choice among indexers; it is never run.</summary>
        public static implicit operator Tensor(TensorIndex value) => throw new InvalidOperationException("A TensorIndex is not a tensor.");

        private const long NotGiven = long.MinValue;

        internal readonly Step Encoded => kind switch
        {
            Kind.Single => new Step(start.GetValueOrDefault(), 0, 0, 0, 0),
            Kind.Slice => new Step(start ?? NotGiven, stop ?? NotGiven, step ?? NotGiven, 0, 1),
            Kind.Tensor => new Step(0, 0, 0, H(tensor), 2),
            Kind.Ellipsis => new Step(0, 0, 0, 0, 3),
            Kind.Bool => new Step(start.GetValueOrDefault(), 0, 0, 0, 5),
            _ => new Step(0, 0, 0, 0, 4),
        };
    }
}
