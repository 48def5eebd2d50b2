using System.Globalization;
using System.Runtime.InteropServices;

namespace ResearchKit.Tensors;

/// <summary>The most memory that the process takes from a moment on, beyond what it has then. Linux tells it; elsewhere it is not known.</summary>
/// <remarks>Of the host's memory: what a GPU holds is not in it. Memory that was let go before is given back to the system first, so that a second
/// training in the same process does not live on the first one's.</remarks>
public sealed partial class PeakMemory
{
    private const string Status = "/proc/self/status", ClearReferences = "/proc/self/clear_refs";

    private readonly long? _before;

    private PeakMemory(long? before) => _before = before;

    /// <summary>Begins to watch. One watches at a time: a second begins the peak anew for the first, too.</summary>
    public static PeakMemory Watch()
    {
        if (!OperatingSystem.IsLinux()) return new(null);
        try
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Trim(0);
            File.WriteAllText(ClearReferences, "5");                                       // the peak is now what there is
            return new(Read("VmRSS:"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or EntryPointNotFoundException)
        {
            return new(null);
        }
    }

    /// <summary>Bytes, so far; null where nobody tells.</summary>
    public long? Bytes => _before is { } before && Read("VmHWM:") is { } peak ? Math.Max(0, peak - before) : null;

    private static long? Read(string key)
    {
        foreach (var line in File.ReadLines(Status))
            if (line.StartsWith(key, StringComparison.Ordinal))
                return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024;
        return null;
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
