using ResearchKit.Data;
using ResearchKit.Data.Glue;
using ResearchKit.Data.Tasks;
using Xunit;

namespace ResearchKit.Tests.Data.Glue;

public sealed class GlueTaskTests : IDisposable
{
    private readonly GlueFolder _glue = new();

    public void Dispose() => _glue.Dispose();

    private IReadOnlyList<Example> Examples(string task, Split split) => GlueTask.Open(task, _glue.Root).Examples(split);

    [Fact]
    public void Single_sentences_with_a_header()
    {
        _glue.Write("SST-2/train.tsv", "sentence\tlabel", "hide new secretions from the units \t0", "a \"quoted text\t1")
            .Write("SST-2/dev.tsv", "sentence\tlabel", "fine\t1").Write("SST-2/test.tsv", "index\tsentence", "0\tuneasy \" mishmash", "1\tgood");
        var task = GlueTask.Open("sst2", _glue.Root);
        Assert.Equal((TaskKind.Classification, "sst2"), (task.Kind, task.Name));
        Assert.Equal(["negative", "positive"], task.Labels);
        Assert.Equal(["accuracy"], task.Metrics);
        Assert.Equal([new TextExample("hide new secretions from the units", null, 0), new TextExample("a \"quoted text", null, 1)], task.Examples(Split.Train));
        Assert.Equal([new TextExample("fine", null, 1)], task.Examples(Split.Validation));
        Assert.Equal([new TextExample("uneasy \" mishmash", null, -1), new TextExample("good", null, -1)], task.Examples(Split.Test));
    }

    [Fact]
    public void CoLA_has_no_header_but_in_its_test_and_comes_in_its_authors_files_too()
    {
        _glue.Write("CoLA/in_domain_train.tsv", "gj04\t1\t\tOne more and I'm giving up.", "gj04\t0\t*\tThey drank the pub.")
            .Write("CoLA/in_domain_dev.tsv", "gj04\t1\t\tThe sailors rode.").Write("CoLA/out_of_domain_dev.tsv", "clc95\t0\t*\tGuess left.");
        TextExample[] dev = [new("The sailors rode.", null, 1), new("Guess left.", null, 0)];
        Assert.Equal([new TextExample("One more and I'm giving up.", null, 1), new TextExample("They drank the pub.", null, 0)], Examples("cola", Split.Train));
        Assert.Equal(dev, Examples("cola", Split.Validation));
        Assert.Equal(dev, Examples("cola-local", Split.Test));
        Assert.Equal(["unacceptable", "acceptable"], GlueTask.Open("cola").Labels);
        Assert.Equal(["matthews", "accuracy"], GlueTask.Open("cola").Metrics);

        // GLUE's own files come first.
        _glue.Write("CoLA/dev.tsv", "gj04\t1\t\tGLUE's.").Write("CoLA/test.tsv", "index\tsentence", "0\tBill whistled.");
        Assert.Equal([new TextExample("GLUE's.", null, 1)], Examples("cola", Split.Validation));
        Assert.Equal([new TextExample("Bill whistled.", null, -1)], Examples("cola", Split.Test));
    }

    [Fact]
    public void MRPC_comes_as_GLUEs_files_or_as_its_authors_with_the_ids_of_the_dev_set()
    {
        const string Header = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String";
        _glue.Write("MRPC/msr_paraphrase_train.txt", Header, "1\t10\t11\tHe said \"so.\tSo he said.", "0\t20\t21\tc\td", "0\t10\t99\te\tf")
            .Write("MRPC/msr_paraphrase_test.txt", Header, "1\t30\t31\tg\th");
        Assert.Contains("train.tsv, or msr_paraphrase_train.txt with dev_ids.tsv", Assert.Throws<KitException>(() => Examples("mrpc", Split.Train)).Message);
        _glue.Write("MRPC/dev_ids.tsv", "10\t11");
        Assert.Equal([new TextExample("He said \"so.", "So he said.", 1)], Examples("mrpc", Split.Validation));
        Assert.Equal([new TextExample("c", "d", 0), new TextExample("e", "f", 0)], Examples("mrpc", Split.Train));
        // The labels of the test rows are known there, and GLUE's form of the task does not look at them.
        Assert.Equal([new TextExample("g", "h", -1)], Examples("mrpc", Split.Test));
        Assert.Equal([new TextExample("g", "h", 1)], Examples("mrpc-local", Split.Test));
        Assert.Equal(3, Examples("mrpc-local", Split.Train).Concat(Examples("mrpc-local", Split.Validation)).Distinct().Count());

        _glue.Write("MRPC/train.tsv", Header, "1\t1\t2\ta\tb").Write("MRPC/test.tsv", "index\t#1 ID\t#2 ID\t#1 String\t#2 String", "0\t3\t4\tx\ty");
        Assert.Equal([new TextExample("a", "b", 1)], Examples("mrpc", Split.Train));
        Assert.Equal([new TextExample("x", "y", -1)], Examples("mrpc", Split.Test));
        Assert.Equal(["accuracy", "f1"], GlueTask.Open("mrpc").Metrics);
    }

