using System.Diagnostics;
using ResearchKit.Tensors;

namespace ResearchKit.Benchmarks;

/// <summary>The most memory that a process has had.</summary>
public static class Memory
{
    /// <summary>Of this process.</summary>
    /// <param name="setting">Where it worked.</param>
    /// <returns>Bytes; 0 where a GPU's driver does not tell.</returns>
    public static long Peak(Setting setting)
    {
        using var self = Process.GetCurrentProcess();
        return setting.Device == "cpu" ? self.PeakWorkingSet64 : GpuMemory.OfProcess(self.Id) ?? 0;
    }
}
