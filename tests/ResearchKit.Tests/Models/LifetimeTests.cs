using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>What lives and what dies: parameters outlive scopes, intermediates do not outlive the forward pass.</summary>
public class LifetimeTests
{
    public static TheoryData<string> Architectures => [.. Tiny.All.Keys];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void AModelMadeInsideAScopeKeepsItsParameters(string name)
    {
        LanguageModel model;
        int made;
        using (NewDisposeScope())
        {
            model = Make(name);
            made = model.parameters().Count();
        }
        using (model)
        {
            Assert.Equal(made, model.parameters().Count());
            using var scope = NewDisposeScope();
            using var batch = Tiny.Rows([[1, 2, 3], [4, 5]]);
            var loss = model.Forward(batch).Logits.sum();
            loss.backward();
            Assert.All(model.parameters(), p => Assert.False(p.IsInvalid));
            Assert.Equal(made, model.state_dict().Count);
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void ConversionInsideAScopeKeepsThemToo(string name)
    {
        using var model = Make(name);
        var names = model.named_parameters().Select(p => p.name).ToArray();
        using (NewDisposeScope()) model.to(ScalarType.Float64);
        Assert.Equal(names, model.named_parameters().Select(p => p.name));
        Assert.All(model.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
        using var scope = NewDisposeScope();
        using var batch = Tiny.Rows([[1, 2, 3], [4, 5]]);
        Assert.Equal(ScalarType.Float64, model.Forward(batch).Logits.dtype);
    }

    [Theory]
    [InlineData("bert", Observe.None, 1)]
    [InlineData("bert", Observe.Embedding, 2)]
    [InlineData("bert", Observe.Hidden, 1 + 3)]
    [InlineData("bert", Observe.Hidden | Observe.Embedding, 1 + 3)]
    [InlineData("bert", Observe.Attention, 1 + 2)]
    [InlineData("bert", Observe.Matrices, 1 + 2 * 6)]
    [InlineData("gpt2", Observe.None, 1)]
    [InlineData("gpt2", Observe.Embedding | Observe.Hidden | Observe.Attention | Observe.Matrices, 1 + 3 + 2 + 2 * 6)]
    [InlineData("opt", Observe.None, 1)]
    [InlineData("opt", Observe.Embedding | Observe.Hidden | Observe.Attention | Observe.Matrices, 1 + 3 + 2 + 2 * 6)]
    [InlineData("llama", Observe.None, 1)]
    [InlineData("llama", Observe.Embedding | Observe.Hidden | Observe.Attention | Observe.Matrices, 1 + 3 + 2 + 2 * 7)]
    public void NothingIsKeptThatNobodyAskedFor(string name, Observe observe, int kept)
    {
        using var model = Make(name);
        using var batch = Tiny.Rows([[1, 2, 3], [4, 5]]);
        using (NewDisposeScope()) model.Forward(batch, observe); // masks and other things made once
        long before = Live();
        using (var scope = NewDisposeScope())
        {
            model.Forward(batch, observe);
            Assert.Equal(before + kept, Live());
            Assert.Equal(kept, scope.DisposablesCount);
        }
        Assert.Equal(before, Live());

        var output = model.Forward(batch, observe); // and without any scope around it
        Assert.Equal(before + kept, Live());
        Tensor[] all = [output.Logits, .. output.Hidden, .. output.Attention, .. output.Matrices.SelectMany(m => m.Values)];
        foreach (var tensor in all) tensor.Dispose();
        output.Embedding?.Dispose();
        Assert.Equal(before, Live());
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    public void ADisposedModelAndBatchLeaveNothing(string name)
    {
        using (NewDisposeScope()) Make(name).Dispose(); // whatever the library makes once for itself
        long before = Live();
        var model = (Decoder)Make(name);
        var batch = Tiny.Rows([[1, 2, 3], [4, 5]], left: true);
        using (NewDisposeScope()) model.Forward(batch);
        Generation.Generate(model, [[1, 2], [3]], new GenerationOptions { MaxNewTokens = 3, Greedy = true });
        model.Dispose();
        batch.Dispose();
        Assert.Equal(before, Live());
    }

    private static LanguageModel Make(string name) =>
        ModelFactory.Create(Tiny.All[name] with { InitializerRange = 0.4 }, seed: 3);

    // Of this thread, because the tests beside this one make tensors too.
    private static long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
