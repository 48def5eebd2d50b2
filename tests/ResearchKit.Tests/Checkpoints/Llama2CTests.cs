using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

public sealed class Llama2CTests : IDisposable
{
    private const int Dim = 8, Hidden = 12, Layers = 2, Heads = 4, Shared = 2, Vocabulary = 11, Length = 9;
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheModelIsTheOneThatLlama2CRuns(bool tied)
    {
        var floats = Random(tied);
        using var model = Llama2C.Load(Write(tied ? Vocabulary : -Vocabulary, floats), type: ScalarType.Float64);
        Assert.Equal(tied, ((LlamaConfig)model.Config).Tied);
        int[] text = [1, 5, 3, 10, 0, 7, 7];
        using var batch = Tiny.Rows([text]);
        var logits = model.Forward(batch).Logits;
        var expected = Run(floats, tied, text);
        for (int t = 0; t < text.Length; t++)
            for (int v = 0; v < Vocabulary; v++)
                Assert.InRange(logits[0, t, v].ToDouble() - expected[t][v], -1e-5, 1e-5);
        // And it is a Hugging Face model from here on.
        ModelFolder.Save(_folder["m"], model);
        using var back = ModelFolder.Load(_folder["m"], type: ScalarType.Float64);
        Assert.InRange(Tiny.Distance(logits, back.Forward(batch).Logits), 0, 1e-15);
        Assert.Equal([1], ((LlamaConfig)back.Config).EndIds);
    }