    [Fact]
    public void MNLI_has_two_dev_and_two_test_sets()
    {
        string[] train = ["index", "promptID", "pairID", "genre", "sentence1_binary_parse", "sentence2_binary_parse", "sentence1_parse", "sentence2_parse", "sentence1", "sentence2", "label1", "gold_label"];
        string Row(string first, string second, string label) => string.Join('\t', [.. Enumerable.Repeat("-", 8), first, second, label, label]);
        _glue.Write("MNLI/train.tsv", string.Join('\t', train), Row("p", "h", "neutral"), Row("q", "i", "entailment"))
            .Write("MNLI/dev_matched.tsv", string.Join('\t', train), Row("m", "n", "contradiction"))
            .Write("MNLI/dev_mismatched.tsv", string.Join('\t', train), Row("o", "r", "entailment"))
            .Write("MNLI/test_matched.tsv", string.Join('\t', train[..10]), string.Join('\t', [.. Enumerable.Repeat("-", 8), "s", "t"]))
            .Write("MNLI/test_mismatched.tsv", string.Join('\t', train[..10]), string.Join('\t', [.. Enumerable.Repeat("-", 8), "u", "v"]));
        Assert.Equal(["entailment", "neutral", "contradiction"], GlueTask.Open("mnli").Labels);
        Assert.Equal(TaskKind.Pair, GlueTask.Open("mnli").Kind);
        Assert.Equal([new TextExample("p", "h", 1), new TextExample("q", "i", 0)], Examples("mnli", Split.Train));
        Assert.Equal(Examples("mnli", Split.Train), Examples("mnli-mm", Split.Train));
        Assert.Equal([new TextExample("m", "n", 2)], Examples("mnli", Split.Validation));
        Assert.Equal([new TextExample("o", "r", 0)], Examples("mnli-mm", Split.Validation));
        Assert.Equal([new TextExample("m", "n", 2)], Examples("mnli-local", Split.Test));
        Assert.Equal([new TextExample("o", "r", 0)], Examples("mnli-mm-local", Split.Test));
        Assert.Equal([new TextExample("s", "t", -1)], Examples("mnli", Split.Test));
        Assert.Equal([new TextExample("u", "v", -1)], Examples("mnli-mm", Split.Test));
    }

