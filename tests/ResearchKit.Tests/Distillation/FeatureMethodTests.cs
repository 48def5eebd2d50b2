using ResearchKit.Checkpoints;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static ResearchKit.Tests.Distillation.FeatureMethods;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

public sealed class FeatureMethodTests : IDisposable
{
    private static readonly Dictionary<string, string[]> s_first = new()
    {
        ["tinybert"] = ["L_emb", "L_hid", "L_att"],
        ["minilm"] = ["L_AT", "L_VR"],
        ["minilmv2"] = ["L_QQ", "L_KK", "L_VV"],
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("kit-features-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> All()
    {
        var all = new TheoryData<string, string>();
        foreach (var name in s_first.Keys.Append("distilbert"))
            foreach (var kind in Kinds) all.Add(name, kind);
        return all;
    }

    private static IMethod Make(string name, string kind, string settings = "", int? width = null, ScalarType type = ScalarType.Float64)
    {
        var (student, teacher) = Pair(kind, width, type);
        return MethodCatalog.Create(Json($$"""{"name":"{{name}}"{{(settings.Length > 0 ? "," : "")}}{{settings}}}"""), student, teacher);
    }

    // ------------------------------------------------------------------------------------------------------------- every kind of answer

    [Theory]
    [MemberData(nameof(All))]
    public void FirstWhatIsInsideThenWhatIsToBeAnswered(string name, string kind)
    {
        using var scope = NewDisposeScope();
        var method = Make(name, kind, type: ScalarType.Float32);
        var teacher = Bits.Of(method.Teacher!);
        var before = Bits.Of(method.Student);
        var steps = Run(method, () => Rows(kind));
        string hard = kind switch { "classes" or "span" => "L_CE", "number" => "L_MSE", _ => "L_MLE" };
        string soft = kind switch { "classes" or "span" => "L_Soft-CE", "number" => "L_Soft-MSE", _ => "L_KL" };
        if (name == "distilbert") Assert.All(steps, s => Assert.Equal([soft, hard, "L_cos"], s.Terms.Keys));
        else
            foreach (var step in steps)
                Assert.Equal(step.Number <= 2 ? s_first[name] : [name == "tinybert" ? soft : hard], step.Terms.Keys);
        Assert.Equal(teacher, Bits.Of(method.Teacher!));
        Assert.Contains(Bits.Of(method.Student), p => !p.Value.SequenceEqual(before[p.Key]));
        (method as IDisposable)?.Dispose();
    }

    [Theory]
    [MemberData(nameof(All))]
    public void PaddingOfAnyLengthChangesNothing(string name, string kind)
    {
        using var scope = NewDisposeScope();
        var method = Make(name, kind);
        (double[] Terms, Dictionary<string, double[]> Gradients) Of(int width, int padding)
        {
            using var batch = Rows(kind, width, padding);
            var terms = Terms(method, batch);
            return ([.. terms.Select(t => t.Value.ToDouble())], Gradients(method, Total(terms)));
        }
        var wanted = Of(6, 0);
        Assert.All(wanted.Terms, t => Assert.NotEqual(0, t));
        foreach (var (width, padding) in new[] { (7, 0), (10, 12) })
        {
            var actual = Of(width, padding);
            foreach (var (a, b) in wanted.Terms.Zip(actual.Terms)) Assert.Equal(a, b, 1e-11);
            foreach (var (parameter, gradient) in wanted.Gradients)
                foreach (var (a, b) in gradient.Zip(actual.Gradients[parameter])) Assert.Equal(a, b, 1e-11);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void AStudentThatIsItsTeacherHasNothingToLearnFromIt(string name, string kind)
    {
        using var scope = NewDisposeScope();
        var (_, teacher) = Pair(kind);
        var (_, student) = Pair(kind);
        var method = MethodCatalog.Create(Json($$"""{"name":"{{name}}"}"""), student, teacher);
        using var batch = Rows(kind);
        foreach (var term in Terms(method, batch).Where(t => t.Symbol is not ("L_CE" or "L_MSE" or "L_MLE"))) Assert.InRange(term.Value.ToDouble(), -1e-14, 1e-14);
    }

    [Fact]
    public void TheTriplesWeightsAreTheAuthors()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("masked tokens");
        Assert.Equal([5, 2, 1], Terms(Make("distilbert", "masked tokens"), batch).Select(t => t.Weight));
        var without = Make("distilbert", "masked tokens", "\"alphaCos\":0,\"alphaTask\":3", width: 4);
        Assert.Equal([("L_KL", 5), ("L_MLE", 3)], Terms(without, batch).Select(t => (t.Symbol, t.Weight)));
        Assert.Equal(Observe.None, without.StudentObserves);
    }

    // ------------------------------------------------------------------------------------------------------------------------ the stages

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.25", 1)]
    [InlineData("0.3", 2)]
    [InlineData("1", 4)]
    public void TheShareOfTheStepsDecides(string share, int first)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, symbols) in s_first)
        {
            var method = Make(name, "classes", $"\"intermediate\":{share}");
            var steps = Run(method, () => Rows("classes"));
            Assert.Equal(first, steps.Count(s => s.Terms.Keys.SequenceEqual(symbols)));
            Assert.Equal(4 - first, steps.Skip(first).Count(s => s.Terms.Count == 1));
            if (first == 0) Assert.Equal((Observe.None, Observe.None), (method.StudentObserves, method.TeacherObserves));
        }
    }