    [Theory]
    [InlineData(-1, "has 4451 bytes, and the model of its header (dim 8, hidden 12, layers 2, heads 4, key/value heads 2, vocabulary 11, length 9) takes 4452")]
    [InlineData(4, "has 4456 bytes")]
    [InlineData(-4452 + 27, "has 27 bytes, and the header alone takes 28")]
    public void AWrongLengthIsRefusedWithBothNumbers(int more, string says)
    {
        var path = Write(Vocabulary, Random(tied: true));
        using (var file = File.OpenWrite(path)) file.SetLength(file.Length + more);
        Assert.Contains(says, Assert.Throws<KitException>(() => Llama2C.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0x616b3432, "of version 12; the kit reads version 0")]
    [InlineData(0, 0x04034b50, "a pickle, which is a program and is never run here")]
    [InlineData(0, -8, "'hidden_size' is -8")]
    [InlineData(0, 1 << 19, "The file is cut short")]
    [InlineData(1, 0, "'intermediate_size' is 0")]
    [InlineData(2, int.MaxValue, "The file is cut short")]
    [InlineData(3, 3, "not a multiple")]
    [InlineData(4, 3, "num_key_value_heads")]
    [InlineData(5, int.MinValue, "'vocab_size' is 0")]
    [InlineData(6, int.MaxValue, "The file is cut short")]
    public void AHeaderThatDescribesNoModelIsRefused(int at, int value, string says)
    {
        var path = Write(Vocabulary, Random(tied: true), header => header[at] = value);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(says, Assert.Throws<KitException>(() => Llama2C.Load(path)).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000_000);
    }

    [Fact]
    public void AFileThatIsNotThereIsNamed() =>
        Assert.Contains("no-such.bin", Assert.Throws<KitException>(() => Llama2C.Load(_folder["no-such.bin"])).Message, StringComparison.Ordinal);

    private static float[] Random(bool tied)
    {
        const int keys = Dim / Heads * Shared;
        int count = Vocabulary * Dim + Layers * (2 * Dim + 2 * Dim * Dim + 2 * keys * Dim + 3 * Dim * Hidden) + Dim
            + Length * (Dim / Heads) + (tied ? 0 : Vocabulary * Dim);
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private string Write(int vocabulary, float[] floats, Action<int[]>? change = null)
    {
        int[] header = [Dim, Hidden, Layers, Heads, Shared, vocabulary, Length];
        change?.Invoke(header);
        var path = _folder["model.bin"];
        using var writer = new BinaryWriter(File.Create(path));
        foreach (int number in header) writer.Write(number);
        foreach (float number in floats) writer.Write(number);
        return path;
    }

    // The format's own rules, in plain loops: what follows what, pairs (2i, 2i+1) turned, one token after the other.
    private static double[][] Run(float[] w, bool tied, int[] text)
    {
        const int size = Dim / Heads, keys = size * Shared;
        int at = 0;
        Func<int, int, double> Matrix(int rows, int columns)
        {
            int from = at;
            at += rows * columns;
            return (row, column) => w[from + row * columns + column];
        }
        Func<int, int, double>[] PerLayer(int rows, int columns) => [.. Enumerable.Range(0, Layers).Select(_ => Matrix(rows, columns))];
        static double[] Times(Func<int, int, double> m, int rows, double[] x) =>
            [.. Enumerable.Range(0, rows).Select(r => x.Select((value, c) => m(r, c) * value).Sum())];
        static double[] Norm(Func<int, int, double> weight, double[] x)
        {
            double scale = 1 / Math.Sqrt(x.Sum(v => v * v) / Dim + 1e-5);
            return [.. x.Select((v, i) => weight(0, i) * scale * v)];
        }
        void Turn(double[] x, int position)
        {
            for (int i = 0; i < x.Length; i += 2)
            {
                double angle = position / Math.Pow(10000, i % size / (double)size), a = x[i], b = x[i + 1];
                x[i] = a * Math.Cos(angle) - b * Math.Sin(angle);
                x[i + 1] = a * Math.Sin(angle) + b * Math.Cos(angle);
            }
        }
        var words = Matrix(Vocabulary, Dim);
        Func<int, int, double>[] norm1 = PerLayer(1, Dim), wq = PerLayer(Dim, Dim), wk = PerLayer(keys, Dim), wv = PerLayer(keys, Dim), wo = PerLayer(Dim, Dim),
            norm2 = PerLayer(1, Dim), w1 = PerLayer(Hidden, Dim), w2 = PerLayer(Dim, Hidden), w3 = PerLayer(Hidden, Dim);
        var final = Matrix(1, Dim);
        at += Length * size;
        var head = tied ? words : Matrix(Vocabulary, Dim);
        Assert.Equal(w.Length, at);

        var kept = new List<(double[] Key, double[] Value)>[Layers];
        for (int l = 0; l < Layers; l++) kept[l] = [];
        var logits = new double[text.Length][];
        for (int t = 0; t < text.Length; t++)
        {
            double[] x = [.. Enumerable.Range(0, Dim).Select(i => words(text[t], i))];
            for (int l = 0; l < Layers; l++)
            {
                var read = Norm(norm1[l], x);
                double[] q = Times(wq[l], Dim, read), k = Times(wk[l], keys, read), mixed = new double[Dim];
                Turn(q, t);
                Turn(k, t);
                kept[l].Add((k, Times(wv[l], keys, read)));
                for (int h = 0; h < Heads; h++)
                {
                    int mine = h * size, theirs = h / (Heads / Shared) * size;
                    double[] scores = [.. kept[l].Select(p => Math.Exp(Enumerable.Range(0, size).Sum(i => q[mine + i] * p.Key[theirs + i]) / Math.Sqrt(size)))];
                    for (int i = 0; i < size; i++) mixed[mine + i] = kept[l].Select((p, s) => scores[s] / scores.Sum() * p.Value[theirs + i]).Sum();
                }
                x = [.. x.Zip(Times(wo[l], Dim, mixed), (a, b) => a + b)];
                read = Norm(norm2[l], x);
                double[] gate = Times(w1[l], Hidden, read), up = Times(w3[l], Hidden, read);
                x = [.. x.Zip(Times(w2[l], Dim, [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]), (a, b) => a + b)];
            }
            logits[t] = Times(head, Vocabulary, Norm(final, x));
        }
        return logits;
    }
}
