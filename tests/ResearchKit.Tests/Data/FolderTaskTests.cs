using ResearchKit.Data.Tasks;
using Xunit;

namespace ResearchKit.Tests.Data;

public sealed class FolderTaskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("my-task").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ITask Open(params (string File, string Text)[] files)
    {
        foreach (var (file, text) in files)
            File.WriteAllText(Path.Combine(_folder, file), text);
        return TaskCatalog.Open(_folder);
    }

    [Fact]
    public void Json_lines_with_names_of_classes()
    {
        var task = Open(("train.jsonl", "{\"text\":\"good \\u00e9\",\"label\":\"pos\",\"id\":7}\n\n{\"text\":\"bad\",\"label\":\"neg\"}\n"),
            ("validation.jsonl", "{\"label\":\"pos\",\"text\":\"fine\"}"));
        Assert.Equal((TaskKind.Classification, Path.GetFileName(_folder)), (task.Kind, task.Name));
        Assert.Equal(["neg", "pos"], task.Labels);
        Assert.Equal([new TextExample("good é", null, 1), new TextExample("bad", null, 0)], task.Examples(Split.Train));
        Assert.Equal([new TextExample("fine", null, 1)], task.Examples(Split.Validation));
        Assert.Contains("no test examples; it has train and validation", Assert.Throws<KitException>(() => task.Examples(Split.Test)).Message);
    }

    [Fact]
    public void Tabs_with_numbers_of_classes_and_pairs()
    {
        var task = Open(("train.tsv", "label\ttext\ttext2\n2\ta \"quoted\"\tb\n0\tc\td\r\n1\te\tf\n10\tg\th\n".Replace("10\tg", "2\tg")));
        Assert.Equal(TaskKind.Pair, task.Kind);
        Assert.Equal(["0", "1", "2"], task.Labels);
        Assert.Equal(new TextExample("a \"quoted\"", "b", 2), task.Examples(Split.Train)[0]);
        Assert.Equal(new TextExample("c", "d", 0), task.Examples(Split.Train)[1]);
    }

    [Fact]
    public void Numbers_of_classes_are_ordered_as_numbers() =>
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
            Open(("train.jsonl", string.Concat(Enumerable.Range(0, 11).Select(i => $"{{\"text\":\"t\",\"label\":{10 - i}}}\n")))).Labels);

    [Fact]
    public void Instructions()
    {
        var task = Open(("train.jsonl", "{\"prompt\":\"Say hi:\",\"response\":\" hi\"}"));
        Assert.Equal(TaskKind.Instruction, task.Kind);
        Assert.Empty(task.Labels);
        Assert.Equal([new InstructionExample("Say hi:", " hi")], task.Examples(Split.Train));
        Assert.Equal(["Say hi: hi"], task.TrainingTexts());
    }

    [Fact]
    public void Scores_in_place_of_classes()
    {
        var task = Open(("train.tsv", "text\ttext2\tscore\na\tb\t-2.5\nc\td\t1e3\n"));
        Assert.Equal(TaskKind.Pair, task.Kind);
        Assert.Equal(["score"], task.Labels);
        Assert.Equal(["pearson", "spearman"], task.Metrics);
        Assert.Equal([new TextExample("a", "b", -1) { Score = -2.5 }, new TextExample("c", "d", -1) { Score = 1000 }], task.Examples(Split.Train));
        Assert.Equal(["accuracy"], Open(("train.tsv", "text\tlabel\tscore\na\t0\t1\nb\t1\t2\n")).Metrics);
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        { "train.jsonl", "{\"text\":\"a\",\"label\":0}\n{\"text\":\"b\"", "train.jsonl, line 2: expected a JSON object" },
        { "train.jsonl", "{\"text\":\"a\",\"label\":0}\n[1]", "train.jsonl, line 2: expected an object in braces" },
        { "train.jsonl", "{\"text\":\"a\",\"label\":0}\n\n{\"text\":\"b\"}", "train.jsonl, line 3: expected a 'label'" },
        { "train.jsonl", "{\"text\":\"a\",\"label\":0}\n{\"text\":null,\"label\":1}", "train.jsonl, line 2: expected a 'text'" },
        { "train.jsonl", "{\"text\":\"\\ud800\",\"label\":0}", "train.jsonl, line 1: expected a JSON object" },
        { "train.jsonl", "{\"prompt\":\"a\"}", "train.jsonl, line 1: expected a 'response'" },
        { "train.jsonl", "{\"sentence\":\"a\"}", "has the columns sentence" },
        { "train.jsonl", "{\"text\":\"a\",\"label\":0}\n{\"text\":\"a\",\"label\":2}", "labels 0, 2; labels that are numbers must run from 0" },
        { "train.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"x\"}", "has the one label 'x', so there is nothing to tell apart" },
        { "train.tsv", "text\tscore\na\thigh\n", "train.tsv, line 2: expected a number as score, found 'high'" },
        { "train.jsonl", " \n", "holds no rows" },
        { "train.tsv", "text\tlabel\na\t0\nb\t1\t2\n", "train.tsv, line 3: expected 2 fields separated by tabs (text, label), found 3" },
        { "train.tsv", "text\ttext\na\tb\n", "train.tsv, line 1: expected a header without repeated" },
        { "train.tsv", "text\tlabel\n", "holds no rows" },
        { "test.tsv", "text\tlabel\na\t0\n", "holds no training data" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_with_file_and_line(string file, string text, string named) =>
        Assert.Contains(named, Assert.Throws<KitException>(() => Open((file, text))).Message);

    [Fact]
    public void A_label_that_training_never_saw_is_refused() => Assert.Contains("test.tsv, line 2: expected a label of the training file (no, yes), found 'maybe'",
        Assert.Throws<KitException>(() => Open(("train.tsv", "text\tlabel\na\tyes\nb\tno\n"), ("test.tsv", "text\tlabel\nc\tmaybe\n"))).Message);

    [Fact]
    public void Two_files_for_one_split_are_refused() => Assert.Contains("There are both",
        Assert.Throws<KitException>(() => Open(("train.tsv", "text\tlabel\na\t0\n"), ("train.jsonl", "{\"text\":\"a\",\"label\":0}"))).Message);

    [Fact]
    public void Bytes_that_are_not_text_are_refused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "train.tsv"), [0x74, 0xff, 0xfe, 0x0a]);
        Assert.Contains("not UTF-8", Assert.Throws<KitException>(() => TaskCatalog.Open(_folder)).Message);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        var e = Assert.Throws<KitException>(() => TaskCatalog.Open("wordnet-topics"));
        Assert.All(TaskCatalog.Names, name => Assert.Contains(name, e.Message));
    }

    [Fact]
    public void A_limit_takes_the_same_examples_for_ever_and_a_larger_one_takes_more()
    {
        var task = Open(("train.tsv", "text\tlabel\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"text {i}\t{i % 2}\n"))));
        var ten = task.Examples(Split.Train, 10);
        Assert.Equal(ten, task.Examples(Split.Train, 30).Take(10));
        Assert.Equal(["text 43", "text 19", "text 63"], ten.Take(3).Select(e => ((TextExample)e).Text));
        Assert.Equal(task.Examples(Split.Train), task.Examples(Split.Train, null));
        Assert.Equal(task.Examples(Split.Train), task.Examples(Split.Train, 100));
        Assert.Contains("limit", Assert.Throws<KitException>(() => task.Examples(Split.Train, 0)).Message);
    }
}