    [Fact]
    public void WithoutAFirstStageMiniLmIsFineTuningToTheBit()
    {
        using var scope = NewDisposeScope();
        var (alone, _) = Pair("classes");
        Run(new FineTuning(alone), () => Rows("classes"));
        foreach (var name in (string[])["minilm", "minilmv2"])
        {
            var method = Make(name, "classes", "\"intermediate\":0");
            Run(method, () => Rows("classes"));
            Assert.Equal(Bits.Of(alone), Bits.Of(method.Student));
        }
    }

    [Fact]
    public void TheFirstStageTeachesWhatItCompares()
    {
        using var scope = NewDisposeScope();
        foreach (var (name, _) in s_first)
            foreach (var kind in (string[])["classes", "gpt2"])
            {
                var steps = Run(Make(name, kind, "\"intermediate\":1", type: ScalarType.Float32), () => Rows(kind), Train with { Steps = 60 });
                Assert.True(steps[^1].Loss < 0.6 * steps[0].Loss, $"{name}, {kind}: {steps[0].Loss} to {steps[^1].Loss}");
            }
    }

    // -------------------------------------------------------------------------------------------------------------------- the projection

    [Fact]
    public void AMapIsThereWhereWidthsDifferOrWhereOneIsAskedFor()
    {
        using var scope = NewDisposeScope();
        Assert.Null(((TinyBert)Make("tinybert", "classes")).Projection);
        Assert.NotNull(((TinyBert)Make("tinybert", "classes", "\"projection\":true")).Projection);
        Assert.Null(((TinyBert)Make("tinybert", "classes", "\"intermediate\":0", width: 4)).Projection);
        using var narrow = (TinyBert)Make("tinybert", "classes", width: 4);
        Assert.Equal([8, 4], narrow.Projection!.parameters().First().shape);
        Assert.Contains("width is 4, the teacher's 8, and 'projection' is false", Assert.Throws<KitException>(() => Make("tinybert", "classes", "\"projection\":false", width: 4)).Message);
    }

    [Fact]
    public void TheMapIsTrainedSavedAndNoPartOfTheStudent()
    {
        using var scope = NewDisposeScope();
        using var method = (TinyBert)Make("tinybert", "gpt2", "\"intermediate\":1", width: 4, type: ScalarType.Float32);
        Dictionary<string, double[]> before = Bits.Of(method.Projection!), student = Bits.Of(method.Student);
        var steps = Run(method, () => Rows("gpt2"));
        Assert.Equal(["student"], steps[0].GradientNorms.Keys);
        Assert.All(Bits.Of(method.Projection!), p => Assert.NotEqual(before[p.Key], p.Value));
        Assert.Equal(student.Keys, Bits.Of(method.Student).Keys);
        method.Save(_folder);
        var saved = Safetensors.Load(Path.Combine(_folder, "projection.safetensors"));
        foreach (var (name, values) in Bits.Of(method.Projection!)) Assert.Equal(values, Bits.Numbers(saved[name]));
        foreach (var value in saved.Values) value.Dispose();
    }

