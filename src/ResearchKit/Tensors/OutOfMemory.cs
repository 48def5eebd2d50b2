using System.Runtime.InteropServices;

namespace ResearchKit.Tensors;

/// <summary>Tells libtorch's lack of memory from its other errors, which are all of one type.</summary>
internal static class OutOfMemory
{
    // CUDA's allocator, and the CPU's of different releases.
    private static readonly string[] s_said = ["out of memory", "not enough memory", "can't allocate memory"];

    /// <summary>Whether an error of libtorch says that there was not enough memory.</summary>
    public static bool Is(ExternalException error) => s_said.Any(s => error.Message.Contains(s, StringComparison.OrdinalIgnoreCase));

    /// <summary>The line of the error that says how much was wanted.</summary>
    public static string Told(ExternalException error) => error.Message.Split('\n').First(line => s_said.Any(s => line.Contains(s, StringComparison.OrdinalIgnoreCase))).Trim().TrimEnd('.');
}
