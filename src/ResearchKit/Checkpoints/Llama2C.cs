using System.Buffers.Binary;
using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>
/// Reads the checkpoints of llama2.c, version 0 (github.com/karpathy/llama2.c): seven int32, then every weight of one kind for
/// all layers, in float32, little-endian.
/// </summary>
/// <remarks>
/// There the rotation turns the pairs (2i, 2i+1) of a head, here (i, i + d/2) as in Hugging Face's models: the rows of the query
/// and key maps are put into the other order when they are read, which gives the same scores, and a model that can be saved as
/// a Hugging Face folder.
/// </remarks>
public static class Llama2C
{
    private const int HeaderLength = 7 * sizeof(int);
    private const uint LaterVersions = 0x616b3432; // "ak42": a later version begins with it

    /// <summary>The token that stands between two texts: it begins a text, and ends the one before.</summary>
    private const int Delimiter = 1;

    /// <summary>Whether a path is a file of this kind, by its name.</summary>
    public static bool IsOne(string path) => path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>Reads a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The file is missing, of a later version, its numbers describe no model, or its length is
    /// not the one they ask for; nothing has been allocated then.</exception>
    public static Llama Load(string path, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
            var (config, table) = ReadHeader(file, path);
            var model = new Llama(config, seed: null, device, type);
            try
            {
                foreach (var (part, count, layered) in Layout(config, table))
                {
                    if (part is null) file.Seek(count * sizeof(float), SeekOrigin.Current);
                    else if (!layered) Read(file, model, part, count);
                    else for (int layer = 0; layer < config.Layers; layer++) Read(file, model, $"model.layers.{layer}.{part}", count);
                }
                return model;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Could not read the model '{path}': {e.Message}", e);
        }
    }

    private static (LlamaConfig Config, long Table) ReadHeader(FileStream file, string path)
    {
        if (file.Length < HeaderLength)
            throw new KitException($"'{path}' is no llama2.c model: it has {file.Length} bytes, and the header alone takes {HeaderLength}.");
        Span<byte> header = stackalloc byte[HeaderLength];
        file.ReadExactly(header);
        if (header[..4].SequenceEqual("PK\x03\x04"u8)) // a zip: PyTorch's own checkpoints are called .bin too
            throw new KitException($"'{path}' is no llama2.c model, but {ForeignWeights.PickleRemedy(path)}");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) == LaterVersions)
            throw new KitException(
                $"'{path}' is a llama2.c model of version {BinaryPrimitives.ReadInt32LittleEndian(header[4..])}; the kit reads version 0, "
                + "which llama2.c's export.py writes with --version 0.");
        var numbers = new int[7];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(header[(4 * i)..]);
        var config = new LlamaConfig
        {
            Width = numbers[0],
            Inner = numbers[1],
            Layers = numbers[2],
            Heads = numbers[3],
            Groups = numbers[4],
            VocabularySize = numbers[5] == int.MinValue ? 0 : Math.Abs(numbers[5]),
            MaxLength = numbers[6],
            Tied = numbers[5] > 0, // a negative vocabulary says that the head has weights of its own
            NormEpsilon = 1e-5,
            BeginId = Delimiter,
            EndId = Delimiter,
        };
        try
        {
            config.Validate();
        }
        catch (KitException e)
        {
            throw new KitException($"'{path}' is no llama2.c model: its header is {string.Join(", ", numbers)}. {e.Message}", e);
        }
        // The header also has room for tables of the rotation, which nobody reads any more.
        long table = (long)config.MaxLength * (config.HeadWidth / 2);
        Int128 floats = 0;
        foreach (var (_, count, layered) in Layout(config, table)) floats += (Int128)count * (layered ? config.Layers : 1);
        Int128 expected = HeaderLength + floats * sizeof(float);
        if (expected != file.Length)
            throw new KitException(
                $"'{path}' has {file.Length} bytes, and the model of its header (dim {numbers[0]}, hidden {numbers[1]}, layers {numbers[2]}, heads {numbers[3]}, "
                + $"key/value heads {numbers[4]}, vocabulary {numbers[5]}, length {numbers[6]}) takes {expected}. The file is cut short, or no llama2.c model.");
        return (config, table);
    }

    // What follows the header, in the file's order: parameters with their numbers of floats, some of them once for every layer.
    private static IEnumerable<(string? Part, long Count, bool Layered)> Layout(LlamaConfig c, long table)
    {
        long d = c.Width, f = c.FeedForward, keys = (long)c.KeyValueHeads * c.HeadWidth;
        yield return ("model.embed_tokens.weight", c.VocabularySize * d, false);
        yield return ("input_layernorm.weight", d, true);
        yield return ("self_attn.q_proj.weight", d * d, true);
        yield return ("self_attn.k_proj.weight", keys * d, true);
        yield return ("self_attn.v_proj.weight", keys * d, true);
        yield return ("self_attn.o_proj.weight", d * d, true);
        yield return ("post_attention_layernorm.weight", d, true);
        yield return ("mlp.gate_proj.weight", f * d, true);
        yield return ("mlp.down_proj.weight", d * f, true);
        yield return ("mlp.up_proj.weight", f * d, true);
        yield return ("model.norm.weight", d, false);
        yield return (null, 2 * table, false);
        if (!c.Tied) yield return ("lm_head.weight", c.VocabularySize * d, false);
    }

    private static void Read(FileStream file, Llama model, string name, long count)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var read = empty(count, dtype: ScalarType.Float32);
        for (long at = 0; at < count; at += 1 << 26)
        {
            using var piece = read.narrow(0, at, Math.Min(1 << 26, count - at));
            file.ReadExactly(piece.bytes);
        }
        var parameter = model.get_parameter(name)!;
        read = read.view(parameter.shape);
        bool turned = name.EndsWith("q_proj.weight", StringComparison.Ordinal) || name.EndsWith("k_proj.weight", StringComparison.Ordinal);
        parameter.copy_(turned ? HalvesFirst(read, ((LlamaConfig)model.Config).HeadWidth) : read);
    }

    // The rows of each head from pairs (0, 1), (2, 3), … to first halves, second halves: 0, 2, …, 1, 3, ….
    private static Tensor HalvesFirst(Tensor map, int size) =>
        map.view(-1, size / 2, 2, map.shape[1]).transpose(1, 2).reshape(map.shape);
}