    [Fact]
    public void AResumedRunIsTheUninterruptedOneToTheBit()
    {
        // Interrupted once in either stage.
        Dictionary<string, double[]> Train(string folder, params int[] stops)
        {
            foreach (int stop in stops)
            {
                using var scope = NewDisposeScope();
                using var method = (TinyBert)Make("tinybert", "classes", width: 4, type: ScalarType.Float32);
                using var trainer = new Trainer(method, new TinyData(3), FeatureMethods.Train with { Steps = 8, CheckpointEvery = 1 }, new TrainerOptions { CheckpointFolder = Path.Combine(_folder, folder) });
                trainer.Resume();
                foreach (var step in trainer.Run())
                {
                    Assert.Equal(step.Number <= 4 ? 3 : 1, step.Terms.Count);
                    if (step.Number == stop) break;
                }
                if (stop == 8) return Bits.Of(method.Student).Concat(Bits.Of(method.Projection!)).ToDictionary();
            }
            throw new InvalidOperationException();
        }
        Assert.Equal(Train("whole", 8), Train("broken", 2, 6, 8));
    }

    [Fact]
    public void HalfPrecisionTrainsTheMapToo()
    {
        using var scope = NewDisposeScope();
        using var method = (TinyBert)Make("tinybert", "classes", "\"intermediate\":1", width: 4, type: ScalarType.Float32);
        var steps = Run(method, () => Rows("classes"), Train with { Steps = 30, Precision = "bf16" });
        Assert.Equal(ScalarType.BFloat16, method.Projection!.parameters().First().dtype);
        Assert.True(steps[^1].Loss < 0.8 * steps[0].Loss);
    }

    // ------------------------------------------------------------------------------------------------------------------------ refusal

    [Theory]
    [InlineData("""{"name":"tinybert","intermediate":1.5}""", "'intermediate' is 1.5, expected a number from 0 to 1")]
    [InlineData("""{"name":"tinybert","attention":"maps"}""", "expected one of scores, probabilities")]
    [InlineData("""{"name":"tinybert","layers":[1]}""", "names 1 of the teacher's layers, and the student has 3")]
    [InlineData("""{"name":"tinybert","layers":[1,2,5]}""", "asks for layer 5 of the teacher, which has the layers 1 to 2")]
    [InlineData("""{"name":"tinybert"}""", "2 are no multiple of the student's 3")]
    [InlineData("""{"name":"tinybert","layers":[1,1,2]}""", "number of attention heads is 4, the teacher's is 2")]
    [InlineData("""{"name":"minilm"}""", "number of attention heads is 4, the teacher's is 2")]
    [InlineData("""{"name":"minilmv2","relationHeads":3}""", "3 relation heads do not share the 12 units of the student's queries evenly|3 relation heads do not share the 8 units of the teacher's queries evenly")]
    [InlineData("""{"name":"minilmv2","teacherLayer":3}""", "'teacherLayer' is 3, and the teacher has the layers 1 to 2")]
    [InlineData("""{"name":"distilbert"}""", "width is 12, the teacher's is 8")]
    public void WhatCannotBeComparedIsRefused(string method, string message)
    {
        using var scope = NewDisposeScope();
        var (_, teacher) = Pair("classes");
        var student = ModelFactory.Create(teacher.Config with { Layers = 3, Heads = 4, Width = 12 }, seed: 8, type: ScalarType.Float64);
        var refusal = Assert.Throws<KitException>(() => MethodCatalog.Create(Json(method), student, teacher)).Message;
        Assert.Contains(message.Split('|'), m => refusal.Contains(m, StringComparison.Ordinal));
    }

    [Fact]
    public void WithoutAFirstStageNothingInsideNeedsToFit()
    {
        using var scope = NewDisposeScope();
        var (_, teacher) = Pair("classes");
        foreach (var name in s_first.Keys)
        {
            var student = ModelFactory.Create(teacher.Config with { Layers = 3, Heads = 4, Width = 12 }, seed: 8, type: ScalarType.Float64);
            Run(MethodCatalog.Create(Json($$"""{"name":"{{name}}","intermediate":0}"""), student, teacher), () => Rows("classes"));
        }
        // MiniLMv2 asks for neither the same heads nor the same width.
        var wide = ModelFactory.Create(teacher.Config with { Layers = 3, Heads = 4, Width = 12 }, seed: 8, type: ScalarType.Float64);
        Assert.Equal(3, Run(MethodCatalog.Create(Json("""{"name":"minilmv2","relationHeads":4}"""), wide, teacher), () => Rows("classes"))[0].Terms.Count);
    }
}
