using System.Diagnostics;
using System.Globalization;
using ResearchKit.Checkpoints;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

/// <summary>
/// Thousands of broken files: each is refused with a <see cref="KitException"/> or read exactly as its bytes stand, and none that the
/// reference refuses is read. <c>KIT_FUZZ=100000 KIT_FUZZ_SEED=1 ./kit test --filter SafetensorsFuzz</c> does more of it, and holds time and memory to their limits.
/// </summary>
public sealed class SafetensorsFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const int Few = 4000;

    private readonly TemporaryFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void AMutatedFileIsRefusedOrReadExactly()
    {
        int count = Setting("KIT_FUZZ") ?? Few, seed = Setting("KIT_FUZZ_SEED") ?? 20;
        var mutation = new SafetensorsMutation(SoundFiles(seed), new Random(seed));
        int refused = 0, read = 0;
        double slowest = 0, mostMemory = 0;
        var path = _folder["mutant"];
        for (int n = 0; n < count; n++)
        {
            var bytes = mutation.Next();
            File.WriteAllBytes(path, bytes);
            long allocated = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp(), tensorBytes = 0;
            string? error = null;
            try
            {
                tensorBytes = ReadAndCompare(path, bytes, ref allocated, n);
                read++;
            }
            catch (KitException e)
            {
                error = e.Message;
                refused++;
            }
            slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(start).TotalSeconds);
            // All that was ever allocated, so more than what was held at any time, beside an allowance for the exception and small things.
            long memory = GC.GetAllocatedBytesForCurrentThread() - allocated + tensorBytes;
            mostMemory = Math.Max(mostMemory, (memory - Allowance) / (double)bytes.Length);
            Assert.True(memory <= 2 * bytes.LongLength + Allowance, $"file {n} of seed {seed}: {memory} bytes of memory for {bytes.Length} of file");
            if (error is not null) Assert.True(error.Contains(path, StringComparison.Ordinal) && error.Length < 100_000, $"file {n} of seed {seed}: {error}");
            else Assert.False(SafetensorsOracle.Refuses(bytes), $"file {n} of seed {seed} is read, and the reference refuses it; it begins {Convert.ToBase64String(bytes, 0, Math.Min(bytes.Length, 6000))}");
        }
        output.WriteLine($"{count} files of seed {seed}: {refused} refused, {read} read; slowest {slowest * 1000:F1} ms; memory at most {Math.Max(mostMemory, 0):F2} times the file and {Allowance >> 10} kB.");
        Assert.True(refused > count / 4 && read > count / 40, $"{refused} refused, {read} read: the mutations test one side only.");
        if (count > Few) Assert.True(slowest < 1, $"the slowest file took {slowest:F2} s");
    }

    private const long Allowance = 1 << 18;

    private static long ReadAndCompare(string path, byte[] bytes, ref long allocated, int n)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        long start = bytes.Length - file.Entries.Sum(e => e.Length), held = 0;
        foreach (var entry in file.Entries)
        {
            var tensor = file.Read(entry.Name);
            held += entry.Length;
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(tensor.bytes.SequenceEqual(bytes.AsSpan((int)(start + entry.Begin), (int)entry.Length)), $"file {n}: '{entry.Name}' is not what stands there");
            Assert.Equal(entry.Shape, tensor.shape);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;   // what the comparison took is not the reader's
        }
        return held;
    }

    private List<byte[]> SoundFiles(int seed)
    {
        using var generator = new Generator((ulong)seed);   // a length that lies makes a header of the data: they are part of the case
        Tensor Normal(params long[] shape) => randn(shape, generator: generator);
        var all = new[] { ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool };
        List<byte[]> files =
        [
            Bytes([("layer.weight", Normal(3, 4)), ("layer.bias", tensor(new long[] { 1, 2, 3 })), ("mask", tensor(new bool[] { true, false }))]),
            Bytes([.. all.Select(t => ("of " + t, (Normal(2, 3) * 50).abs().to(t)))], new() { ["format"] = "pt" }),
            Bytes([("scalar", tensor(2.5)), ("empty", zeros(0, 3)), ("na\u00efve \"name\"\n\U0001F600", ones(1))], new() { ["a"] = "b", ["c"] = "" }),
            Bytes([.. Enumerable.Range(0, 60).Select(i => ($"bert.encoder.layer.{i}.attention.self.query.weight", ones(4, 4)))]),
            Bytes([("large", Normal(300, 300))]),
        ];
        Assert.All(files, f => Assert.False(SafetensorsOracle.Refuses(f)));
        return files;
    }

    private byte[] Bytes((string, Tensor)[] tensors, Dictionary<string, string>? metadata = null)
    {
        Safetensors.Save(_folder["sound"], tensors, metadata);
        return File.ReadAllBytes(_folder["sound"]);
    }

    private static int? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
