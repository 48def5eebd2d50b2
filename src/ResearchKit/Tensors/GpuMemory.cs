using System.Diagnostics;
using System.Globalization;

namespace ResearchKit.Tensors;

/// <summary>
/// What a process holds of the GPUs, as their driver counts it: TorchSharp has no statistics of libtorch's allocator, which gives nothing back, so that at the
/// end of a work this is its peak; the driver's own part of some hundred MB is in it.
/// </summary>
public static class GpuMemory
{
    /// <summary>Asks <c>nvidia-smi</c>.</summary>
    /// <param name="process">The process's id.</param>
    /// <returns>Bytes; null where the driver does not tell.</returns>
    public static long? OfProcess(int process)
    {
        try
        {
            using var query = Process.Start(new ProcessStartInfo("nvidia-smi", ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]) { RedirectStandardOutput = true })!;
            var told = query.StandardOutput.ReadToEnd();
            query.WaitForExit();
            return Read(told, process);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;   // no such program
        }
    }

    /// <summary>A process's bytes in nvidia-smi's rows of <c>pid, MiB</c>; null where it has none.</summary>
    internal static long? Read(string rows, int process)
    {
        long[] mine = [.. rows.Split('\n').Select(line => line.Split(',', StringSplitOptions.TrimEntries))
            .Where(r => r.Length == 2 && r[0] == process.ToString(CultureInfo.InvariantCulture) && long.TryParse(r[1], CultureInfo.InvariantCulture, out _))
            .Select(r => long.Parse(r[1], CultureInfo.InvariantCulture) << 20)];
        return mine.Length == 0 ? null : mine.Sum();
    }
}
