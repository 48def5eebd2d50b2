using System.Buffers.Binary;
using System.Text;
using ResearchKit.Checkpoints;
using ResearchKit.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void EveryTypeAndShapeComesBackBitByBit()
    {
        var tensors = new List<(string Name, Tensor Value)>
        {
            ("scalar", tensor(2.5)), ("empty", zeros(0, 3)), ("naïve \"name\"\n", ones(1)), ("not.contiguous", arange(6).reshape(2, 3).t()),
            ("inf", tensor(new float[] { float.NaN, float.PositiveInfinity, -0f, float.Epsilon })),
        };
        foreach (var type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool])
            tensors.Add(("of " + type, (randn(3, 5) * 50).abs().to(type)));
        Safetensors.Save(_folder["a"], tensors, new Dictionary<string, string> { ["made by"] = "a test" });

        using var file = SafetensorsFile.Open(_folder["a"]);
        Assert.Equal("a test", file.Metadata["made by"]);
        Assert.Equal(tensors.Count, file.Entries.Count);
        foreach (var (name, value) in tensors)
        {
            var back = file.Read(name);
            Assert.Equal(value.dtype, back.dtype);
            Assert.Equal(value.shape, back.shape);
            Assert.Equal(value.contiguous().bytes.ToArray(), back.bytes.ToArray());
        }
        Assert.Equal(["a"], _folder.Files); // nothing beside it
    }

    [Fact]
    public void TheFileIsTheFormatAndTheSameEachTime()
    {
        Save("one", ("b", tensor(new float[] { 1, 2 })), ("a", tensor(new byte[] { 7 })));
        var bytes = File.ReadAllBytes(_folder["one"]);
        var header = """{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}""";
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(header, Encoding.UTF8.GetString(bytes.AsSpan(8, length)).TrimEnd(' '));
        Assert.Equal([0, 0, 128, 63, 0, 0, 0, 64, 7], bytes[(8 + length)..]);
        Save("two", ("a", tensor(new byte[] { 7 })), ("b", tensor(new float[] { 1, 2 })));
        Assert.Equal(bytes, File.ReadAllBytes(_folder["two"]));
    }

    [Fact]
    public void ReadingIntoATensorConverts()
    {
        var value = randn(4, 3);
        Save("a", ("x", value));
        using var file = SafetensorsFile.Open(_folder["a"]);
        var parameter = nn.Parameter(zeros(4, 3));
        file.ReadInto("x", parameter);
        Assert.Equal(0, Tiny.Distance(parameter, value));
        var transposed = zeros(3, 4, dtype: ScalarType.Float64).t();
        file.ReadInto("x", transposed);
        Assert.Equal(0, Tiny.Distance(transposed, value));
        Refused("expected [3, 4]", () => file.ReadInto("x", zeros(3, 4)));
        Refused("Did you mean 'x'", () => file.Read("y"));
    }

    [Fact]
    public void AFileCutAnywhereIsRefused()
    {
        Save("whole", ("a", arange(5)), ("b", randn(2, 2)), ("c", tensor(true)));
        var whole = File.ReadAllBytes(_folder["whole"]);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["cut"], whole[..length]);
            var error = Assert.Throws<KitException>(() => SafetensorsFile.Open(_folder["cut"]));
            Assert.Contains("cut' is not a sound safetensors file", error.Message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(_folder["cut"], [.. whole, 0]);
        Refused("the file holds", () => SafetensorsFile.Open(_folder["cut"]));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}""", "only dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "needs a dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", "needs a dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "ascending")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "needs 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,4],"data_offsets":[0,4]}}""", "counted")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "counted")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "a hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "an overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "describes 3 bytes")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not a string")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}""", "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not valid JSON")]
    [InlineData("""[{"a":1}]""", "start with '{'")]
    [InlineData(""" {}""", "start with '{'")]
    [InlineData("", "start with '{'")]
    public void AHeaderThatIsNotExactlyATableIsRefused(string header, string says)
    {
        File.WriteAllBytes(_folder["a"], WithHeader(Encoding.UTF8.GetBytes(header), 4));
        Refused(says, () => SafetensorsFile.Open(_folder["a"]));
    }

    [Theory]
    [InlineData("U16")]
    [InlineData("U32")]
    [InlineData("U64")]
    [InlineData("F8_E5M2")]
    [InlineData("F4")]
    [InlineData("C64")]
    public void ATypeThatLibtorchLacksIsRefusedByName(string type)
    {
        File.WriteAllBytes(_folder["a"], WithHeader(Encoding.UTF8.GetBytes($$$"""{"w":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,4]}}"""), 4));
        Assert.Equal($"'{_folder["a"]}': tensor 'w' has element type '{type}', which the kit does not read. "
            + "It reads F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL; convert the file to one of these.",
            Assert.Throws<KitException>(() => SafetensorsFile.Open(_folder["a"])).Message);
    }

    [Fact]
    public void ATensorLargerThanAPieceIsConvertedWhole()
    {
        var value = arange(5_000_000, dtype: ScalarType.Int32);   // 20 MB, and a piece holds 16
        Save("a", ("x", value));
        using var file = SafetensorsFile.Open(_folder["a"]);
        var wide = zeros(5_000_000, dtype: ScalarType.Float64);
        file.ReadInto("x", wide);
        Assert.True(wide.Equals(value.to(ScalarType.Float64)));
    }

    [Fact]
    public void ALengthThatCannotBeIsRefusedBeforeAnythingIsAllocated()
    {
        foreach (ulong length in (ulong[])[ulong.MaxValue, long.MaxValue, 100_000_001, 100_000_000, 50])
        {
            var bytes = new byte[40];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            File.WriteAllBytes(_folder["a"], bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Refused("its header claims", () => SafetensorsFile.Open(_folder["a"]));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
        File.WriteAllBytes(_folder["a"], WithHeader([(byte)'{', 0xff, (byte)'}'], 0));
        Refused("UTF-8", () => SafetensorsFile.Open(_folder["a"]));
    }

    [Fact]
    public void AByteThatIsNoBoolIsRefused()
    {
        File.WriteAllBytes(_folder["a"], WithHeader("""{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}"""u8, 4, fill: 2));
        using var file = SafetensorsFile.Open(_folder["a"]);
        Refused("other than 0 and 1", () => file.Read("a"));
    }

    [Fact]
    public void WhatCannotBeWrittenLeavesTheOldFile()
    {
        Save("a", ("x", ones(2)));
        var before = File.ReadAllBytes(_folder["a"]);
        Refused("given twice", () => Save("a", ("x", ones(2)), ("x", ones(3))));
        Refused("reserved", () => Save("a", ("__metadata__", ones(2))));
        Refused("ComplexFloat32", () => Save("a", ("x", ones(2, dtype: ScalarType.ComplexFloat32))));
        File.WriteAllText(_folder["file"], "");
        Refused("could not be written", () => Save("file/below", ("x", ones(2))));
        Assert.Equal(before, File.ReadAllBytes(_folder["a"]));
        Assert.Equal(["a", "file"], _folder.Files);
    }

    [Fact]
    public void AFullDiskLeavesNothingHalfWritten()
    {
        Save("a", ("x", ones(2)));
        var before = File.ReadAllBytes(_folder["a"]);
        var error = Assert.Throws<KitException>(() => AtomicFile.Write(_folder["a"], stream =>
        {
            stream.Write(new byte[100_000]);
            throw new IOException("No space left on device");
        }));
        Assert.Contains(_folder["a"], error.Message, StringComparison.Ordinal);
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
        Assert.Matches(@"The disk has \d+ MB free", error.Message);
        Assert.Equal(before, File.ReadAllBytes(_folder["a"]));
        Assert.Equal(["a"], _folder.Files);
    }

    [Fact]
    public void AMissingFileIsNamed() => Refused("nothing-here", () => SafetensorsFile.Open(_folder["nothing-here"]));

    private void Save(string name, params (string, Tensor)[] tensors) => Safetensors.Save(_folder[name], tensors);

    private static void Refused(string says, Action action) =>
        Assert.Contains(says, Assert.Throws<KitException>(action).Message, StringComparison.Ordinal);

    private static byte[] WithHeader(ReadOnlySpan<byte> header, int data, byte fill = 0)
    {
        var bytes = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes.AsSpan(8));
        bytes.AsSpan(8 + header.Length).Fill(fill);
        return bytes;
    }
}
