using ResearchKit.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

public class PeakMemoryTests
{
    [SkippableFact]
    public void WhatWasTakenAndLetGoIsInThePeakOfItsTimeAndNotOfTheNext()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux tells a process's peak.");
        const long megabyte = 1 << 20;
        var first = PeakMemory.Watch();
        using (ones(64 * megabyte / 4)) { }
        long taken = first.Bytes!.Value;
        Assert.InRange(taken, 60 * megabyte, 500 * megabyte);
        var second = PeakMemory.Watch();
        Assert.InRange(second.Bytes!.Value, 0, taken - 20 * megabyte);
        using (ones(128 * megabyte / 4)) { }
        Assert.InRange(second.Bytes!.Value, 120 * megabyte, 600 * megabyte);
    }
}
