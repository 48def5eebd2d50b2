using ResearchKit.Models;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public sealed class TableTests : IDisposable
{
    private readonly int _threads = get_num_threads();

    public TableTests() => set_num_threads(2);

    public void Dispose() => set_num_threads(_threads);

    [Fact]
    public void GradientsOfManyEqualIdsAreAddedInAFixedOrder()
    {
        using var scope = NewDisposeScope();
        using var chance = new Generator(3);
        using var table = new Table(40, 64, CPU, ScalarType.Float32);
        var ids = randint(0, 40, [32, 64], dtype: ScalarType.Int64, generator: chance);   // each row some fifty times
        var upstream = randn([32, 64, 64], generator: chance);

        float[] Gradient()
        {
            table.weight.grad = null;
            table.call(ids).backward([upstream]);
            return table.weight.grad!.data<float>().ToArray();
        }
        var first = Gradient();
        for (int i = 0; i < 20; i++) Assert.Equal(first, Gradient());
        var expected = zeros(40, 64).index_add(0, ids.flatten(), upstream.flatten(0, 1), 1);
        Assert.True((table.weight.grad! - expected).abs().max().item<float>() < 1e-4f);
    }
}
