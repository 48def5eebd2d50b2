namespace ResearchKit.Papers.OnlineDistillation;

/// <summary>
/// The numbers of Online Knowledge Distillation (Rao et al., arXiv 2409.12512). <see cref="PublishedTable.Beside"/> lays ours beside them.
/// </summary>
/// <remarks>A number of the paper is percent (of ROUGE-L, of excess error) unless it says otherwise. Figures are read by eye. Where two of
/// its tables disagree (MiniLLM's mean is 19.7 in table 1 and 20.0 in table 2, which quotes it) each has its own.</remarks>
public static class Published
{
    /// <summary>Table 1: mean ROUGE-L and excess accumulated error of GPT-2 base students.</summary>
    public static PublishedTable ExposureBase { get; } = new("table 1", "Exposure bias, GPT-2 XL to base", ["ROUGE-L", "ExAccErr"],
    [
        new("SFT", "sft", [16.1, 22.1]),
        new("Forward KD", "fkl", [16.4, 34.6]),
        new("Reverse KD", "rkl", [18.1, 16.3]),
        new("ImitKD", "imitkd", [15.6, 11.8]),
        new("Generalized KD", "gkd", [19.6, -6.6]),
        new("MiniLLM", "minillm", [19.7, 0.8]),
    ]);

    /// <summary>Table 2, students of 120 M: hours of training (as the column is understood) and ROUGE-L.</summary>
    public static PublishedTable Base { get; } = new("table 2", "GPT-2 XL to base", ["Time", "Dolly", "Vicuna", "SelfInst", "S-NI", "Average"],
    [
        new("SFT", "sft", [double.NaN, 23.3, 14.7, 10.0, 16.3, 16.1]),
        new("Forward KD", "fkl", [0.6, 23.7, 14.8, 10.2, 16.8, 16.4]),
        new("Reverse KD", "rkl", [0.6, 25.0, 15.9, 11.3, 20.3, 18.1]),
        new("ImitKD", "imitkd", [4.8, 20.7, 14.7, 10.0, 17.2, 15.6]),
        new("Generalized KD", "gkd", [3.6, 24.9, 16.1, 13.1, 24.1, 19.6]),
        new("MiniLLM", "minillm", [5.3, 24.6, 16.9, 13.2, 25.3, 20.0]),
        new("OKD", "okd", [1.5, 25.7, 14.7, 12.8, 26.4, 19.9]),
    ]);

    /// <summary>Table 2, students of 760 M.</summary>
    public static PublishedTable Large { get; } = new("table 2", "GPT-2 XL to large", ["Time", "Dolly", "Vicuna", "SelfInst", "S-NI", "Average"],
    [
        new("SFT", "sft", [double.NaN, 25.4, 16.1, 12.4, 21.5, 18.9]),
        new("Forward KD", "fkl", [2.6, 26.3, 16.1, 12.4, 22.7, 19.4]),
        new("Reverse KD", "rkl", [2.7, 26.2, 16.6, 15.1, 26.7, 21.2]),
        new("ImitKD", "imitkd", [14.6, 24.1, 15.8, 12.8, 23.7, 19.1]),
        new("Generalized KD", "gkd", [10.5, 26.8, 16.7, 14.4, 28.5, 21.6]),
        new("MiniLLM", "minillm", [16.4, 26.4, 18.3, 15.9, 29.3, 22.5]),
        new("OKD", "okd", [4.2, 26.5, 15.9, 16.8, 32.2, 22.9]),
    ]);

    /// <summary>Table 3: mean ROUGE-L of TinyLlama 1.1B taught by LLaMA-2 7B on Alpaca.</summary>
    public static PublishedTable Llama { get; } = new("table 3", "LLaMA-2 7B to TinyLlama 1.1B", ["Dolly", "Vicuna", "SelfInst", "S-NI", "Average"],
    [
        new("Teacher", "teacher", [23.3, 23.1, 18.7, 34.7, 25.0]),
        new("SFT", "sft", [16.3, 18.2, 15.2, 25.5, 18.8]),
        new("Forward KD", "fkl", [18.0, 19.2, 14.8, 27.5, 19.9]),
        new("Reverse KD", "rkl", [20.8, 22.2, 16.3, 32.2, 22.9]),
        new("Generalized KD", "gkd", [20.9, 22.4, 16.2, 32.4, 23.0]),
        new("OKD", "okd", [22.2, 22.9, 17.8, 38.0, 25.2]),
    ]);

    /// <summary>Table 4: as table 1, of GPT-2 large students, OKD among them.</summary>
    public static PublishedTable ExposureLarge { get; } = new("table 4", "Exposure bias, GPT-2 XL to large", ["ROUGE-L", "ExAccErr"],
    [
        new("SFT", "sft", [18.9, 11.6]),
        new("Forward KD", "fkl", [19.4, 5.1]),
        new("Reverse KD", "rkl", [21.2, 4.6]),
        new("Generalized KD", "gkd", [21.6, -6.6]),
        new("MiniLLM", "minillm", [22.5, -5.3]),
        new("OKD", "okd", [22.9, -4.2]),
    ]);

    /// <summary>Table 5: mean ROUGE-L by the student's objective, each without and with an adapting teacher, GPT-2 XL to large.</summary>
    public static PublishedTable Objectives { get; } = new("table 5", "The student's objective", ["Average"],
    [
        new("Forward", "fkl", [19.4]), new("Forward + OKD", "okd", [22.9]), new("Reverse", "rkl", [21.2]), new("Reverse + OKD", "okd-reverse", [22.6]),
        new("JSD", "jsd", [19.7]), new("JSD + OKD", "okd-jsd", [22.8]),
    ]);

    /// <summary>Table 6: mean ROUGE-L by the teacher's module, GPT-2 XL to large.</summary>
    public static PublishedTable Modules { get; } = new("table 6", "The teacher's module", ["Average"],
    [
        new("Teacher", "teacher", [21.5]), new("Forward KD", "fkl", [19.4]), new("P-Tuning", "okd-p-tuning", [21.2]), new("Prefix", "okd-prefix", [20.7]), new("LoRA", "okd", [22.9]),
    ]);

    /// <summary>Figures 2 and 5a, read by eye: deviation of the logits, KL to the teacher (nats) and TOP-1 agreement (a share) on all, hard and easy
    /// tokens; GPT-2 XL to base. Whether OKD is measured against the base teacher or the adapted one is not said.</summary>
    public static PublishedTable Transfer { get; } = new("figures 2 and 5", "What is transferred, GPT-2 XL to base",
        ["STD", "STD hard", "STD easy", "KL", "KL hard", "KL easy", "TOP-1", "TOP-1 hard", "TOP-1 easy"],
    [
        new("Forward KD", "fkl", [14, 14, 14, 2.8, 3.75, 1.67, 0.57, 0.40, 0.765]),
        new("JSD", "jsd", [15, 14.5, 15, 2.6, 3.5, 1.6, 0.59, 0.435, 0.775]),
        new("Reverse KD", "rkl", [42.5, 36, 50, 1.85, 2.45, 1.15, 0.635, 0.49, 0.80]),
        new("OKD", "okd", [46.5, 40, 53.5, 1.15, 1.63, 0.58, 0.665, 0.525, 0.83]),
    ], Scale: 1);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublishedTable> Tables { get; } = [ExposureBase, Base, Large, Llama, ExposureLarge, Objectives, Modules, Transfer];
}
