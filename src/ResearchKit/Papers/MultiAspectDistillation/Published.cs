namespace ResearchKit.Papers.MultiAspectDistillation;

/// <summary>
/// What is known of the numbers of Multi-aspect Knowledge Distillation (Liu et al., arXiv 2604.03110), and the baselines' own. <see cref="PublishedTable.Beside"/>
/// lays ours beside them.
/// </summary>
/// <remarks>
/// The paper's tables were not at hand. Its rows here are the six numbers that a public leaderboard lists for it, without saying of which size of student; from
/// their height they belong to one of about 14.5 million parameters (SQuAD) and to one smaller than GPT-2 base (ROUGE-L). The baselines' rows are from
/// their own papers (TinyBERT, arXiv 1909.10351; MiniLM and MiniLMv2, arXiv 2002.10957 and 2012.15828; MiniLLM, arXiv 2306.08543), as they are quoted in
/// the field; they were not taken from this paper's tables.
/// </remarks>
public static class Published
{
    private const double None = double.NaN;

    /// <summary>GLUE's dev sets with students of 66 M parameters, as the MiniLM papers have them; MaKD's own are not known. Matthews' coefficient for CoLA, accuracy for
    /// the others; percent.</summary>
    public static PublishedTable Glue { get; } = new("table 1", "GLUE dev, students of 66 M parameters", ["MNLI-m", "SST-2", "QNLI", "CoLA", "RTE", "MRPC", "QQP"],
    [
        new("BERT-base (teacher)", "teacher", [84.5, 93.2, 91.7, 58.9, 68.6, 87.3, 91.3]),
        new("DistilBERT", "distilbert", [79.0, 90.7, 85.3, 43.6, 59.9, 87.5, 84.9]),
        new("TinyBERT", "tinybert", [83.5, 91.6, 90.5, 42.8, 72.2, 88.4, 90.6]),
        new("MiniLM", "minilm", [84.0, 92.0, 91.0, 49.2, 71.5, 88.4, 91.0]),
        new("MiniLMv2", "minilmv2", [84.2, 92.4, 90.8, 52.1, 72.1, 88.9, 91.1]),
        new("MaKD", "makd", [None, None, None, None, None, None, None]),
    ]);

    /// <summary>SQuAD's dev sets with students of about 14.5 M parameters: exact match and F1 of 1.1 and of 2.0; percent.</summary>
    public static PublishedTable SquadSmall { get; } = new("table 2", "SQuAD dev, students of 14.5 M parameters", ["EM 1.1", "F1 1.1", "EM 2.0", "F1 2.0"],
    [
        new("BERT-base (teacher)", "teacher", [80.7, 88.4, 74.5, 77.7]),
        new("BERT4-PKD", "pkd", [70.1, 79.5, 60.8, 64.6]),
        new("DistilBERT4", "distilbert", [71.8, 81.2, 60.6, 64.1]),
        new("TinyBERT4", "tinybert", [72.7, 82.1, 68.2, 71.8]),
        new("MaKD", "makd", [74.9, 82.3, None, 72.9]),
    ]);

    /// <summary>The same with students of 67 M parameters; MaKD's are not known.</summary>
    public static PublishedTable Squad { get; } = new("table 2", "SQuAD dev, students of 67 M parameters", ["EM 1.1", "F1 1.1", "EM 2.0", "F1 2.0"],
    [
        new("BERT-base (teacher)", "teacher", [80.7, 88.4, 74.5, 77.7]),
        new("BERT6-PKD", "pkd", [77.1, 85.3, 66.3, 69.8]),
        new("DistilBERT6", "distilbert", [78.1, 86.2, 66.0, 69.5]),
        new("TinyBERT6", "tinybert", [79.7, 87.5, 74.7, 77.7]),
        new("MaKD", "makd", [None, None, None, None]),
    ]);

    /// <summary>ROUGE-L of GPT-2 students; the baselines are MiniLLM's, of 120 M parameters, which is more than MaKD's student has. Percent.</summary>
    public static PublishedTable Instructions { get; } = new("table 3", "Instructions, GPT-2 students", ["Dolly", "SelfInst", "Vicuna"],
    [
        new("SFT (120 M)", "sft", [23.3, 10.0, 14.7]),
        new("KD (120 M)", "fkl", [22.8, 10.8, 13.4]),
        new("SeqKD (120 M)", "seqkd", [22.7, 10.1, 14.3]),
        new("MaKD", "makd", [20.74, 9.38, 15.62]),
    ]);
}
