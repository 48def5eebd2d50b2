using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

/// <summary>The first stages of TinyBERT, MiniLM and MiniLMv2, and DistilBERT's cosine, held against an independent computation (Fixtures/features/make.py).</summary>
public sealed class FeatureParityTests : IDisposable
{
    private static readonly string s_fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "features", "features.safetensors");
    private readonly SafetensorsFile _file = SafetensorsFile.Open(s_fixture);
    private readonly Dictionary<string, Tensor> _expected = new(Safetensors.Load(s_fixture));
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        foreach (var tensor in _expected.Values) tensor.Dispose();
        _file.Dispose();
    }

    private LanguageModel Load(string whose, ScalarType type)
    {
        var model = ModelFactory.Create(ModelConfig.Parse(_file.Metadata[whose], s_fixture).WithoutDropout(), seed: null, type: type);
        foreach (var (parameter, value) in model.named_parameters()) _file.ReadInto($"{whose}.{parameter}", value);
        return model;
    }

    private TinyBert MakeTinyBert(ScalarType type, TinyBert.Settings settings)
    {
        var method = new TinyBert(Load("student", type), Load("teacher", type), settings);
        foreach (var (parameter, value) in method.Projection!.named_parameters()) _file.ReadInto($"projection.{parameter}", value);
        return method;
    }

    private Batch Rows() => new(_expected["x.ids"].clone(), _expected["x.lengths"].data<long>().ToArray(), labels: _expected["x.labels"].clone());

    [Theory]
    [InlineData("tinybert", ScalarType.Float64, 1e-10)]
    [InlineData("tinybert", ScalarType.Float32, 5e-6)]
    [InlineData("minilm", ScalarType.Float64, 1e-10)]
    [InlineData("minilm", ScalarType.Float32, 5e-6)]
    [InlineData("minilmv2", ScalarType.Float64, 1e-10)]
    [InlineData("minilmv2", ScalarType.Float32, 5e-6)]
    public void TermsAndEveryGradientAreWhatPyTorchComputes(string name, ScalarType type, double tolerance)
    {
        var numbers = JsonNode.Parse(_file.Metadata["settings"])!.AsObject();
        IMethod method = name switch
        {
            "tinybert" => MakeTinyBert(type, new()),
            "minilm" => new MiniLm(Load("student", type), Load("teacher", type), new()),
            _ => new MiniLmV2(Load("student", type), Load("teacher", type), new() { RelationHeads = numbers["relationHeads"]!.GetValue<int>(), TeacherLayer = numbers["teacherLayer"]!.GetValue<int>() }),
        };
        using var batch = Rows();
        var terms = FeatureMethods.Terms(method, batch);
        Assert.Equal(name switch { "tinybert" => ["L_emb", "L_hid", "L_att"], "minilm" => ["L_AT", "L_VR"], _ => (string[])["L_QQ", "L_KK", "L_VV"] }, terms.Select(t => t.Symbol));
        foreach (var term in terms) Near(term.Symbol, _expected[$"l.{term.Symbol[2..].ToLowerInvariant()}"], term.Value, tolerance);
        FeatureMethods.Total(terms).backward();
        int compared = 0;
        foreach (var (parameter, value) in Assert.Single(method.Trains).Parameters)
        {
            Near(parameter, _expected[$"g.{name}.{parameter}"], value.grad ?? zeros_like(value), tolerance);
            compared++;
        }
        Assert.Equal(_expected.Keys.Count(k => k.StartsWith($"g.{name}.", StringComparison.Ordinal)) - (name == "tinybert" ? 0 : 2), compared);   // the other two have no W_h
        Assert.All(method.Teacher!.parameters(), p => Assert.True(p.grad is null));
    }

    [Fact]
    public void TinyBertsOtherReadingsAreWhatTheyAreCalled()
    {
        using var batch = Rows();
        foreach (var term in FeatureMethods.Terms(MakeTinyBert(ScalarType.Float64, new() { Reduction = "authors" }), batch))
            Near(term.Symbol, _expected[$"l.authors.{term.Symbol[2..]}"], term.Value, 1e-12);
        var probabilities = FeatureMethods.Terms(MakeTinyBert(ScalarType.Float64, new() { Attention = "probabilities" }), batch);
        Near("L_att", _expected["l.att-probabilities"], probabilities[^1].Value, 1e-12);
        // The rule's layers, said in so many words, and others.
        Near("L_hid", _expected["l.hid"], FeatureMethods.Terms(MakeTinyBert(ScalarType.Float64, new() { Layers = [2, 4] }), batch)[1].Value, 1e-12);
        Assert.NotEqual(_expected["l.hid"].ToDouble(), FeatureMethods.Terms(MakeTinyBert(ScalarType.Float64, new() { Layers = [1, 3] }), batch)[1].Value.ToDouble(), 1e-3);
    }

    [Fact]
    public void DirectionsAndWhatComesBeforeAreWhatPyTorchComputes()
    {
        using var batch = Rows();
        using var method = MakeTinyBert(ScalarType.Float64, new());
        const Observe All = Observe.Hidden | Observe.Matrices | Observe.Scores;
        ModelOutput student = method.Student.Forward(batch, All), teacher = method.Teacher.Forward(batch, All);
        Near("cos", _expected["l.cos"], CosineDistance.OfTokens(method.Projection!.Apply(student.Hidden[^1]), teacher.Hidden[^1], batch.Mask), 1e-12);
        Near("qq", _expected["l.causal.qq"], RelationDivergence.OfLayer(student.Matrices[^1]["query"], teacher.Matrices[^1]["query"], 3, batch.Mask, causal: true), 1e-12);
        Near("att", _expected["l.causal.att"], AttentionScores.OfLayer(student.Scores[^1], teacher.Scores[^1], batch.Mask, causal: true), 1e-12);
    }

    private static void Near(string what, Tensor wanted, Tensor actual, double tolerance)
    {
        Assert.Equal(wanted.shape, actual.shape);
        double gap = ((actual.detach().to(ScalarType.Float64) - wanted).abs() / (1 + wanted.abs())).max().ToDouble();
        Assert.True(gap <= tolerance, $"{what} is off by {gap:G3}.");
    }
}
