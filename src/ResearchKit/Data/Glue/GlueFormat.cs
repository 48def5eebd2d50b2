using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Glue;

/// <summary>How one data set of GLUE (Wang et al., arXiv 1804.07461) lies in its official files, and what is reported of it.</summary>
/// <param name="Folder">The folder below <c>glue</c>, as the official archives unpack.</param>
/// <param name="First">The column of the first text.</param>
/// <param name="Second">The column of the second text, or null.</param>
/// <param name="Label">The column of the label.</param>
/// <param name="Labels">The labels as the files write them, in the order of their numbers; empty for scores.</param>
/// <param name="Metrics">What GLUE reports, the first for choosing by.</param>
internal sealed record GlueFormat(string Folder, string First, string? Second, string Label, string[] Labels, string[] Metrics)
{
    private const string Accuracy = "accuracy", F1 = "f1";

    /// <summary>The formats by the tasks' names. Labels are numbered as the official code and Hugging Face number them.</summary>
    public static IReadOnlyDictionary<string, GlueFormat> All { get; } = new Dictionary<string, GlueFormat>(StringComparer.Ordinal)
    {
        ["sst2"] = new("SST-2", "sentence", null, "label", ["0", "1"], [Accuracy]),
        ["cola"] = new("CoLA", "sentence", null, "label", ["0", "1"], ["matthews", Accuracy]),
        ["mrpc"] = new("MRPC", "#1 String", "#2 String", "Quality", ["0", "1"], [Accuracy, F1]),
        ["qqp"] = new("QQP", "question1", "question2", "is_duplicate", ["0", "1"], [Accuracy, F1]),
        ["mnli"] = new("MNLI", "sentence1", "sentence2", "gold_label", ["entailment", "neutral", "contradiction"], [Accuracy]) { Suffix = "_matched" },
        ["mnli-mm"] = new("MNLI", "sentence1", "sentence2", "gold_label", ["entailment", "neutral", "contradiction"], [Accuracy]) { Suffix = "_mismatched" },
        ["qnli"] = new("QNLI", "question", "sentence", "label", ["entailment", "not_entailment"], [Accuracy]),
        ["rte"] = new("RTE", "sentence1", "sentence2", "label", ["entailment", "not_entailment"], [Accuracy]),
        ["wnli"] = new("WNLI", "sentence1", "sentence2", "label", ["0", "1"], [Accuracy]),
        ["stsb"] = new("STS-B", "sentence1", "sentence2", "score", [], ["pearson", "spearman"]),
    };

    /// <summary>What stands behind <c>dev</c> and <c>test</c> in the files' names, where a set has two of each.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>The files of a split, of which any may be there: the official ones first, then those that the data sets' authors distribute.</summary>
    public IEnumerable<string[]> Files(Split split) => (Folder, split) switch
    {
        ("CoLA", Split.Train) => [["train.tsv"], ["in_domain_train.tsv"]],
        ("CoLA", Split.Validation) => [["dev.tsv"], ["in_domain_dev.tsv", "out_of_domain_dev.tsv"]],
        ("MRPC", Split.Train) => [["train.tsv"], ["msr_paraphrase_train.txt"]],
        ("MRPC", Split.Validation) => [["dev.tsv"], ["msr_paraphrase_test.txt"]],
        (_, Split.Train) => [["train.tsv"]],
        (_, Split.Validation) => [[$"dev{Suffix}.tsv"]],
        _ => [[$"test{Suffix}.tsv"]],
    };

    /// <summary>Columns of a file without a header; null where the header is in the file.</summary>
    public string[]? Columns(Split split) => Folder == "CoLA" && split != Split.Test ? ["source", "label", "author's label", "sentence"] : null;
}
