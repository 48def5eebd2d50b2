using ResearchKit.Models;
using ResearchKit.Tests.Tensors;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

[Collection(GlobalRandom.Name)]
public class InitialisationTests
{
    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    public void ASeedIsAModelWhateverTheTypeAndTheGlobalGenerator(string name)
    {
        using var scope = NewDisposeScope();
        using var one = Make(name);
        manual_seed(99);
        var next = rand(1).ToDouble();
        manual_seed(99);
        using var same = Make(name, ScalarType.Float64);
        Assert.Equal(next, rand(1).ToDouble()); // making a model takes nothing from the generator of dropout
        using var other = Make(name, seed: 4);
        foreach (var (parameter, value) in one.named_parameters())
            Assert.Equal(0, Tiny.Distance(value, same.get_parameter(parameter)!));
        Assert.True(Tiny.Distance(one.parameters().First(), other.parameters().First()) > 0.1);
    }

    private static LanguageModel Make(string name, ScalarType type = ScalarType.Float32, long seed = 3) =>
        ModelFactory.Create(Tiny.All[name] with { InitializerRange = 0.4 }, seed, type: type);
}
