using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Glue;

/// <summary>Files that together hold the rows of a split, all of which have to be there.</summary>
/// <param name="Files">Read one after the other.</param>
/// <param name="Development">Null for all of their rows; else those that <see cref="Identities"/> names (true), or the others (false).</param>
internal sealed record GlueSource(string[] Files, bool? Development = null)
{
    /// <summary>The file that names MRPC's dev set: two ids a line.</summary>
    public const string Identities = "dev_ids.tsv";

    /// <summary>Every file that is needed.</summary>
    public IEnumerable<string> Needed => Development is null ? Files : [.. Files, Identities];

    public override string ToString() => string.Join(" with ", Needed);
}

/// <summary>How one data set of GLUE (Wang et al., arXiv 1804.07461) lies in its official files, and what is reported of it.</summary>
/// <param name="Folder">The folder below <c>glue</c>, as the official archives unpack.</param>
/// <param name="First">The column of the first text.</param>
/// <param name="Second">The column of the second text, or null.</param>
/// <param name="Label">The column of the label.</param>
/// <param name="Labels">Names of the classes in the order of their numbers, which is that of Hugging Face's <c>glue</c>; empty for scores.</param>
/// <param name="Metrics">What GLUE reports, the first for choosing by.</param>
internal sealed record GlueFormat(string Folder, string First, string? Second, string Label, string[] Labels, string[] Metrics)
{
    private const string Accuracy = "accuracy", F1 = "f1";

    /// <summary>The formats by the tasks' names.</summary>
    public static IReadOnlyDictionary<string, GlueFormat> All { get; } = new Dictionary<string, GlueFormat>(StringComparer.Ordinal)
    {
        ["sst2"] = new("SST-2", "sentence", null, "label", ["negative", "positive"], [Accuracy]) { Numbered = true },
        ["cola"] = new("CoLA", "sentence", null, "label", ["unacceptable", "acceptable"], ["matthews", Accuracy]) { Numbered = true },
        ["mrpc"] = new("MRPC", "#1 String", "#2 String", "Quality", ["not_equivalent", "equivalent"], [Accuracy, F1]) { Numbered = true },
        ["qqp"] = new("QQP", "question1", "question2", "is_duplicate", ["not_duplicate", "duplicate"], [Accuracy, F1]) { Numbered = true },
        ["mnli"] = new("MNLI", "sentence1", "sentence2", "gold_label", ["entailment", "neutral", "contradiction"], [Accuracy]) { Suffix = "_matched", Submission = "MNLI-m" },
        ["mnli-mm"] = new("MNLI", "sentence1", "sentence2", "gold_label", ["entailment", "neutral", "contradiction"], [Accuracy]) { Suffix = "_mismatched", Submission = "MNLI-mm" },
        ["qnli"] = new("QNLI", "question", "sentence", "label", ["entailment", "not_entailment"], [Accuracy]),
        ["rte"] = new("RTE", "sentence1", "sentence2", "label", ["entailment", "not_entailment"], [Accuracy]),
        ["wnli"] = new("WNLI", "sentence1", "sentence2", "label", ["not_entailment", "entailment"], [Accuracy]) { Numbered = true },
        ["stsb"] = new("STS-B", "sentence1", "sentence2", "score", [], ["pearson", "spearman"]),
    };

    /// <summary>What stands behind <c>dev</c> and <c>test</c> in the files' names, where a set has two of each.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>The files write the classes' numbers; otherwise their names.</summary>
    public bool Numbered { get; init; }

    /// <summary>What GLUE's server calls the file of predictions, without its ending.</summary>
    public string Submission { get; init; } = Folder;

    /// <summary>The number of a class as the files write it; -1 for none.</summary>
    public int NumberOf(string written) => Array.IndexOf(Numbered ? Numbers : Labels, written);

    /// <summary>A class as the files write it.</summary>
    public string Written(int number) => (Numbered ? Numbers : Labels)[number];

    /// <summary>A split's sources, of which any may be there: GLUE's own files first, then those that the data sets' authors distribute.</summary>
    /// <param name="split">The official split.</param>
    public GlueSource[] Sources(Split split) => (Folder, split) switch
    {
        ("CoLA", Split.Train) => [new(["train.tsv"]), new(["in_domain_train.tsv"])],
        ("CoLA", Split.Validation) => [new(["dev.tsv"]), new(["in_domain_dev.tsv", "out_of_domain_dev.tsv"])],
        ("MRPC", Split.Train) => [new(["train.tsv"]), new([MrpcTrain], Development: false)],
        ("MRPC", Split.Validation) => [new(["dev.tsv"]), new([MrpcTrain], Development: true)],
        ("MRPC", Split.Test) => [new(["test.tsv"]), new([MrpcTest])],
        (_, Split.Train) => [new(["train.tsv"])],
        (_, Split.Validation) => [new([$"dev{Suffix}.tsv"])],
        _ => [new([$"test{Suffix}.tsv"])],
    };

    /// <summary>What the task's form without GLUE's server trains on and reports on: the training set and the dev set. MRPC's test labels are
    /// public, so there it is all of the authors' training set and their test set.</summary>
    /// <param name="reported">The part that is reported on.</param>
    public GlueSource[] LocalSources(bool reported) => Folder == "MRPC" ? [new([reported ? MrpcTest : MrpcTrain])] : Sources(reported ? Split.Validation : Split.Train);

    /// <summary>Columns of a file without a header; null where the header is in the file.</summary>
    public string[]? Columns(string file) => Folder == "CoLA" && file != "test.tsv" ? ["source", "label", "author's label", "sentence"] : null;

    private const string MrpcTrain = "msr_paraphrase_train.txt", MrpcTest = "msr_paraphrase_test.txt";

    private string[] Numbers => [.. Labels.Select((_, i) => $"{i}")];
}
