using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Who is there, and under which name. A tensor object that is registered twice is named once, where it is met first;
        // a disposed one is not named. Two objects on one native tensor are two.
        public partial class Module
        {
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (own, parameter) in _internal_params)
                    if (!parameter.IsInvalid && seen.Add(parameter)) yield return (own, parameter);
                if (!recurse) yield break;
                foreach (var (child, module) in _internal_submodules)
                    foreach (var (inner, parameter) in module.named_parameters(true))
                        if (!parameter.IsInvalid && seen.Add(parameter)) yield return ($"{child}.{inner}", parameter);
            }

            /// <summary>The persistent buffers, whatever <paramref name="include_nonpersistent"/> says: TorchSharp names no others.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (own, (buffer, persistent)) in _internal_buffers)
                    if (persistent && !buffer.IsInvalid && seen.Add(buffer)) yield return (own, buffer);
                if (!recurse) yield break;
                foreach (var (child, module) in _internal_submodules)
                    foreach (var (inner, buffer) in module.named_buffers(true, include_nonpersistent))
                        if (!buffer.IsInvalid && seen.Add(buffer)) yield return ($"{child}.{inner}", buffer);
            }

            public virtual IEnumerable<(string name, Module module)> named_children() => _internal_submodules;

            /// <summary>All submodules, without the module itself: first the children, then what is inside each.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in _internal_submodules) yield return child;
                foreach (var (child, module) in _internal_submodules)
                    foreach (var (inner, deeper) in module.named_modules()) yield return ($"{child}.{inner}", deeper);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            public virtual IEnumerable<Module> children() => named_children().Select(c => c.module);

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            public virtual bool has_parameter(string target) =>
                _internal_params.ContainsKey(target) || Child(target) is var (module, rest) && module.has_parameter(rest);

            public virtual bool has_buffer(string target) =>
                _internal_buffers.ContainsKey(target) || Child(target) is var (module, rest) && module.has_buffer(rest);

            public virtual Parameter? get_parameter(string target) =>
                _internal_params.TryGetValue(target, out var found) ? found : Child(target) is var (module, rest) ? module.get_parameter(rest) : null;

            public virtual Tensor? get_buffer(string target) =>
                _internal_buffers.TryGetValue(target, out var found) ? found.Item1 : Child(target) is var (module, rest) ? module.get_buffer(rest) : null;

            /// <summary>The child that the first part of a dotted name means, and what is left of the name.</summary>
            private (Module Module, string Remainder)? Child(string target)
            {
                int dot = target.IndexOf('.');
                if (dot < 0) return null;
                foreach (var (child, module) in named_children())
                    if (target.AsSpan(0, dot).SequenceEqual(child)) return (module, target[(dot + 1)..]);
                return null;
            }
        }
    }
}
