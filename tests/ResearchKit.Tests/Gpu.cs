using TorchSharp;
using Xunit;

namespace ResearchKit.Tests;

/// <summary>Tests that need a GPU say so, and are skipped with the reason where there is none.</summary>
internal static class Gpu
{
    /// <summary>To be called first in a <c>[SkippableFact]</c>.</summary>
    public static void Require() => Skip.IfNot(torch.cuda.is_available(), "libtorch sees no GPU on this machine");
}