    [Theory]
    [InlineData("qnli", "QNLI", "index\tquestion\tsentence\tlabel", "0\ta\tb\tnot_entailment", 1, "entailment")]
    [InlineData("rte", "RTE", "index\tsentence1\tsentence2\tlabel", "0\ta\tb\tentailment", 0, "entailment")]
    [InlineData("wnli", "WNLI", "index\tsentence1\tsentence2\tlabel", "0\ta\tb\t1", 1, "not_entailment")]
    [InlineData("qqp", "QQP", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate", "7\t8\t9\ta\tb\t1", 1, "not_duplicate")]
    public void The_other_pairs(string task, string folder, string header, string row, int label, string first)
    {
        _glue.Write($"{folder}/train.tsv", header, row);
        Assert.Equal([new TextExample("a", "b", label)], Examples(task, Split.Train));
        Assert.Equal(first, GlueTask.Open(task).Labels[0]);
        Assert.Equal(task == "qqp" ? ["accuracy", "f1"] : ["accuracy"], GlueTask.Open(task).Metrics);
    }

    [Fact]
    public void STS_B_has_scores()
    {
        _glue.WithStsb(train: 4);
        var task = GlueTask.Open("stsb", _glue.Root);
        Assert.Equal(["score"], task.Labels);
        Assert.Equal(["pearson", "spearman"], task.Metrics);
        Assert.Equal([1.0, 2, 3, 4], task.Examples(Split.Train).Select(e => ((TextExample)e).Score!.Value));
        Assert.All(task.Examples(Split.Train), e => Assert.Equal(-1, ((TextExample)e).Label));
        Assert.All(task.Examples(Split.Test), e => Assert.Null(((TextExample)e).Score));
        _glue.Write("STS-B/dev.tsv", "sentence1\tsentence2\tscore", "a\tb\t5.2");
        Assert.Contains("dev.tsv, line 2: expected a score from 0 to 5, found '5.2'", Assert.Throws<KitException>(() => Examples("stsb", Split.Validation)).Message);
    }

    [Fact]
    public void Rows_of_Quora_that_were_published_torn_are_left_out_of_training_and_refused_in_a_test()
    {
        _glue.Write("QQP/train.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate", "1\t2\t3\ta\tb\t0", "4\t5\t6\ttorn", "7\t8\t9\tc\t\t1")
            .Write("QQP/test.tsv", "id\tquestion1\tquestion2", "0\ttorn");
        Assert.Equal([new TextExample("a", "b", 0), new TextExample("c", "", 1)], Examples("qqp", Split.Train));
        Assert.Contains("test.tsv, line 2: expected 3 fields", Assert.Throws<KitException>(() => Examples("qqp", Split.Test)).Message);
        _glue.Write("RTE/train.tsv", "index\tsentence1\tsentence2\tlabel", "0\ta");
        Assert.Contains("train.tsv, line 2: expected 4 fields", Assert.Throws<KitException>(() => Examples("rte", Split.Train)).Message);
    }

    [Fact]
    public void A_label_that_there_is_not_is_refused()
    {
        _glue.Write("RTE/train.tsv", "index\tsentence1\tsentence2\tlabel", "0\ta\tb\tmaybe").Write("WNLI/train.tsv", "index\tsentence1\tsentence2\tlabel", "0\ta\tb\tentailment");
        Assert.Contains("expected a label of entailment, not_entailment, found 'maybe'", Assert.Throws<KitException>(() => Examples("rte", Split.Train)).Message);
        Assert.Contains("expected a label of 0, 1, found 'entailment'", Assert.Throws<KitException>(() => Examples("wnli", Split.Train)).Message);
    }

    [Fact]
    public void Without_the_server_a_twentieth_of_the_training_rows_chooses_and_the_dev_set_reports()
    {
        _glue.WithSst2(train: 400, dev: 8);
        var (train, validation) = (Examples("sst2-local", Split.Train), Examples("sst2-local", Split.Validation));
        var official = Examples("sst2", Split.Train);
        Assert.Equal(Examples("sst2", Split.Validation), Examples("sst2-local", Split.Test));
        Assert.Equal(20, validation.Count);
        Assert.Equal(official.Where(e => !validation.Contains(e)), train);
        Assert.Equal(official.OrderBy(e => StableHash.Of(((TextExample)e).Text)).Take(20).ToHashSet(), [.. validation]);
        Assert.Equal(validation, Examples("sst2-local", Split.Validation));
    }

    [Fact]
    public void Pairs_of_one_first_text_stay_on_one_side()
    {
        _glue.Write("RTE/train.tsv", ["index\tsentence1\tsentence2\tlabel", .. Enumerable.Range(0, 300).Select(i => $"{i}\tpremise {i / 3}\thypothesis {i}\tentailment")]);
        var (train, validation) = (Examples("rte-local", Split.Train), Examples("rte-local", Split.Validation));
        Assert.Equal(300, train.Count + validation.Count);
        Assert.InRange(validation.Count, 15, 17);
        Assert.Empty(train.Select(e => ((TextExample)e).Text).Intersect(validation.Select(e => ((TextExample)e).Text)));
    }

    [Fact]
    public void What_is_missing_is_named_with_its_place_and_its_source()
    {
        var nothing = Assert.Throws<KitException>(() => Examples("qnli", Split.Train)).Message;
        Assert.Contains("'qnli' needs train.tsv", nothing);
        Assert.Contains(Path.Combine(_glue.Root, "glue", "QNLI"), nothing);
        Assert.Contains("there is no such folder", nothing);
        Assert.Contains("https://gluebenchmark.com/tasks", nothing);
        Assert.Contains("KIT_DATA=/path", nothing);
        _glue.Write("QNLI/train.tsv", "index\tquestion\tsentence\tlabel", "0\ta\tb\tentailment");
        Assert.Single(Examples("qnli", Split.Train));
        Assert.Contains("'qnli' needs test.tsv", Assert.Throws<KitException>(() => Examples("qnli", Split.Test)).Message);
        Assert.Contains("does not find it there", Assert.Throws<KitException>(() => Examples("qnli-local", Split.Test)).Message);
    }

    [Fact]
    public void The_folder_is_what_the_variable_names_or_in_the_users_cache()
    {
        using (new Variable("KIT_DATA", "/data"))
            Assert.Equal("/data", DataFolder.Path);
        using var none = new Variable("KIT_DATA", null);
        using (new Variable("XDG_CACHE_HOME", "/cache"))
            Assert.Equal("/cache/researchkit/data", DataFolder.Path);
        using (new Variable("XDG_CACHE_HOME", null))
            Assert.EndsWith(Path.Combine(".cache", "researchkit", "data"), DataFolder.Path);
        using var mine = new Variable("KIT_DATA", _glue.WithSst2(train: 3).Root);
        Assert.Equal(3, TaskCatalog.Open("sst2").Examples(Split.Train).Count);
    }
}
