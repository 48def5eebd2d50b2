using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Another type, another device. The converted tensors are new objects: an optimizer made before holds the old ones.
        public partial class Module
        {
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                if (device.type != DeviceType.CUDA) device = new Device(device.type, -1);
                RequireDevice(device.type);
                ConvertInPlace(dtype, device);
                _toEpilog(device, dtype, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                if (deviceType != DeviceType.CUDA) deviceIndex = -1;
                RequireDevice(deviceType);
                if (deviceType == _deviceType && deviceIndex == _deviceIndex) return this;
                ConvertInPlace(null, new Device(deviceType, deviceIndex));
                _toEpilog(deviceType, deviceIndex, non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                ConvertInPlace(dtype, null);
                _toEpilog(dtype, non_blocking);
                return this;
            }

            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, null, non_blocking);

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking) => _toEpilog(dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);

            /// <summary>Converts the submodules, then this module's own tensors, and puts the new ones where the old ones stood.</summary>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is null && device is null) throw new ArgumentNullException(nameof(dtype), $"{nameof(dtype)} and {nameof(device)} are both null.");
                foreach (var (_, child) in named_children())
                {
                    if (device is null) child._to(dtype!.Value, non_blocking);
                    else if (dtype is null) child._to(device.type, device.index, non_blocking);
                    else child._to(device, dtype.Value, non_blocking);
                }

                var members = ModuleFields.Of(GetType());
                var (fields, properties) = (members.ByComponent, members.Properties);
                foreach (var (own, parameter) in named_parameters(false).ToList())
                {
                    if (!ReplaceParameter(dtype, device, parameter, out var replacement)) continue;
                    if (properties.TryGetValue(own, out var property))
                    {
                        property.SetValue(this, replacement);
                        continue;
                    }
                    parameter.Dispose();
                    ConditionallyRegisterParameter(own, replacement);
                    if (fields.TryGetValue(own, out var field)) field.SetValue(this, replacement);
                }
                foreach (var (own, buffer) in named_buffers(false).ToList())
                {
                    if (!ReplaceBuffer(dtype, device, buffer, out var replacement)) continue;
                    if (properties.TryGetValue(own, out var property))
                    {
                        property.SetValue(this, replacement);
                        continue;
                    }
                    ConditionallyRegisterBuffer(own, replacement);
                    if (fields.TryGetValue(own, out var field)) field.SetValue(this, replacement);
                }
                if (device is not null) (_deviceType, _deviceIndex) = (device.type, device.index);
            }

            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, out Tensor? result)
            {
                result = null;
                if (!WillCopy(buffer, dtype, device)) return false;
                result = buffer.to(Target(buffer, dtype), device ?? buffer.device, disposeAfter: true).DetachFromDisposeScope();
                return true;
            }

            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, out Parameter? p)
            {
                p = null;
                using var grad = param.grad;
                if (!WillCopy(param, dtype, device) && (grad is null || !WillCopy(grad, dtype ?? param.dtype, device ?? param.device))) return false;
                var target = Target(param, dtype);
                using var quiet = no_grad();   // the new parameter is a leaf, not a result
                p = new Parameter(param.to(target, device ?? param.device), param.requires_grad);
                p.DetachFromDisposeScope();
                if (grad is not null)
                {
                    using var moved = grad.to(target, device ?? param.device).with_requires_grad(grad.requires_grad);
                    p.grad = moved;
                }
                return true;
            }

            /// <summary>Converts, without a new tensor object, what a built-in layer keeps natively in TorchSharp.</summary>
            private protected virtual void ConvertInPlace(ScalarType? dtype, Device? device) { }

            private protected static ScalarType Target(Tensor tensor, ScalarType? dtype) =>
                dtype is { } wanted && (is_floating_point(tensor.dtype) || is_complex(tensor.dtype)) ? wanted : tensor.dtype;

            private protected static bool WillCopy(Tensor tensor, ScalarType? dtype, Device? device) =>
                (dtype is not null && dtype != tensor.dtype)
                || (device is not null && (device.type != tensor.device_type || device.index != tensor.device_index));

            private static void RequireFloating(ScalarType dtype)
            {
                if (!is_floating_point(dtype) && !is_complex(dtype))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}");
            }

            private static void RequireDevice(DeviceType type)
            {
                if (type == DeviceType.CUDA && !cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
                InitializeDeviceType(type);
            }
        }
    }
}
