namespace ResearchKit.Data.Instructions;

/// <summary>
/// The prompt of Alpaca (Taori et al. 2023), which MiniLLM, DistiLLM and Online KD put their instructions in. The answer follows it directly, and the end
/// token the answer.
/// </summary>
public static class AlpacaPrompt
{
    /// <summary>The prompt for an instruction.</summary>
    /// <param name="instruction">What is to be done.</param>
    /// <param name="input">What it is to be done with; empty or null where there is nothing, and then the prompt does not speak of it.</param>
    public static string Of(string instruction, string? input = null) => string.IsNullOrEmpty(input)
        ? $"Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n{instruction}\n\n### Response:\n"
        : "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n"
            + $"### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n";
}
