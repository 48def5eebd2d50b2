using System.Globalization;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>Alone, for the memory of the process is everybody's.</summary>
[Collection(GlobalRandom.Name)]
public class GeneratorMemoryTests
{
    // A training makes two at every step.
    [SkippableFact]
    public void WhatAStreamHoldsIsFreedWithIt()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux tells how much of a process is its own.");
        const int streams = 20_000, state = 2_500;   // 624 numbers of 4 bytes
        Make(streams / 10);
        long before = Own();
        Make(streams);
        Assert.True(Own() - before < (long)streams * state / 4, $"{Own() - before} bytes more after {streams} streams of {state}");
    }

    private static void Make(int streams)
    {
        for (int i = 0; i < streams; i++)
        {
            using var stream = new Generator((ulong)i);
            using var state = stream.get_state();
        }
    }

    private static long Own() => long.Parse(File.ReadLines("/proc/self/status").Single(l => l.StartsWith("RssAnon:", StringComparison.Ordinal))[8..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
}
