using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>Under which names a module's parts are known: what a checkpoint's keys depend on.</summary>
public class ModuleNameTests
{
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> second, first;   // named in this order, whatever the order of assignment
        private readonly Parameter scale;

        public Block() : base("block")
        {
            first = nn.Linear(2, 3);
            scale = nn.Parameter(ones(1));
            second = nn.LayerNorm(3);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => second.call(first.call(x)) * scale;
    }

    private sealed class Stack : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<Block> layers;
        private readonly Tensor positions = arange(4);

        public Stack(int depth) : base("stack")
        {
            layers = new ModuleList<Block>([.. Enumerable.Range(0, depth).Select(_ => new Block())]);
            RegisterComponents();
        }

        public ModuleList<Block> Layers => layers;

        public override Tensor forward(Tensor x) => layers.Aggregate(x, (at, layer) => layer.call(at));
    }

    [Fact]
    public void FieldsAreNamedInOrderOfDeclarationParametersFirst()
    {
        using var block = new Block();
        Assert.Equal(["scale", "second.weight", "second.bias", "first.weight", "first.bias"], block.state_dict().Keys);
        Assert.Equal(["second", "first"], block.named_children().Select(child => child.name));
    }

    [Fact]
    public void ListsAreNamedByIndexAndBuffersAreState()
    {
        using var stack = new Stack(2);
        Assert.Equal(["layers.0.scale", "layers.1.scale", "positions"],
            stack.state_dict().Keys.Where(name => name.EndsWith("scale") || name == "positions"));
        Assert.Equal(10, stack.parameters().Count());
        Assert.Equal("positions", Assert.Single(stack.named_buffers()).name);
        Assert.Equal([3L, 2L], stack.get_parameter("layers.1.first.weight")!.shape);
        Assert.Null(stack.get_parameter("layers.2.first.weight"));
    }

    [Fact]
    public void WhatAListGainsAfterRegistrationIsNotSeen()
    {
        using var stack = new Stack(1);
        stack.Layers.Add(new Block());
        Assert.Equal(5, stack.parameters().Count());
    }

    [Fact]
    public void AChainIsNamedByIndexOrByTheNamesGiven()
    {
        using var plain = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1, hasBias: false));
        using var named = nn.Sequential(("up", nn.Linear(1, 2)), ("act", nn.GELU()), ("down", nn.Linear(2, 1)));
        Assert.Equal(["0.weight", "0.bias", "2.weight"], plain.state_dict().Keys);
        Assert.Equal(["up.weight", "up.bias", "down.weight", "down.bias"], named.state_dict().Keys);
    }

    [Fact]
    public void OneLinearWeightInTwoLayersIsOneParameterUnderTwoKeys()
    {
        using var tied = new Tied();
        Assert.Same(tied.A.weight, tied.B.weight);
        Assert.Equal("A.weight", Assert.Single(tied.named_parameters()).name);
        Assert.Equal(["A.weight", "B.weight"], tied.state_dict().Keys);
    }

    [Fact]
    public void AnEmbeddingTiedToALinearSharesValuesAndGradientButIsListedTwice()
    {
        using var model = new TiedEmbedding();
        using (no_grad()) model.Table.weight!.fill_(2);
        model.call(tensor(new long[] { 0 })).sum().backward();

        Assert.Equal(["Table.weight", "Head.weight"], model.named_parameters().Select(named => named.name));
        Assert.Equal([2f, 2f], model.Head.weight.data<float>().ToArray());
        Assert.Equal([6f, 2f], model.Head.weight.grad!.data<float>().ToArray());   // 2 from the head at each row, 2 + 2 looked up at row 0
        Assert.Equal([6f, 2f], model.Table.weight!.grad!.data<float>().ToArray());
    }

    [Fact]
    public void TrainAndEvalReachEveryPart()
    {
        using var stack = new Stack(2);
        stack.eval();
        Assert.All(stack.modules(), module => Assert.False(module.training));
        stack.train();
        Assert.All(stack.modules(), module => Assert.True(module.training));
    }

    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        public readonly Linear A = nn.Linear(2, 2, hasBias: false), B = nn.Linear(2, 2, hasBias: false);

        public Tied() : base("tied")
        {
            B.weight = A.weight;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => B.call(A.call(x));
    }

    private sealed class TiedEmbedding : nn.Module<Tensor, Tensor>
    {
        public readonly Embedding Table = nn.Embedding(2, 1);
        public readonly Linear Head = nn.Linear(1, 2, hasBias: false);

        public TiedEmbedding() : base("tied")
        {
            Head.weight = Table.weight!;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => Head.call(Table.call(x));
    }
}
