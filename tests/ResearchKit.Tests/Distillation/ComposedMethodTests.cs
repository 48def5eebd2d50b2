using ResearchKit.Checkpoints;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Papers.OnlineDistillation;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static ResearchKit.Tests.Distillation.FeatureMethods;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Distillation;

public sealed class ComposedMethodTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-composed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Composition(params string[] methods) => $$"""{"name":"composed","methods":[{{string.Join(",", methods)}}]}""";

    // A student that begins as its teacher's lower half, with its embedding, as the gradient methods want it.
    private static (LanguageModel Student, LanguageModel Teacher) Half(ScalarType type = ScalarType.Float64)
    {
        var (_, teacher) = Pair("classes", type: type);
        return (Shrinking.Student(teacher, teacher.Config with { Layers = 1 }, [0], seed: 5), teacher);
    }

    private static IMethod Make(string method, (LanguageModel Student, LanguageModel Teacher) pair) => MethodCatalog.Create(Json(method), pair.Student, pair.Teacher);

    // ------------------------------------------------------------------------------------------------------------------- the sum of its parts

    [Fact]
    public void ItIsTheWeightedSumOfItsPartsInLossAndGradient()
    {
        using var scope = NewDisposeScope();
        var pair = Half();
        using var batch = Rows("classes");
        string[] parts = ["""{"name":"kd","alpha":0.3}""", """{"name":"gradkd","beta":0.7,"temperature":2}""", """{"name":"minilm","intermediate":1}""", """{"name":"tinybert","intermediate":1}"""];
        double[] weights = [1, 0.5, 2, 0.25];
        using var composed = (ComposedMethod)Make(Composition(
            parts[0], parts[1][..^1] + ""","weight":0.5,"terms":["L_GKD"]}""", parts[2][..^1] + ""","weight":2,"prefix":"last."}""", parts[3][..^1] + ""","weight":0.25}"""), pair);
        var terms = Terms(composed, batch);
        Assert.Equal(["L_CE", "L_Soft-CE", "L_GKD", "last.L_AT", "last.L_VR", "L_emb", "L_hid", "L_att"], terms.Select(t => t.Symbol));
        var actual = Gradients(composed, Total(terms));

        double loss = 0;
        Dictionary<string, double[]> sum = [];
        for (int i = 0; i < parts.Length; i++)
        {
            var method = Make(parts[i], pair);
            var own = Terms(method, batch).Where(t => i != 1 || t.Symbol == "L_GKD").Select(t => t with { Weight = t.Weight * weights[i] }).ToList();
            loss += Total(own).ToDouble();
            foreach (var (name, gradient) in Gradients(method, Total(own)))
                sum[name] = [.. gradient.Zip(sum.GetValueOrDefault(name) ?? new double[gradient.Length], (a, b) => a + b)];
        }
        Assert.Equal(loss, Total(terms).ToDouble(), 1e-11);
        Assert.Equal(sum.Keys.Order(), actual.Keys.Order());
        foreach (var (name, gradient) in sum)
            foreach (var (a, b) in gradient.Zip(actual[name])) Assert.Equal(a, b, 1e-11);
    }

    [Fact]
    public void DistillationAndTheGradientsComposedAreGradientDistillation()
    {
        using var scope = NewDisposeScope();
        Dictionary<string, double[]> Trained(string method, out List<double> losses)
        {
            using var inner = NewDisposeScope();
            var pair = Half(ScalarType.Float32);
            var made = Make(method, pair);
            losses = [.. Run(made, () => Rows("classes"), Train with { Steps = 6 }).Select(s => s.Loss)];
            Assert.False(made.Dropout);
            return Bits.Of(pair.Student);
        }
        var whole = Trained("""{"name":"gradkd","alpha":0.3,"temperature":2,"beta":0.7}""", out var expected);
        var composed = Trained(Composition("""{"name":"kd","alpha":0.3,"temperature":2}""", """{"name":"gradkd","beta":0.7,"terms":["L_GKD"]}"""), out var actual);
        Assert.Equal(expected, actual);
        Assert.Equal(whole, composed);
    }

    [Fact]
    public void TwoMethodsMayGoBackThroughOneTeacher()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("classes");
        using var composed = (ComposedMethod)Make(Composition("""{"name":"okd","rank":2}""", """{"name":"gradkd","freezeEmbedding":false,"terms":["L_GKD"],"weight":3}""", """{"name":"gradkd-cls","target":"embedding","freezeEmbedding":false,"prefix":"cls.","terms":["L_GKD"]}"""), Pair2());
        var online = ((OnlineKd)composed.Methods[0]).Online;
        var terms = Terms(composed, batch).ToDictionary(t => t.Symbol);
        Assert.Equal(["L_s", "L_t-KL", "L_t-MLE", "L_GKD", "cls.L_GKD"], terms.Keys);
        Assert.Equal(("student", "online", "student"), (terms["L_s"].Learner, terms["L_t-KL"].Learner, terms["L_GKD"].Learner));
        Assert.Equal(terms["L_GKD"].Value.ToDouble(), terms["cls.L_GKD"].Value.ToDouble(), 1e-14);
        Tensor[] leaves = [.. online.parameters()];
        Assert.All(autograd.grad([terms["L_GKD"].Value], leaves, retain_graph: true, allow_unused: true), g => Assert.True(g.IsInvalid));
        Total(terms.Values).backward();   // the teacher's graph is still there
        Assert.Contains(leaves, p => p.grad is not null && p.grad.abs().sum().ToDouble() > 0);
        Assert.Equal(["student", "online"], composed.Trains.Select(t => t.Name));
        Assert.Equal(2, Run(composed, () => Rows("classes"), Train with { Steps = 2 }).Count);

        static (LanguageModel, LanguageModel) Pair2()
        {
            var (_, teacher) = Pair("classes");
            return (ModelFactory.Create(teacher.Config, seed: 4, type: ScalarType.Float64), teacher);
        }
    }

    [Fact]
    public void ToThoseThatDoNotTeachItAnAdaptingTeacherIsAConstant()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("gpt2");
        using var composed = (ComposedMethod)Make(Composition("""{"name":"okd","rank":2}""", """{"name":"fkl"}""", """{"name":"distilbert","terms":["L_cos"]}"""), Pair("gpt2"));
        Tensor[] online = [.. ((OnlineKd)composed.Methods[0]).Online.parameters()];
        var terms = Terms(composed, batch).ToDictionary(t => t.Symbol);
        foreach (var symbol in (string[])["L_KL", "L_cos"])
            Assert.All(autograd.grad([terms[symbol].Value], online, retain_graph: true, allow_unused: true), g => Assert.True(g.IsInvalid));
        Assert.Contains(autograd.grad([terms["L_t-KL"].Value], online, retain_graph: true, allow_unused: true), g => !g.IsInvalid);
    }

    // ------------------------------------------------------------------------------------------------------------------------- training

    [Fact]
    public void WhatItsPartsMakeIsTrainedSavedAndResumed()
    {
        Dictionary<string, double[]> Train(string folder, params int[] stops)
        {
            foreach (int stop in stops)
            {
                using var scope = NewDisposeScope();
                var pair = Pair("gpt2", width: 4, ScalarType.Float32);
                using var method = (ComposedMethod)Make(Composition("""{"name":"okd","rank":2}""", """{"name":"tinybert","intermediate":0.5,"terms":["L_hid","L_KL"],"prefix":"tiny."}"""), pair);
                Assert.Equal(["student", "online"], method.Trains.Select(t => t.Name));
                Assert.Equal(4, method.Modules.Count);
                using (var trainer = new Trainer(method, new TinyData(3, decoder: true, vocabulary: 13), FeatureMethods.Train with { Steps = 6, CheckpointEvery = 1 }, new TrainerOptions { CheckpointFolder = Path.Combine(_folder, folder) }))
                {
                    trainer.Resume();
                    foreach (var step in trainer.Run())
                        if (step.Number == stop) break;
                }
                if (stop < 6) continue;
                method.Save(_folder);
                using (var online = AdapterFile.Load(Path.Combine(_folder, "online.safetensors"), pair.Teacher)) Assert.Equal(2, online.Settings.Rank);
                Assert.True(File.Exists(Path.Combine(_folder, "projection.safetensors")));
                return Bits.Of(pair.Student).Concat(Bits.Of(((OnlineKd)method.Methods[0]).Online)).Concat(Bits.Of(((TinyBert)method.Methods[1]).Projection!)).ToDictionary();
            }
            throw new InvalidOperationException();
        }
        Assert.Equal(Train("whole", 6), Train("broken", 2, 5, 6));
    }

    [Fact]
    public void ItsPartsAreAskedInOrderAndKeepTheirOwnState()
    {
        using var scope = NewDisposeScope();
        var (student, _) = Pair("classes");
        List<string> calls = [];
        var (one, two) = (new Listening("one", student, calls, renews: true), new Listening("two", student, calls, renews: true));
        using var composed = new ComposedMethod(student, null, [(one, new()), (two, new()), (new Listening("three", student, calls), new())]);
        using var batch = Rows("classes");
        using var generator = new Generator(1);
        using (var prepared = composed.Prepare(batch, generator, 0.5))
        {
            Assert.Equal(["one 0.5", "two 0.5", "three 0.5"], calls);
            Assert.Same(two.Gave, prepared);
            Assert.True(one.Gave!.Ids.IsInvalid);   // nobody else's
            Assert.False(batch.Ids.IsInvalid || prepared.Ids.IsInvalid);
        }
        calls.Clear();
        composed.Evaluated(new Dictionary<string, double> { ["accuracy"] = 1 });
        composed.Save(_folder);
        Assert.Equal(["one evaluated", "two evaluated", "three evaluated", "one saved", "two saved", "three saved"], calls);
        Assert.Equal(["0.name", "1.name", "2.name"], composed.State.Keys);
        composed.Restore(new Dictionary<string, Tensor> { ["0.name"] = tensor(7L), ["1.name"] = tensor(8L), ["2.name"] = tensor(9L) });
        Assert.Equal((7, 8), (one.Restored, two.Restored));
    }

    [Fact]
    public void ARecipeComposes()
    {
        using var tiny = new TinyTask();
        Assert.Equal(0, Spoken.By("train", tiny.Recipe("teacher", "classes", new() { ["name"] = "fine-tune" }), "--out", tiny.At("teacher")).Code);
        var recipe = tiny.Recipe("composed", "classes", Json(Composition("""{"name":"fine-tune"}""", """{"name":"tinybert","terms":["L_att","L_Soft-CE"],"weight":0.5}""")), steps: 4);
        var spoken = Spoken.By("train", recipe, "--set", $"teacher={tiny.At("teacher")}", "--out", tiny.At("composed"));
        Assert.True(spoken.Code == 0, spoken.Error);
        var results = new RunFolder(tiny.At("composed")).Results();
        Assert.Equal("composed", results.Method);
        Assert.Equal(0.5, results.Settings!["methods"]![1]!["intermediate"]!.GetValue<double>());   // a default, written out
        Assert.Contains("has no teacher", Spoken.By("train", tiny.Recipe("alone", "classes", Json(Composition("""{"name":"fine-tune"}"""))), "--set", $"teacher={tiny.At("teacher")}", "--out", tiny.At("alone")).Error);
        Assert.Contains("none is given", Spoken.By("train", recipe, "--out", tiny.At("untaught")).Error);
    }

    // ------------------------------------------------------------------------------------------------------------------------ refusal

    [Theory]
    [InlineData("""{"name":"composed"}""", "key 'methods' is missing")]
    [InlineData("""{"name":"composed","methods":[]}""", "'methods' is empty")]
    [InlineData("""{"name":"composed","methods":[null]}""", "method 1 of 'methods' is null")]
    [InlineData("""{"name":"composed","methods":[{"name":"kd"},{"name":"pkdd"}]}""", "method 2 of 'methods': Unknown method 'pkdd'. Did you mean 'pkd'?")]
    [InlineData("""{"name":"composed","methods":[{"alpha":1}]}""", "method 1 of 'methods': 'method.name' is missing")]
    [InlineData("""{"name":"composed","methods":[{"name":"kd","alhpa":1}]}""", "method 1 of 'methods': method 'kd': unknown key 'alhpa'. Did you mean 'alpha'?")]
    [InlineData("""{"name":"composed","methods":[{"name":"kd","weight":-1}]}""", "'weight' is -1, expected a number from 0")]
    [InlineData("""{"name":"composed","methods":[{"name":"kd","terms":"L_CE"}]}""", "'terms' is \"L_CE\", expected a list")]
    public void AMistakeIsNamedBeforeAnyModelIsMade(string method, string message) =>
        Assert.Contains(message, Assert.Throws<KitException>(() => MethodCatalog.Check(Json(method))).Message);

    [Fact]
    public void TermsThatAreNotThereOrThereTwiceAreRefusedAtTheFirstStep()
    {
        using var scope = NewDisposeScope();
        using var batch = Rows("classes");
        var pair = Half();
        string Refusal(params string[] methods)
        {
            var made = Make(Composition(methods), pair);
            return Assert.Throws<KitException>(() => Terms(made, batch)).Message;
        }
        Assert.Contains("'pkd' has no term 'L_PDK'. Did you mean 'L_PKD'? It has L_CE, L_Soft-CE, L_PKD.", Refusal("""{"name":"kd"}""", """{"name":"pkd","layers":[1],"terms":["L_PDK"]}"""));
        Assert.Contains("both 'kd' and 'pkd' have a term 'L_CE'", Refusal("""{"name":"kd"}""", """{"name":"pkd","layers":[1]}"""));
        // The second stage's term, too, long before that stage.
        Assert.Contains("both 'kd' and 'tinybert' have a term 'L_Soft-CE'", Refusal("""{"name":"kd"}""", """{"name":"tinybert"}"""));
        Assert.Contains("none of the chosen terms is there", Refusal("""{"name":"tinybert","terms":["L_Soft-CE"]}"""));
        Assert.Equal(5, Terms(Make(Composition("""{"name":"kd"}""", """{"name":"tinybert","intermediate":1}"""), pair), batch).Count);
        Assert.Equal(4, Terms(Make(Composition("""{"name":"kd"}""", """{"name":"kd","prefix":"again."}"""), pair), batch).Count);
        Assert.Contains("train a 'projection.weight' of their own", Assert.Throws<KitException>(() =>
            Make(Composition("""{"name":"tinybert"}""", """{"name":"tinybert","prefix":"again."}"""), Pair("classes", width: 4))).Message);
    }

    [Fact]
    public void WhatWasMadeIsLetGoWhereAnotherPartIsRefused()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair("gpt2");
        Assert.Throws<KitException>(() => Make(Composition("""{"name":"okd"}""", """{"name":"kd"}"""), (student, teacher)));
        Assert.Null(teacher.Adapter);
        ((IDisposable)Make(Composition("""{"name":"okd"}"""), (student, teacher))).Dispose();
        Assert.Null(teacher.Adapter);
        Assert.Throws<ArgumentException>(() => new ComposedMethod(teacher, null, [(new FineTuning(Pair("classes").Student), new())]));
    }

    /// <summary>Writes down what it is asked.</summary>
    private sealed class Listening(string name, LanguageModel student, List<string> calls, bool renews = false) : IMethod
    {
        public string Name => name;
        public LanguageModel Student => student;
        public Batch? Gave { get; private set; }
        public long Restored { get; private set; }
        public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["name"] = tensor((long)name.Length) };

        public Batch Prepare(Batch batch, Generator sampling, double progress)
        {
            calls.Add(FormattableString.Invariant($"{name} {progress}"));
            return renews ? Gave = Rows("classes") : batch;
        }

        public void Evaluated(IReadOnlyDictionary<string, double> metrics) => calls.Add(name + " evaluated");
        public void Restore(IReadOnlyDictionary<string, Tensor> state) => Restored = Assert.Single(state).Value.ToInt64();
        public void Save(string folder) => calls.Add(name + " saved");
        public IReadOnlyList<LossTerm> Losses(Step step) => [];
    }
}
