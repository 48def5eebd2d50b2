using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>What dispose scopes, disposal and hooks do to a module. The kit makes no model inside a scope, and this is why.</summary>
public class ModuleScopeTests
{
    private sealed class Model : nn.Module<Tensor, Tensor>
    {
        public readonly Parameter Scale = nn.Parameter(ones(1));
        public readonly Linear Fc = nn.Linear(1, 1);
        public readonly LayerNorm Norm = nn.LayerNorm(1);
        public readonly Embedding Words = nn.Embedding(1, 1);

        public Model() : base("model") => RegisterComponents();

        public override Tensor forward(Tensor x) => Norm.call(Fc.call(Words.call(x)));
    }

    [Fact]
    public void AModelMadeInAScopeLosesParameterFieldsAndEmbeddingNamesWithIt()
    {
        Model model;
        using (NewDisposeScope())
        {
            model = new Model();
            Assert.Equal(6, model.named_parameters().Count());
        }
        Assert.Equal(["Fc.weight", "Fc.bias", "Norm.weight", "Norm.bias"], model.named_parameters().Select(named => named.name));
        Assert.Equal([1L, 1L], model.call(zeros(1, dtype: ScalarType.Int64)).shape);   // the table itself is still there
    }

    [Fact]
    public void AModuleOwnsItsParameters()
    {
        var model = new Model();
        var (scale, weight) = (model.Scale, model.Fc.weight);
        model.Dispose();
        Assert.True(scale.IsInvalid);
        Assert.True(weight.IsInvalid);
    }

    [Fact]
    public void ForwardLeavesNoTensorsBehindButItsResult()
    {
        using var model = new Model();
        model.eval();
        using var input = zeros(1, dtype: ScalarType.Int64);
        using (no_grad())
        {
            using (var scope = NewDisposeScope())
            {
                var result = model.call(input);
                Assert.Equal(3, scope.DisposablesCount);   // of the lookup, the product and the norm
                Assert.False(result.IsInvalid);
            }
        }
        Assert.False(model.Fc.weight.IsInvalid);
    }

    [Fact]
    public void HooksRunOnCallAndNotOnForward()
    {
        using var linear = nn.Linear(1, 1, hasBias: false);
        using var input = ones(1, 1);
        int before = 0, after = 0;
        linear.register_forward_pre_hook((_, x) => { before++; return x; });
        var hook = linear.register_forward_hook((_, _, _) => { after++; return full([1, 1], 7f); });

        Assert.Equal(7f, linear.call(input).item<float>());
        linear.forward(input);
        hook.remove();
        linear.call(input);
        Assert.Equal((2, 1), (before, after));
    }

    [Fact]
    public void AParameterThatIsAViewOfAPlainBufferSharesItAndIsALeaf()
    {
        using var flat = zeros(6);
        using var gradients = zeros(6);
        using var linear = nn.Linear(2, 2);
        linear.weight = nn.Parameter(flat.narrow(0, 0, 4).view(2, 2));
        linear.bias = nn.Parameter(flat.narrow(0, 4, 2));
        linear.weight.grad = gradients.narrow(0, 0, 4).view(2, 2);
        linear.bias!.grad = gradients.narrow(0, 4, 2);

        using (no_grad()) flat.fill_(2);
        var y = linear.call(ones(1, 2));
        Assert.Equal([6f, 6f], y.data<float>().ToArray());
        y.sum().backward();
        linear.call(ones(1, 2)).sum().backward();
        Assert.True(linear.weight.is_leaf);
        Assert.Equal([2f, 2f, 2f, 2f, 2f, 2f], gradients.data<float>().ToArray());
    }
}
