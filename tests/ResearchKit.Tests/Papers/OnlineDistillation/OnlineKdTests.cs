using System.Globalization;
using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Data;
using ResearchKit.Distillation;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Papers.OnlineDistillation;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Papers.OnlineDistillation;

public sealed class OnlineKdTests : IDisposable
{
    private static readonly string s_fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "online", "online.safetensors");
    private static readonly TrainSettings s_settings = new() { Steps = 1, LearningRate = 1e-2, WeightDecay = 0, Clip = null, Device = "cpu", Dropout = false, Schedule = "constant", WarmupFraction = 0 };
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-okd-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (LanguageModel Student, LanguageModel Teacher) Pair(ScalarType type = ScalarType.Float64) =>
        (ModelFactory.Create(Tiny.Gpt2.WithoutDropout() with { Layers = 1, InitializerRange = 0.4 }, seed: 8, type: type), Tiny.Make<LanguageModel>(Tiny.Gpt2, type));

    private static TinyData Data => new(3, decoder: true, vocabulary: 13);

    private static Batch Rows() => Data.Make(Data.Rows(0));

    private static OnlineKd.Settings Small => new() { Rank = 2 };

    // W_up away from 0, so that the module says something.
    private static void Move(Adapter online)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator(5);
        foreach (var parameter in online.parameters()) parameter.copy_(randn(parameter.shape, generator: generator) * 0.3);
    }

    private static IReadOnlyDictionary<string, LossTerm> Terms(IMethod method, Batch batch) => method.Losses(new Step(method, batch, 1, 0)).ToDictionary(t => t.Symbol);

    // ---------------------------------------------------------------------------------------- the equations, independently computed

    [Theory]
    [InlineData(ScalarType.Float64, 1e-10)]
    [InlineData(ScalarType.Float32, 5e-6)]
    public void OneStepIsWhatPyTorchComputes(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(s_fixture);
        var expected = Safetensors.Load(s_fixture);
        var numbers = JsonNode.Parse(file.Metadata["settings"])!.AsObject();
        LanguageModel Load(string whose)
        {
            var model = ModelFactory.Create(ModelConfig.Parse(file.Metadata["config"], s_fixture).WithoutDropout(), seed: null, type: type);
            foreach (var (parameter, value) in model.named_parameters()) file.ReadInto($"{whose}.{parameter}", value);
            return model;
        }
        using LanguageModel student = Load("student"), teacher = Load("teacher");
        using var method = new OnlineKd(student, teacher, new()
        {
            Rank = numbers["rank"]!.GetValue<int>(),
            Scale = numbers["scale"]!.GetValue<double>(),
            Alpha = numbers["alpha"]!.GetValue<double>(),
            Temperature = numbers["temperature"]!.GetValue<double>(),
        });
        foreach (var (parameter, value) in method.Online.named_parameters()) file.ReadInto($"online.{parameter}", value);
        Batch Make() => new(expected["x.ids"].clone(), expected["x.lengths"].data<long>().ToArray(), targets: expected["x.targets"].clone(),
            targetCount: expected["x.targets"].ne(Batch.Ignored).sum().ToInt64());

        using (var batch = Make())
        {
            var terms = Terms(method, batch);
            Near("L_s", expected["l.s"], terms["L_s"].Value);
            Near("L_t-KL", expected["l.t-kl"], terms["L_t-KL"].Value);
            Near("L_t-MLE", expected["l.t-mle"], terms["L_t-MLE"].Value);
            terms.Values.Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b).backward();
            foreach (var part in method.Trains)
            {
                foreach (var (name, value) in part.Parameters) Near(name, expected[$"g.{part.Name}.{name}"], value.grad!);
                Assert.Equal(expected.Keys.Count(k => k.StartsWith($"g.{part.Name}.", StringComparison.Ordinal)), part.Parameters.Count);
            }
            Assert.All(teacher.parameters(), p => Assert.Null(p.grad));
        }

        if (type != ScalarType.Float64) return;   // what AdamW makes of a gradient that is 0 but for rounding is its sign
        var frozen = Bits.Of(teacher);
        var settings = s_settings with { LearningRate = double.Parse(file.Metadata["rate"], CultureInfo.InvariantCulture) };
        using (var trainer = new Trainer(method, new GivenData(Make), settings)) Assert.Single(trainer.Run());
        foreach (var part in method.Trains)
            foreach (var (name, value) in part.Parameters) Near(name, expected[$"after.{part.Name}.{name}"], value, slack: 100);   // a key's bias has a gradient of rounding alone, which AdamW divides by itself
        Assert.Equal(frozen, Bits.Of(teacher));

        void Near(string what, Tensor wanted, Tensor actual, double slack = 1)
        {
            Assert.Equal(wanted.shape, actual.shape);
            double gap = (actual.detach().to(ScalarType.Float64) - wanted).norm().ToDouble() / Math.Max(1e-3, wanted.norm().ToDouble());
            Assert.True(gap <= slack * tolerance, $"{what} in {type} is off by {gap:G3} of its norm.");
        }
    }

    // -------------------------------------------------------------------------------------------------------------------- identities

    [Fact]
    public void AfterOneStepExactlyTheModuleAndTheStudentHaveChanged()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(ScalarType.Float32);
        using var method = new OnlineKd(student, teacher, Small);
        var (studentBefore, teacherBefore, onlineBefore) = (Bits.Of(student), Bits.Of(teacher), Bits.Of(method.Online));
        // As long as W_up is 0 the gradient at W_down is: the first step moves the one, the second both.
        foreach (int steps in (int[])[1, 2])
        {
            using var trainer = new Trainer(method, Data, s_settings with { Steps = steps });
            if (steps == 1)
            {
                var step = Assert.Single(trainer.Run());
                Assert.Equal(["online", "student"], step.GradientNorms.Keys.Order());
                Assert.Equal(["L_s", "L_t-KL", "L_t-MLE"], step.Terms.Keys.Order());
            }
            else Assert.Equal(2, trainer.Run().Count());
            Assert.Equal(teacherBefore, Bits.Of(teacher));
            Assert.All(Bits.Of(student), p => Assert.NotEqual(studentBefore[p.Key], p.Value));
            foreach (var (name, value) in Bits.Of(method.Online))
                Assert.Equal(steps == 1 && name.EndsWith("lora_down.weight", StringComparison.Ordinal), onlineBefore[name].SequenceEqual(value));
        }
        Assert.All(teacher.parameters(), p => Assert.False(p.requires_grad));
    }

    [Fact]
    public void WithAFreshModuleTheFirstLossIsForwardDistillations()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var batch = Rows();
        double forward = Terms(TokenDistillation.Forward(student, teacher, new() { Temperature = 2 }), batch)["L_KL"].Value.ToDouble();
        using (var method = new OnlineKd(student, teacher, Small with { Temperature = 2 }))
        {
            Assert.Equal(forward, Terms(method, batch)["L_s"].Value.ToDouble());
            Move(method.Online);
            Assert.NotEqual(forward, Terms(method, batch)["L_s"].Value.ToDouble(), tolerance: 1e-3);
        }
        Assert.Null(teacher.Adapter);   // and with the method the module goes
        Assert.Equal(forward, Terms(TokenDistillation.Forward(student, teacher, new() { Temperature = 2 }), batch)["L_KL"].Value.ToDouble());
    }

    [Fact]
    public void WithoutTheStudentsShareTheTeacherMinimisesTheLikelihood()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var batch = Rows();
        using var method = new OnlineKd(student, teacher, Small with { Alpha = 0 });
        Move(method.Online);
        var terms = Terms(method, batch);
        Assert.Equal((0.0, 1.0), (terms["L_t-KL"].Weight, terms["L_t-MLE"].Weight));
        Tensor[] leaves = [.. method.Online.parameters()];
        var expected = autograd.grad([CrossEntropy.Mean(teacher.Forward(batch).Logits, batch.Targets!)], leaves);
        var actual = autograd.grad([terms["L_t-KL"].Value * terms["L_t-KL"].Weight + terms["L_t-MLE"].Value * terms["L_t-MLE"].Weight], leaves);
        foreach (var (e, a) in expected.Zip(actual)) Assert.InRange(Tiny.Distance(e, a), 0, 1e-15);
    }

    [Fact]
    public void NeitherLossReachesTheOtherSide()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var batch = Rows();
        using var method = new OnlineKd(student, teacher, Small with { Kappa = 0.5 });
        Move(method.Online);
        var terms = Terms(method, batch);
        Assert.Equal(4, terms.Count);
        Tensor[] students = [.. student.parameters()], onlines = [.. method.Online.parameters()];
        foreach (var term in terms.Values)
        {
            bool ofStudent = term.Learner == "student";
            Assert.Equal(term.Symbol.StartsWith("L_s", StringComparison.Ordinal), ofStudent);
            var gradients = autograd.grad([term.Value], [.. students, .. onlines], retain_graph: true, allow_unused: true);
            for (int i = 0; i < gradients.Count; i++)
            {
                Assert.Equal(ofStudent != i < students.Length, gradients[i].IsInvalid);   // no edge there, rather than a zero on it
                if (!gradients[i].IsInvalid) Assert.True(gradients[i].abs().sum().ToDouble() > 0);
            }
        }
    }

    [Theory]
    [InlineData("forward-kl", "reverse-kl")]
    [InlineData("reverse-kl", "forward-kl")]
    [InlineData("jsd", "jsd")]
    public void TheDivergencesAreWhatTheyAreCalled(string ofStudent, string ofTeacher)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var batch = Rows();
        using var method = new OnlineKd(student, teacher, Small with { StudentDivergence = ofStudent, TeacherDivergence = ofTeacher, Beta = 0.3 });
        Move(method.Online);
        var terms = Terms(method, batch);
        Tensor s = student.Forward(batch).Logits, t = teacher.Forward(batch).Logits, mask = batch.Targets!.ne(Batch.Ignored);
        double Expected(string name) => (name switch
        {
            "forward-kl" => Divergence.ForwardKl(s, t, mask),
            "reverse-kl" => Divergence.ReverseKl(s, t, mask),
            _ => Divergence.JensenShannon(s, t, 0.3, mask),
        }).ToDouble();
        Assert.Equal(Expected(ofStudent), terms["L_s"].Value.ToDouble(), tolerance: 1e-14);
        Assert.Equal(Expected(ofTeacher), terms["L_t-KL"].Value.ToDouble(), tolerance: 1e-14);
    }

    [Fact]
    public void TheModuleIsSavedMergedAndTakenOff()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(ScalarType.Float32);
        using var batch = Rows();
        double[] Says() { using var frozen = no_grad(); return Bits.Numbers(teacher.Forward(batch).Logits); }
        var before = Says();
        using var method = new OnlineKd(student, teacher, Small);
        using (var trainer = new Trainer(method, Data, s_settings with { Steps = 6 })) Assert.Equal(6, trainer.Run().Count());
        var adapted = Says();
        Assert.NotEqual(before, adapted);
        method.Save(_folder);
        teacher.Adapter = null;
        Assert.Equal(before, Says());
        using var stored = AdapterFile.Load(Path.Combine(_folder, "online.safetensors"), teacher);
        teacher.Adapter = stored;
        Assert.Equal(adapted, Says());
        teacher.Adapter = null;
        stored.MergeInto(teacher);
        Assert.All(adapted.Zip(Says()), p => Assert.Equal(p.First, p.Second, 1e-5));
    }

    // ---------------------------------------------------------------------------------------------------------------------- training

    [Fact]
    public void AResumedRunIsTheUninterruptedOneToTheBit()
    {
        Dictionary<string, double[]> Train(string folder, params int[] stops)
        {
            foreach (int stop in stops)
            {
                using var scope = NewDisposeScope();
                var (student, teacher) = Pair(ScalarType.Float32);
                using var method = new OnlineKd(student, teacher, Small with { TeacherRate = 2 });
                using var trainer = new Trainer(method, Data, s_settings with { Steps = 5, CheckpointEvery = 1 }, new TrainerOptions { CheckpointFolder = Path.Combine(_folder, folder) });
                trainer.Resume();
                foreach (var step in trainer.Run())
                    if (step.Number == stop) break;
                if (stop == 5) return Bits.Of(student).Concat(Bits.Of(method.Online)).ToDictionary();
            }
            throw new InvalidOperationException();
        }
        Assert.Equal(Train("whole", 5), Train("broken", 3, 5));
    }

    [Fact]
    public void EachLearnerHasItsOwnRate()
    {
        Dictionary<string, double[]> Change(double teacherRate)
        {
            using var scope = NewDisposeScope();
            var (student, teacher) = Pair();
            using var method = new OnlineKd(student, teacher, Small with { TeacherRate = teacherRate });
            var before = Bits.Of(student).Concat(Bits.Of(method.Online)).ToDictionary();
            using var trainer = new Trainer(method, Data, s_settings);
            Assert.Single(trainer.Run());
            return Bits.Of(student).Concat(Bits.Of(method.Online)).ToDictionary(p => p.Key, p => p.Value.Zip(before[p.Key], (a, b) => a - b).ToArray());
        }
        Dictionary<string, double[]> one = Change(1), three = Change(3);
        foreach (var (name, change) in one)
            for (int i = 0; i < change.Length; i++) Assert.Equal(change[i] * (name.Contains("lora", StringComparison.Ordinal) ? 3 : 1), three[name][i], 1e-14);
    }

    [Fact]
    public void HalfPrecisionTrains()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(ScalarType.Float32);
        using var method = new OnlineKd(student, teacher, Small);
        using var trainer = new Trainer(method, Data, s_settings with { Steps = 9, Precision = "bf16" });
        var steps = trainer.Run().ToArray();
        Assert.Equal(ScalarType.BFloat16, method.Online.parameters().First().dtype);
        Assert.True(steps[6..].Average(s => s.Terms["L_s"]) < 0.9 * steps[..3].Average(s => s.Terms["L_s"]));   // the same three batches
    }

    [Fact]
    public void TheTeacherComesTowardsTheStudent()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(ScalarType.Float32);
        using var batch = Rows();
        using var method = new OnlineKd(student, teacher, Small with { Alpha = 0.9 });
        using (var trainer = new Trainer(method, Data, s_settings with { Steps = 30 })) Assert.Equal(30, trainer.Run().Count());
        using var frozen = no_grad();
        double Apart() => Divergence.ReverseKl(student.Forward(batch).Logits, teacher.Forward(batch).Logits, batch.Targets!.ne(Batch.Ignored)).ToDouble();
        double adapted = Apart();
        teacher.Adapter = null;
        Assert.True(adapted < 0.9 * Apart());
    }

    [Fact]
    public void ARunKeepsTheModule()
    {
        using var tiny = new TinyTask();
        Assert.Equal(0, Spoken.By("train", tiny.Recipe("teacher", "answers", new() { ["name"] = "sft" }), "--out", tiny.At("teacher")).Code);
        var recipe = tiny.Recipe("okd", "answers", new() { ["name"] = "okd", ["rank"] = 2, ["teacherRate"] = 0.5 });
        var spoken = Spoken.By("train", recipe, "--set", $"teacher={tiny.At("teacher")}", "--out", tiny.At("okd"));
        Assert.True(spoken.Code == 0, spoken.Error);
        using var scope = NewDisposeScope();
        using var teacher = SavedModel.Load(tiny.At("teacher"), CPU);
        using var online = AdapterFile.Load(tiny.At("okd/online.safetensors"), teacher.Model);
        Assert.All(online.parameters(), p => Assert.True(p.abs().max().ToDouble() > 0));
        Assert.Equal(2, online.Settings.Rank);
        Assert.Equal("okd", new RunFolder(tiny.At("okd")).Results().Method);
    }

    // ------------------------------------------------------------------------------------------------------------------------ refusal

    [Fact]
    public void WhatCannotBeTrainedSoIsRefused()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        string Refusal(string method, LanguageModel? of = null) =>
            Assert.Throws<KitException>(() => MethodCatalog.Create(JsonNode.Parse(method)!.AsObject(), of ?? student, teacher)).Message;
        Assert.Contains("'alpha' is 1, expected a number from 0 to below 1", Refusal("""{"name":"okd","alpha":1}"""), StringComparison.Ordinal);
        Assert.Contains("expected one of forward-kl", Refusal("""{"name":"okd","studentDivergence":"kl"}"""), StringComparison.Ordinal);
        Assert.Contains("'rank' is 0", Refusal("""{"name":"okd","rank":0}"""), StringComparison.Ordinal);
        Assert.Contains("student's number of classes is 3, the teacher's is 0", Refusal("""{"name":"okd"}""", Tiny.Make<LanguageModel>(Tiny.Bert)), StringComparison.Ordinal);
        Assert.Null(teacher.Adapter);
        using var online = (OnlineKd)MethodCatalog.Create(JsonNode.Parse("""{"name":"okd","rank":4}""")!.AsObject(), student, teacher);
        Assert.Equal(4, online.Online.Settings.Rank);
        Assert.Contains("carries an adapter already", Refusal("""{"name":"okd"}"""), StringComparison.Ordinal);
    }
}
