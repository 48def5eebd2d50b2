using System.Diagnostics;
using System.Globalization;

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
        return setting.Device == "cpu" ? self.PeakWorkingSet64 : OfGpu(self.Id);
    }

    /// <summary>
    /// What a process holds of the GPU, as its driver counts it: libtorch's allocator gives nothing back, so that at the end of a work this is its peak;
    /// the driver's own part of some hundred MB is in it.
    /// </summary>
    /// <param name="process">Its id.</param>
    /// <returns>Bytes; 0 where the driver does not tell.</returns>
    public static long OfGpu(int process)
    {
        try
        {
            using var query = Process.Start(new ProcessStartInfo("nvidia-smi", ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]) { RedirectStandardOutput = true })!;
            var rows = query.StandardOutput.ReadToEnd().Split('\n').Select(line => line.Split(',', StringSplitOptions.TrimEntries));
            query.WaitForExit();
            return rows.Where(r => r.Length == 2 && r[0] == process.ToString(CultureInfo.InvariantCulture) && long.TryParse(r[1], out _))
                .Sum(r => long.Parse(r[1], CultureInfo.InvariantCulture) << 20);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0;   // no such program
        }
    }
}
