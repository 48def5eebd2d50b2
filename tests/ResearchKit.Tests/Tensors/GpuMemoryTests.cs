using ResearchKit.Tensors;
using Xunit;

namespace ResearchKit.Tests.Tensors;

public class GpuMemoryTests
{
    [Theory]
    [InlineData("12, 400\n7, 1024\n12, 100\n", 12, 500L << 20)]
    [InlineData("12, 400\n", 7, null)]
    [InlineData("", 7, null)]
    [InlineData("7, [N/A]\nNo devices were found\n", 7, null)]
    public void It_is_what_the_driver_says_of_the_process(string rows, int process, long? bytes) => Assert.Equal(bytes, GpuMemory.Read(rows, process));
}
