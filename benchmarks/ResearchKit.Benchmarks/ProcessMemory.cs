namespace ResearchKit.Benchmarks;

/// <summary>The memory of this process, in bytes, as Linux counts it.</summary>
internal static class ProcessMemory
{
    /// <summary>What is resident now.</summary>
    /// <exception cref="KitException">This is not Linux.</exception>
    public static long Resident => Read("VmRSS:");

    /// <summary>The most that ever was.</summary>
    /// <exception cref="KitException">This is not Linux.</exception>
    public static long Peak => Read("VmHWM:");

    private static long Read(string key)
    {
        if (!OperatingSystem.IsLinux()) throw new KitException("The memory of a process is read from /proc, which only Linux has. Run this there.");
        return long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
    }
}
