namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // A module's state as a dictionary, and as a file: LEB128 count, then for each entry its name and the tensor.
        public partial class Module
        {
            /// <summary>The live parameters and persistent buffers by name; a tied one stands under each of its names.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                string Key(string name) => string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
                foreach (var (own, parameter) in named_parameters()) destination.TryAdd(Key(own), parameter);
                foreach (var (own, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(Key(own), buffer);
                foreach (var (child, module) in _internal_submodules) module.state_dict(destination, Key(child));
                return destination;
            }

            /// <summary>Copies values into the tensors of the same name, converting the type where it differs.</summary>
            /// <exception cref="InvalidOperationException">Strict, and the names are not the same on both sides.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                bool Wanted(string key) => skip is null || !skip.Contains(key);
                List<string> unexpected = [.. source.Keys.Where(key => Wanted(key) && !destination.ContainsKey(key))];
                List<string> missing = [.. destination.Keys.Where(key => Wanted(key) && !source.ContainsKey(key))];
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary."
                        + $" Missing: [{string.Join(", ", missing)}]; unexpected: [{string.Join(", ", unexpected)}].");

                using var quiet = no_grad();
                foreach (var (key, value) in source)
                    if (Wanted(key) && destination.TryGetValue(key, out var target)) target.copy_(value);
                return (missing, unexpected);
            }

            public Module save(string location, IList<string>? skip = null)
            {
                using var stream = File.Create(location);
                return save(stream, skip);
            }

            /// <summary>Writes the state and closes the stream.</summary>
            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream);
                return save(writer, skip);
            }

            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                save_state_dict(writer, state_dict(), skip);
                return this;
            }

            public static void save_state_dict(BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string>? skip = null)
            {
                var entries = sd.Where(entry => skip is null || !skip.Contains(entry.Key)).ToList();
                writer.Write7BitEncodedInt64(entries.Count);
                foreach (var (key, value) in entries)
                {
                    writer.Write(key);
                    value.Save(writer);
                }
            }

            /// <exception cref="FileNotFoundException">There is no such file.</exception>
            public virtual Module load(string location, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                if (!File.Exists(location)) throw new FileNotFoundException(location);
                using var stream = File.OpenRead(location);
                return load(stream, strict, skip, loadedParameters);
            }

            /// <summary>Reads the state and closes the stream.</summary>
            public Module load(Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var reader = new BinaryReader(stream);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>Reads values into the tensors of the same name. <c>loadedParameters</c> receives every name read, and whether the module has it.</summary>
            /// <exception cref="ArgumentException">Strict, and the names differ; or a tensor has another shape or type.</exception>
            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                var (type, index) = (_deviceType, _deviceIndex);
                if (type != DeviceType.CPU) this.cpu();
                try
                {
                    var state = state_dict();
                    long entries = reader.Read7BitEncodedInt64();
                    if (strict && entries != state.Count)
                        throw new ArgumentException($"Mismatched state_dict sizes: expected {state.Count}, but found {entries} entries.");
                    for (long i = 0; i < entries; i++)
                    {
                        var key = reader.ReadString();
                        bool found = state.TryGetValue(key, out var target);
                        if (!found && strict)
                            throw new ArgumentException($"Mismatched module state names: the target modules does not have a submodule or buffer named '{key}'");
                        if (found && (skip is null || !skip.Contains(key))) target!.Load(reader);
                        else TensorExtensionMethods.Load(reader, skip: true);   // read on, to stand at the next entry
                        loadedParameters?.Add(key, found);
                    }
                }
                finally
                {
                    if (type != DeviceType.CPU) _to(type, index, false);
                }
                return this;
            }

            /// <summary>Makes a module and loads its state from a file.</summary>
            public static Module Create<T>(string path) where T : Module, new() => new T().load(path);
        }
    }
}
