using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using CountingModel = ResearchKit.Tests.Models.CountingModel;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Training;

/// <summary>A teacher whose answers are kept does not run again, and nothing else changes.</summary>
public sealed class TeacherCacheTests : IDisposable
{
    private static readonly TrainSettings s_two = new() { Epochs = 2, BatchSize = 4, LearningRate = 1e-2, Device = "cpu" };

    private readonly string _folder = Directory.CreateTempSubdirectory("kit-teacher-").FullName;
    private readonly List<string> _said = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Methods => new()
    {
        { "bert", """{ "name": "kd", "temperature": 2 }""" },
        { "bert", """{ "name": "gradkd", "beta": 2 }""" },
        { "bert", """{ "name": "gradkd", "beta": 2, "signal": "label" }""" },
        { "bert", """{ "name": "composed", "methods": [ { "name": "kd" }, { "name": "gradkd", "terms": ["L_GKD"] } ] }""" },
        { "span", """{ "name": "kd" }""" },
        { "gpt2", """{ "name": "fkl" }""" },
        { "llama", """{ "name": "jsd", "kappa": 0.5 }""" },
        { "opt", """{ "name": "rkl" }""" },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_second_epoch_asks_no_teacher_and_every_run_takes_the_same_course_bit_for_bit(string architecture, string method)
    {
        var whole = Train(architecture, method, cached: true);
        // From the second epoch on, and where the file was there from the first step on, nothing of the teacher is a number, but for a decoder's last map.
        foreach (double spoilAfter in (double[])[0, 1])
        {
            if (spoilAfter > 0) File.Delete(Directory.GetFiles(_folder).Single());
            _said.Clear();
            var again = Train(architecture, method, cached: true, spoilAfter);
            Assert.Equal(whole.Losses, again.Losses);
            foreach (var (name, values) in whole.Weights) Assert.Equal(values, again.Weights[name]);
            Assert.Equal(spoilAfter, _said.Count(s => s.Contains("reads 11 rows, once", StringComparison.Ordinal)));
        }
        Assert.Single(Directory.GetFiles(_folder));
        // Without a cache the teacher reads the rows in other batches, which are added up in another order.
        foreach (var (expected, actual) in Train(architecture, method, cached: false).Losses.Zip(whole.Losses)) Assert.Equal(expected, actual, 2e-5);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void In_the_same_batches_the_course_is_that_without_a_cache_bit_for_bit(string architecture, string method)
    {
        Sample[] rows = [.. Samples(architecture, 40).DistinctBy(s => s.Ids.Length).OrderByDescending(s => s.Ids.Length)];   // as the cache reads them
        var one = s_two with { Epochs = 5, BatchSize = rows.Length };
        var expected = Train(architecture, method, cached: false, samples: rows, settings: one);
        var actual = Train(architecture, method, cached: true, samples: rows, settings: one);
        Assert.Equal(expected.Losses, actual.Losses);
        foreach (var (name, values) in expected.Weights) Assert.Equal(values, actual.Weights[name]);
    }

    [Fact]
    public void A_teacher_is_called_once_for_each_batch_of_the_first_reading()
    {
        using var counted = new CountingModel(Tiny.Make<Bert>(Tiny.Bert, ScalarType.Float32));
        using var student = Tiny.Make<Bert>(Tiny.Bert with { Layers = 1 }, ScalarType.Float32);
        var samples = Samples("bert", 70);
        var method = Make("""{ "name": "kd" }""", student, counted);
        using var cache = new TeacherCache(method, samples, s_collator, _folder);
        using var trainer = new Trainer(method, new Batches(samples, s_collator, new(4)), s_two with { Epochs = 3 }, new() { Cache = cache });
        List<int> calls = [.. trainer.Run().Select(_ => counted.Calls)];
        Assert.Equal(54, calls.Count);
        Assert.All(calls, c => Assert.Equal(3, c));   // 70 rows, 32 at once
    }

    private static readonly Collator s_collator = new(0, CPU);

    private static IMethod Make(string method, LanguageModel student, LanguageModel teacher) => MethodCatalog.Create(JsonNode.Parse(method)!.AsObject(), student, teacher);

    private static Sample[] Samples(string architecture, int count)
    {
        var random = new StableRandom(3);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int length = 2 + random.Below(8);
            int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Below(13))];
            return architecture switch
            {
                "bert" => new Sample(ids, Label: i % 3, SecondFrom: length / 2),
                "span" => new Sample(ids) { Span = (0, length - 1) },
                _ => new Sample(ids, ScoredFrom: 1),
            };
        })];
    }

    private (double[] Losses, Dictionary<string, double[]> Weights) Train(string architecture, string json, bool cached, double spoilAfter = 9, ModelConfig? shape = null, Sample[]? samples = null, TrainSettings? settings = null)
    {
        ModelConfig config = shape ?? (architecture == "span" ? Tiny.Bert with { Head = EncoderHead.Span } : Tiny.All[architecture]);
        using var teacher = Tiny.Make<LanguageModel>(config, ScalarType.Float32);
        using var student = Shrinking.Student(teacher, config with { Layers = 1 }, [0], seed: 8);
        samples ??= Samples(architecture, 11);
        var collator = new Collator(0, CPU, targets: student is Decoder);
        var method = Make(json, student, teacher);
        using var cache = cached ? new TeacherCache(method, samples, collator, _folder, _said.Add) : null;
        using var trainer = new Trainer(method, new Batches(samples, collator, new((settings ?? s_two).BatchSize, Shuffle: samples.Length > (settings ?? s_two).BatchSize)), settings ?? s_two, new() { Cache = cache });
        List<double> losses = [];
        if (spoilAfter == 0) Spoil(teacher, cache!);
        foreach (var step in trainer.Run())
        {
            losses.Add(step.Loss);
            if (step.Epoch == spoilAfter) Spoil(teacher, cache!);
        }
        return ([.. losses], Bits.Of(student));
    }

    private static void Spoil(LanguageModel teacher, TeacherCache cache)
    {
        cache.Open();   // the file goes by the teacher's weights
        using var frozen = no_grad();
        foreach (var (name, parameter) in teacher.named_parameters())
            if (teacher is not Decoder || name.Contains("layers.", StringComparison.Ordinal) || name.Contains(".h.", StringComparison.Ordinal)) parameter.fill_(double.NaN);
    }

    [Theory]
    [InlineData("""{ "name": "okd" }""", "gpt2", "its teacher learns")]
    [InlineData("""{ "name": "tinybert" }""", "bert", "looks into the teacher")]
    [InlineData("""{ "name": "minilm" }""", "bert", "looks into the teacher")]
    public void What_cannot_be_kept_is_refused(string method, string architecture, string why)
    {
        var error = Assert.Throws<KitException>(() => Train(architecture, method, cached: true));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains("Remove train.cacheTeacher", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_without_a_teacher_is_refused()
    {
        using var student = Tiny.Make<Bert>(Tiny.Bert);
        Assert.Contains("has no teacher", Assert.Throws<KitException>(() => new TeacherCache(new FineTuning(student), Samples("bert", 3), s_collator, _folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_teacher_and_other_rows_have_files_of_their_own()
    {
        const string kd = """{ "name": "kd" }""";
        Train("bert", kd, cached: true);
        Train("bert", """{ "name": "kd", "alpha": 1 }""", cached: true, settings: s_two with { LearningRate = 1e-3, Seeds = new() { Data = 4 } });
        Assert.Single(Directory.GetFiles(_folder));
        Train("bert", kd, cached: true, samples: Samples("bert", 10));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        Train("bert", kd, cached: true, shape: Tiny.Bert with { Inner = 10 });
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
        Train("bert", """{ "name": "gradkd" }""", cached: true);
        Assert.Equal(4, Directory.GetFiles(_folder).Length);
        Train("bert", """{ "name": "gradkd", "signal": "margin" }""", cached: true);
        Assert.Equal(5, Directory.GetFiles(_folder).Length);
        Train("bert", kd, cached: true, settings: s_two with { Precision = "bf16" });
        Assert.Equal(6, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_damaged_file_is_made_anew()
    {
        const string kd = """{ "name": "kd" }""";
        var (expected, _) = Train("bert", kd, cached: true);
        var path = Directory.GetFiles(_folder).Single();
        var whole = File.ReadAllBytes(path);
        foreach (var damage in (Action[])[() => File.WriteAllBytes(path, whole[..^4]), () => File.WriteAllBytes(path, [.. whole[..^1], (byte)(whole[^1] ^ 1)])])
        {
            damage();
            _said.Clear();
            Assert.Equal(expected, Train("bert", kd, cached: true).Losses);
            Assert.Contains(_said, s => s.Contains("made anew", StringComparison.Ordinal));
            Assert.Equal(whole, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void Rows_that_a_method_wrote_go_through_the_teacher()
    {
        const string half = """{ "name": "gkd", "share": 0.5, "maxNewTokens": 3 }""", none = """{ "name": "gkd", "share": 0 }""", all = """{ "name": "gkd", "share": 1, "maxNewTokens": 3 }""";
        Assert.Equal(Train("gpt2", none, cached: true).Losses, Train("gpt2", none, cached: true, spoilAfter: 0).Losses);
        foreach (var (expected, actual) in Train("gpt2", half, cached: false).Losses.Zip(Train("gpt2", half, cached: true).Losses)) Assert.Equal(expected, actual, 2e-5);
        Assert.Contains("is NaN", Assert.Throws<KitException>(() => Train("gpt2", half, cached: true, spoilAfter: 0)).Message, StringComparison.Ordinal);
        _said.Clear();
        foreach (var file in Directory.GetFiles(_folder)) File.Delete(file);
        Train("gpt2", all, cached: true);
        Assert.Empty(_said);                           // nothing that could be kept was asked for
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_place_that_cannot_be_written_to_is_named()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        using var teacher = Tiny.Make<Bert>(Tiny.Bert, ScalarType.Float32);
        using var student = Tiny.Make<Bert>(Tiny.Bert with { Layers = 1 }, ScalarType.Float32);
        using var cache = new TeacherCache(Make("""{ "name": "kd" }""", student, teacher), Samples("bert", 3), s_collator, Path.Combine(file, "below"));
        Assert.Contains($"cannot be kept in {file}", Assert.Throws<KitException>(cache.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_that_begin_together_read_the_rows_once()
    {
        using var first = Tiny.Make<Bert>(Tiny.Bert, ScalarType.Float32);
        var samples = Samples("bert", 40);
        using CountingModel one = new(first), other = new(first);
        double[] Answers(CountingModel teacher)
        {
            using var student = Tiny.Make<Bert>(Tiny.Bert with { Layers = 1 }, ScalarType.Float32);
            using var cache = new TeacherCache(Make("""{ "name": "kd" }""", student, teacher), samples, s_collator, _folder);
            using var batch = s_collator.Make(samples, [.. Enumerable.Range(0, 40)]);
            using var logits = cache.Output(batch).Logits;
            return Bits.Numbers(logits);
        }
        double[][] both = [[], []];
        Parallel.Invoke(() => both[0] = Answers(one), () => both[1] = Answers(other));
        Assert.Equal(both[0], both[1]);
        Assert.Equal(2, one.Calls + other.Calls);
    }
}
