using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

public sealed class TrainingCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-checkpoint-").FullName;

    private string File1 => Path.Combine(_folder, "step-00000001.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Save(string path)
    {
        using var scope = NewDisposeScope();
        new TrainingCheckpoint(new JsonObject { ["step"] = 1, ["rate"] = 0.1 }, new Dictionary<string, Tensor>
        {
            ["a"] = tensor(new float[] { 1.5f, -2, float.Epsilon }), ["b"] = tensor(7L), ["c"] = tensor(new byte[] { 1, 255 }),
        }).Save(path);
    }

    [Fact]
    public void WhatIsSavedComesBack()
    {
        Save(File1);
        using var loaded = TrainingCheckpoint.Load(File1);
        Assert.Equal("""{"step":1,"rate":0.1}""", loaded.State.ToJsonString());
        Assert.Equal([1.5, -2, float.Epsilon], Bits.Numbers(loaded.Tensors["a"]));
        Assert.Equal(7, loaded.Tensors["b"].item<long>());
        Assert.Equal(ScalarType.Byte, loaded.Tensors["c"].dtype);
    }

    [Fact]
    public void AFileCutShortAtAnyByteIsRefused()
    {
        Save(File1);
        var bytes = File.ReadAllBytes(File1);
        var cut = Path.Combine(_folder, "cut.safetensors");
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(cut, bytes[..length]);
            Assert.Throws<KitException>(() => TrainingCheckpoint.Load(cut));
        }
        File.WriteAllBytes(cut, [.. bytes, 0]);
        Assert.Throws<KitException>(() => TrainingCheckpoint.Load(cut));
    }

    [Fact]
    public void AFileWithAnyFlippedBitIsRefused()
    {
        Save(File1);
        var bytes = File.ReadAllBytes(File1);
        var flipped = Path.Combine(_folder, "flipped.safetensors");
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(flipped, bytes);
            Assert.Throws<KitException>(() => TrainingCheckpoint.Load(flipped));
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    [Fact]
    public void AnotherSafetensorsFileIsNoCheckpoint()
    {
        using var scope = NewDisposeScope();
        Safetensors.Save(File1, [("w", ones(2))]);
        Assert.Contains("no training checkpoint", Assert.Throws<KitException>(() => TrainingCheckpoint.Load(File1)).Message);
    }

    [Fact]
    public void LeftoversOfAKilledWriterAreClearedAndStrangersLeftAlone()
    {
        Save(File1);
        var leftover = Path.Combine(_folder, ".step-00000002.safetensors.4711.tmp");
        var stranger = Path.Combine(_folder, "step-notes.safetensors");
        File.WriteAllText(leftover, "half");
        File.WriteAllText(stranger, "mine");
        var (checkpoint, file) = new CheckpointFolder(_folder, 2).Newest(_ => Assert.Fail("nothing is damaged"))!.Value;
        using (checkpoint) Assert.Equal(File1, file);
        Assert.False(File.Exists(leftover));
        Assert.True(File.Exists(stranger));
    }
}
