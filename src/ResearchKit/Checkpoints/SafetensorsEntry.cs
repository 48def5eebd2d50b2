using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">Element type as stored.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Bytes of the tensor.</summary>
    public long Length => End - Begin;
}

/// <summary>The element types of the format that the kit stores, with their names and sizes.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, ScalarType Type, int Size)[] s_types =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>Every name, for messages.</summary>
    public static string Names => string.Join(", ", s_types.Select(t => t.Name));

    /// <summary>The type of a name, or null.</summary>
    public static ScalarType? Of(string name) => s_types.Where(t => t.Name == name).Select(t => (ScalarType?)t.Type).FirstOrDefault();

    /// <summary>The name of a type, or null for one the format lacks.</summary>
    public static string? NameOf(ScalarType type) => s_types.Where(t => t.Type == type).Select(t => t.Name).FirstOrDefault();

    /// <summary>Bytes of one element.</summary>
    public static int Size(ScalarType type) => s_types.First(t => t.Type == type).Size;
}
