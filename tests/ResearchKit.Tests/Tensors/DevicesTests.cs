using ResearchKit.Tensors;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

public class DevicesTests
{
    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("")]
    public void OtherNamesAreRefusedWithTheAllowedOnes(string name) =>
        Assert.Contains("expected auto, cpu, cuda or cuda:N", Assert.Throws<KitException>(() => Devices.Resolve(name)).Message);

    [Fact]
    public void AGpuThatIsNotThereIsRefused() =>
        Assert.Contains("is not there", Assert.Throws<KitException>(() => Devices.Resolve("cuda:97")).Message);

    [Fact]
    public void AutoIsAGpuOnlyWhereThereIsOne() =>
        Assert.Equal(cuda.is_available() ? DeviceType.CUDA : DeviceType.CPU, Devices.Resolve("auto").type);
}
