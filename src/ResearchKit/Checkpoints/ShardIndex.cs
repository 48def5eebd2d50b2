using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Checkpoints;

/// <summary>
/// <c>model.safetensors.index.json</c>: which of several files holds which tensor. Strict, because what it names is opened.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Files">From the tensor's name to the name of its file.</param>
internal sealed record ShardIndex(string Path, IReadOnlyDictionary<string, string> Files)
{
    // The index of a model with a million tensors is smaller.
    private const long LongestFile = 256 << 20;

    /// <summary>The files, in the order of their names.</summary>
    public IReadOnlyList<string> Shards { get; } = [.. Files.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Reads an index.</summary>
    /// <exception cref="KitException">It cannot be read, is no table of tensors, or names a file outside its folder.</exception>
    public static ShardIndex Load(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LongestFile) throw Damaged(path, $"it is longer than {LongestFile >> 20} MB");
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Could not read '{path}': {e.Message}", e);
        }
    }

    private static ShardIndex Parse(byte[] json, string path)
    {
        try
        {
            var root = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            if ((root as JsonObject)?["weight_map"] is not JsonObject { Count: > 0 } map)
                throw Damaged(path, "it has no 'weight_map' from tensors to files");
            var files = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (tensor, value) in map)
            {
                if (value is not JsonValue text || !text.TryGetValue(out string? file))
                    throw Damaged(path, $"tensor '{tensor}' is mapped to something else than a file's name");
                if (!IsShardName(file))
                    throw Damaged(path, $"tensor '{tensor}' is mapped to '{file}', which is not the name of a .safetensors file beside it");
                files.Add(tensor, file);
            }
            return new(path, files);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Damaged(path, $"it is not valid JSON ({e.Message.Split(" LineNumber:")[0].TrimEnd('.')})", e);
        }
    }

    // A name and nothing else: an index that was downloaded must not lead anywhere.
    private static bool IsShardName(string file) => file.EndsWith(".safetensors", StringComparison.Ordinal) && file.Length <= 200
        && file[0] != '.' && file.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static KitException Damaged(string path, string what, Exception? inner = null)
    {
        var message = $"'{path}' is not a sound index of safetensors files: {what}. Copy or download it again.";
        return inner is null ? new KitException(message) : new KitException(message, inner);
    }
}
