using System.Globalization;
using TorchSharp;

namespace ResearchKit.Tests.Tensors;

public class HostTests
{
    // A step's logits are far larger than the 32 MB up to which the C library keeps a freed block of its own accord.
    [SkippableFact]
    public void AFreedBlockComesBackWithoutAFaultForEveryPage()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The C library's allocator is told on Linux alone.");
        const int Megabytes = 48;
        long pages = (Megabytes << 20) / Environment.SystemPageSize;
        Fill();
        long least = Enumerable.Range(0, 5).Min(_ => Fill());
        Assert.True(least < pages / 10, $"{least} of {pages} pages were given back to the system and came anew");

        // Faults of this thread alone: others' tests run beside. It fills its share of the block, all of it or with two threads half.
        static long Fill()
        {
            long before = Faults();
            using var block = torch.zeros(Megabytes << 18);
            return Faults() - before;
        }
    }

    // minflt, the tenth number of a thread's stat; the second is a name in brackets.
    private static long Faults() => long.Parse(File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ')[7], CultureInfo.InvariantCulture);
}
