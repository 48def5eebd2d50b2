using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>A module's state as a dictionary and as a file, and what a change of type leaves of it.</summary>
public class ModuleStateTests
{
    private sealed class Model : nn.Module<Tensor, Tensor>
    {
        public readonly Embedding Words = nn.Embedding(5, 4);
        public readonly LayerNorm Norm = nn.LayerNorm(4);
        public readonly Linear Out = nn.Linear(4, 3);
        public readonly Parameter Shift = nn.Parameter(zeros(3));

        public Model() : base("model")
        {
            register_buffer("steps", tensor(7L));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => Out.call(Norm.call(Words.call(x))) + Shift;
    }

    private static float[] Logits(Model model) => model.call(arange(5)).data<float>().ToArray();

    [Fact]
    public void StateGoesFromModelToModelByDictionaryAndByFile()
    {
        using var source = new Model();
        using (no_grad()) source.Shift.fill_(0.5);
        var expected = Logits(source);

        using var copied = new Model();
        var shift = copied.Shift;
        var (missing, unexpected) = copied.load_state_dict(source.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.Same(shift, copied.Shift);
        Assert.Equal(expected, Logits(copied));

        using var loaded = new Model();
        using var file = new MemoryStream();
        source.save(file);
        loaded.load(new MemoryStream(file.ToArray()));
        Assert.Equal(expected, Logits(loaded));
    }

    [Fact]
    public void LoadingACopyDoesNotShareStorage()
    {
        using var source = new Model();
        using var copied = new Model();
        copied.load_state_dict(source.state_dict());
        using (no_grad()) source.Shift.fill_(9);
        Assert.Equal([0f, 0f, 0f], copied.Shift.data<float>().ToArray());
    }

    [Fact]
    public void StrictLoadingRefusesOtherNamesAndLooseLoadingReportsThem()
    {
        using var linear = nn.Linear(2, 1);
        var other = new Dictionary<string, Tensor> { ["weight"] = ones(1, 2), ["extra"] = ones(1) };
        Assert.Throws<InvalidOperationException>(() => linear.load_state_dict(other));
        Assert.NotEqual([1f, 1f], linear.weight.data<float>().ToArray());   // refused before anything was written

        var (missing, unexpected) = linear.load_state_dict(other, strict: false);
        Assert.Equal(["bias"], missing);
        Assert.Equal(["extra"], unexpected);
        Assert.Equal([1f, 1f], linear.weight.data<float>().ToArray());
    }

    [Fact]
    public void AFileOfAnotherShapeOrTypeIsRefused()
    {
        byte[] Saved(nn.Module module)
        {
            using var stream = new MemoryStream();
            module.save(stream);
            return stream.ToArray();
        }

        var saved = Saved(nn.Linear(2, 1));
        Assert.Throws<ArgumentException>(() => nn.Linear(3, 1).load(new MemoryStream(saved)));
        Assert.Throws<ArgumentException>(() => nn.Linear(2, 1, hasBias: false).load(new MemoryStream(saved)));
        Assert.Throws<ArgumentException>(() => nn.Linear(2, 1).to(ScalarType.Float64).load(new MemoryStream(saved)));
        Assert.Throws<EndOfStreamException>(() => nn.Linear(2, 1).load(new MemoryStream(saved[..^3])));
    }

    [Fact]
    public void AChangeOfTypeReachesEveryFloatingPartAndKeepsGradients()
    {
        using var model = new Model();
        model.call(arange(5)).sum().backward();
        var before = model.Out.weight.grad!.data<float>().ToArray();

        Assert.Same(model, model.to(ScalarType.Float64));
        Assert.All(model.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.is_leaf));
        Assert.Equal(ScalarType.Int64, model.get_buffer("steps")!.dtype);
        Assert.Same(model.Shift, model.get_parameter("Shift"));
        Assert.Equal(before, model.Out.weight.grad!.data<double>().ToArray().Select(value => (float)value));
        Assert.Equal(ScalarType.Float64, model.call(arange(5)).dtype);
    }

    [Fact]
    public void OnlyFloatingTypesAreAModulesTypes()
    {
        using var model = new Model();
        Assert.Throws<ArgumentException>(() => model.to(ScalarType.Int64));
    }
}
