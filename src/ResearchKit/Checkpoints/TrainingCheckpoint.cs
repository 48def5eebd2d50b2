using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>
/// A training at rest: named tensors and a JSON state in one safetensors file, with a SHA-256 over the meaning of all of it
/// (names, types, shapes, bytes, state). A file that was cut short or has one flipped bit is refused.
/// </summary>
public sealed class TrainingCheckpoint : IDisposable
{
    private const string StateKey = "state", DigestKey = "sha256";
    private const long Chunk = 1L << 28;   // spans hold at most 2^31 - 1 bytes

    private readonly bool _owns;

    /// <summary>Gathers what shall be saved; the tensors stay the caller's.</summary>
    /// <param name="state">Step, position, settings: whatever is not a tensor.</param>
    /// <param name="tensors">Tensors of any device, contiguous.</param>
    public TrainingCheckpoint(JsonObject state, IReadOnlyDictionary<string, Tensor> tensors) : this(state, tensors, owns: false) { }

    private TrainingCheckpoint(JsonObject state, IReadOnlyDictionary<string, Tensor> tensors, bool owns) =>
        (State, Tensors, _owns) = (state, tensors, owns);

    /// <summary>Whatever is not a tensor.</summary>
    public JsonObject State { get; }

    /// <summary>The tensors by name; on the CPU when loaded.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Writes the file beside its place and renames it.</summary>
    /// <exception cref="KitException">The disk refuses.</exception>
    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        var onHost = Tensors.ToDictionary(t => t.Key, t => t.Value.detach().cpu());
        var state = State.ToJsonString();
        Safetensors.Save(path, onHost.Select(t => (t.Key, t.Value)),
            new Dictionary<string, string> { [StateKey] = state, [DigestKey] = Digest(state, onHost) });
    }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="KitException">The file is missing, no training checkpoint, cut short or damaged.</exception>
    public static TrainingCheckpoint Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(StateKey, out var state) || !file.Metadata.TryGetValue(DigestKey, out var expected))
            throw new KitException($"'{path}' is a safetensors file but no training checkpoint: its header lacks '{StateKey}' or '{DigestKey}'.");
        var tensors = new Dictionary<string, Tensor>();
        bool sound = false;
        try
        {
            foreach (var entry in file.Entries) tensors[entry.Name] = file.Read(entry.Name).DetachFromDisposeScope();
            var actual = Digest(state, tensors);
            if (actual != expected)
                throw new KitException($"'{path}' is damaged: its content has SHA-256 {actual}, {expected} was written. Use another checkpoint.");
            sound = true;
            return new TrainingCheckpoint(SettingsBinder.Parse(state, path), tensors, owns: true);
        }
        finally
        {
            if (!sound)
                foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    /// <summary>Lets loaded tensors go; does nothing to tensors that were handed in.</summary>
    public void Dispose()
    {
        if (!_owns) return;
        foreach (var tensor in Tensors.Values) tensor.Dispose();
    }

    private static string Digest(string state, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{tensor.dtype}\n{string.Join(',', tensor.shape)}\n"));
            var flat = tensor.contiguous().view(-1);
            for (long at = 0; at < flat.numel(); at += Chunk)
                hash.AppendData(flat.narrow(0, at, Math.Min(Chunk, flat.numel() - at)).bytes);
        }
        hash.AppendData(Encoding.UTF8.GetBytes(state));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
