using ResearchKit.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

public sealed class RowFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-rows-").FullName;

    private string At => Path.Combine(_folder, "rows.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(Action<RowFile.Put> fill) => RowFile.Write(At, [("small", ScalarType.BFloat16, [3]), ("wide", ScalarType.Float32, [5, 2, 3])], fill);

    [Fact]
    public void Rows_put_in_any_order_are_read_where_they_belong_and_others_are_0()
    {
        using var scope = NewDisposeScope();
        Tensor wide = rand(5, 2, 3), small = tensor(new[] { 1f, 2, 3 }).to(ScalarType.BFloat16);
        Write(put =>
        {
            put("wide", 3, wide.narrow(0, 3, 2));
            put("small", 1, small.narrow(0, 1, 2));
            put("wide", 0, wide.narrow(0, 0, 1));
        });
        using var file = RowFile.Open(At);
        Tensor read = file.Read("wide"), few = file.Read("small");
        Assert.True(read.narrow(0, 3, 2).eq(wide.narrow(0, 3, 2)).all().ToBoolean());
        Assert.True(read.narrow(0, 0, 1).eq(wide.narrow(0, 0, 1)).all().ToBoolean());
        Assert.Equal(0, read.narrow(0, 1, 2).abs().max().ToSingle());
        Assert.Equal([0f, 2, 3], few.to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(64, file.Metadata["sha256"].Length);
    }

    [Fact]
    public void Any_changed_byte_of_the_data_is_noticed()
    {
        Write(put => put("wide", 0, ones(5, 2, 3)));
        var whole = File.ReadAllBytes(At);
        foreach (int back in (int[])[1, 6, 40, 126])   // 5·2·3 of 4 bytes and 3 of 2
        {
            byte[] changed = [.. whole];
            changed[^back] ^= 64;
            File.WriteAllBytes(At, changed);
            Assert.Contains("checksum", Assert.Throws<KitException>(() => RowFile.Open(At)).Message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(At, whole);
        RowFile.Open(At).Dispose();
    }

    [Fact]
    public void What_fails_on_the_way_leaves_what_stood_there()
    {
        Write(put => put("wide", 0, ones(5, 2, 3)));
        var before = File.ReadAllBytes(At);
        Assert.Throws<InvalidOperationException>(() => Write(put =>
        {
            put("wide", 0, zeros(5, 2, 3));
            throw new InvalidOperationException();
        }));
        Assert.Equal(before, File.ReadAllBytes(At));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        void Refused(string name, long first, Tensor rows) => Assert.Throws<ArgumentException>(() => Write(put => put(name, first, rows)));
        Refused("other", 0, ones(1, 2, 3));
        Refused("wide", 4, ones(2, 2, 3));
        Refused("wide", -1, ones(1, 2, 3));
        Refused("wide", 0, ones(1, 3, 2));
        Refused("wide", 0, ones([1, 2, 3], dtype: ScalarType.Float64));
    }

    [Fact]
    public void More_than_the_disk_holds_is_refused_beforehand()
    {
        var error = Assert.Throws<KitException>(() => RowFile.Write(At, [("wide", ScalarType.Float64, [1L << 50])], _ => Assert.Fail("nothing was to be written")));
        Assert.Contains("GB, and the disk has", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
