using System.Buffers.Binary;
using System.Globalization;
using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tensors;
using ResearchKit.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

/// <summary>What is loaded is on the pages of its file where it can be, and behaves as if it were not.</summary>
public sealed class FileMappingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public void LoadedTensorsTakeNoMemoryUntilTheyAreWrittenTo()
    {
        OnLinux();
        Save("a", ("x", rand(4096, 4096)), ("y", rand(512, 4096).to(ScalarType.Float16)));   // 64 MiB and 4 MiB
        rand(1 << 20).sum().Dispose();   // libtorch's threads and buffers are there before it counts
        long before = Anonymous();
        var tensors = Safetensors.Load(_folder["a"]);
        Assert.True((tensors["x"].sum() + tensors["y"].sum()).item<float>() > 0);   // every page is looked at
        long read = Anonymous();
        Assert.InRange(read - before, -(32L << 20), 8L << 20);
        tensors["x"].fill_(0);
        Assert.InRange(Anonymous() - read, 56L << 20, 80L << 20);
    }

    [SkippableFact]
    public void TheMappingIsPrivateAndLivesUntilItsLastTensor()
    {
        OnLinux();
        var (x, y) = (randn(3, 5), arange(4));
        Save("a", ("x", x), ("y", y));
        var bytes = File.ReadAllBytes(_folder["a"]);
        Tensor first, second, another;
        using (var file = SafetensorsFile.Open(_folder["a"]))
        {
            Assert.Empty(Mappings("a"));   // the header is read, not mapped
            (first, second, another) = (file.Read("x"), file.Read("y"), file.Read("x"));
        }
        Assert.Equal(2, Mappings("a").Length);   // one for each element type
        Assert.All(Mappings("a"), m => Assert.Contains(" rw-p ", m, StringComparison.Ordinal));
        first.fill_(7);
        Assert.All(first.data<float>().ToArray(), v => Assert.Equal(7, v));
        Assert.True(second.Equals(y) && another.Equals(x));   // neither its neighbour nor a second reading
        Assert.Equal(bytes, File.ReadAllBytes(_folder["a"]));
        second.Dispose();
        Assert.Single(Mappings("a"));
        first.Dispose();
        Assert.Empty(Mappings("a"));
        another.Dispose();
    }

    [SkippableFact]
    public void AFileMayBeReplacedOrDeletedUnderItsTensors()
    {
        OnLinux();
        var (x, y) = (randn(1000, 5), randn(1000, 5));
        Save("a", ("x", x));
        var old = Safetensors.Load(_folder["a"])["x"];
        Save("a", ("x", y));
        var renewed = Safetensors.Load(_folder["a"])["x"];
        File.Delete(_folder["a"]);
        Assert.True(old.Equals(x) && renewed.Equals(y));
        Assert.Equal(2, Mappings("a").Count(m => m.EndsWith(" (deleted)", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void TheOpenFileIsMappedAndNotAnotherOfItsName()
    {
        OnLinux();
        var (x, y) = (randn(1000, 5), randn(1000, 5));
        Save("a", ("x", x));
        using var file = SafetensorsFile.Open(_folder["a"]);
        Save("a", ("x", y));
        Assert.True(file.Read("x").Equals(x));
        Assert.Single(Mappings("a"));
    }

    [SkippableTheory]
    [InlineData(0, true)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    public void WhatDoesNotStandAlignedIsCopied(int blanks, bool mapped)
    {
        OnLinux();
        var header = System.Text.Encoding.UTF8.GetBytes("""{"x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}""".PadRight(64 + blanks));
        var bytes = new byte[8 + header.Length + 16];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        for (int i = 0; i < 4; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + header.Length + 4 * i), i - 1.5f);
        File.WriteAllBytes(_folder["a"], bytes);
        var x = Safetensors.Load(_folder["a"])["x"];
        Assert.Equal([-1.5f, -0.5f, 0.5f, 1.5f], x.data<float>().ToArray());
        Assert.Equal(mapped, Mappings("a").Length == 1);
    }

    [SkippableFact]
    public void ALoadedModelIsOnItsFileUntilItIsTrained()
    {
        OnLinux();
        using var model = new Gpt2(Tiny.Gpt2 with { InitializerRange = 0.4 }, seed: 3);
        ModelFolder.Save(_folder["m"], model);
        using var batch = Tiny.Rows([[1, 2, 3], [4, 5]]);
        using (var half = ModelFolder.Load(_folder["m"], type: ScalarType.Float64)) Assert.Empty(Mappings("m"));   // another type: converted
        var back = ModelFolder.Load(_folder["m"]);
        Assert.Single(Mappings("m"));
        back.eval();
        model.eval();
        using (no_grad()) Assert.Equal(0, Tiny.Distance(model.Forward(batch).Logits, back.Forward(batch).Logits));

        using (var flat = new FlatParameters("it", back.named_parameters().Select(p => (p.name, p.parameter))))
        {
            flat.Attach(back.named_parameters().Select(p => (p.name, p.parameter)));
            Assert.Empty(Mappings("m"));   // all of it is in the buffer now
            back.Forward(batch).Logits.square().sum().backward();
            Assert.True(flat.Gradient.abs().sum().item<float>() > 0);
        }
        back.Dispose();
    }

    [SkippableFact]
    public void WritingToALoadedModelLeavesItsFileAlone()
    {
        OnLinux();
        using var model = new Gpt2(Tiny.Gpt2 with { InitializerRange = 0.4 }, seed: 3);
        ModelFolder.Save(_folder["m"], model);
        using (NewDisposeScope())
        using (no_grad())
        using (var back = ModelFolder.Load(_folder["m"]))
        {
            Assert.Single(Mappings("m"));
            foreach (var p in back.parameters()) p.fill_(0);
            using var again = ModelFolder.Load(_folder["m"]);
            foreach (var (name, value) in model.named_parameters()) Assert.Equal(0, Tiny.Distance(value, again.get_parameter(name)!));
        }
        Assert.Empty(Mappings("m"));   // and holds on to nothing
    }

    [Fact]
    public void MappingATensorIntoOneThatExistsConvertsWhereItMust()
    {
        var value = randn(4, 3);
        Save("a", ("x", value), ("mask", tensor(new[] { true, false })), ("none", zeros(0, 3)));
        using var file = SafetensorsFile.Open(_folder["a"]);
        Tensor wide = zeros([4, 3], dtype: ScalarType.Float64), same = zeros(4, 3), mask = zeros([2], dtype: ScalarType.Bool), none = zeros(0, 3);
        file.MapInto("x", wide);
        file.MapInto("x", same);
        file.MapInto("mask", mask);
        file.MapInto("none", none);
        Assert.True(wide.Equals(value.to(ScalarType.Float64)) && same.Equals(value));
        Assert.Equal([true, false], mask.data<bool>().ToArray());
        Assert.Equal([0, 3], none.shape);
        Assert.Contains("expected [3, 4]", Assert.Throws<KitException>(() => file.MapInto("x", zeros(3, 4))).Message, StringComparison.Ordinal);
    }

    private static void OnLinux() => Skip.IfNot(OperatingSystem.IsLinux(), "Files are mapped on Linux alone.");

    private string[] Mappings(string name) =>
        [.. File.ReadLines("/proc/self/maps").Where(l => l.Contains(_folder[name], StringComparison.Ordinal))];

    /// <summary>Memory of the process's own, in bytes: what no file stands behind.</summary>
    private static long Anonymous() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);

    private void Save(string name, params (string, Tensor)[] tensors) => Safetensors.Save(_folder[name], tensors);
}
