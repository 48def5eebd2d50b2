using Xunit;

namespace ResearchKit.Tests.Tensors;

/// <summary>For tests that seed the process-wide generator: they run when nothing else does, or others would draw from it in between.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class GlobalRandom
{
    /// <summary>The collection's name.</summary>
    public const string Name = "global random generator";
}
