using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Instructions;

/// <summary>What the rows of each published set of instructions say.</summary>
internal static class InstructionForms
{
    private const string EndOfText = "<|endoftext|>";

    /// <summary>databricks-dolly-15k: <c>instruction</c>, <c>context</c>, <c>response</c>.</summary>
    public static InstructionExample Dolly(JsonRow row) => new(AlpacaPrompt.Of(row.Text("instruction"), row.Optional("context")), row.Text("response"));

    /// <summary>Alpaca, and what MiniLLM processes: <c>instruction</c>, <c>input</c>, <c>output</c>, a text or a list of them; a <c>prompt</c> is taken as it stands.</summary>
    public static InstructionExample Alpaca(JsonRow row)
    {
        return Of(row.Optional("prompt") ?? AlpacaPrompt.Of(row.Text("instruction"), row.Optional("input")), row.Texts("output"));
    }

    /// <summary>SelfInst's instructions written by experts: an <c>instruction</c> with <c>instances</c> of <c>input</c> and <c>output</c>.</summary>
    public static IEnumerable<InstructionExample> SelfInstruct(JsonRow row) =>
        row.Items("instances").Select(i => new InstructionExample(AlpacaPrompt.Of(row.Text("instruction"), i.Optional("input")), i.Text("output")));

    /// <summary>Prompts made by templates, as T0's: <c>prompt</c>, <c>completion</c>. An end token written out is left to the tokenizer.</summary>
    public static InstructionExample Completion(JsonRow row)
    {
        var completion = row.Text("completion");
        return new(row.Text("prompt"), completion.EndsWith(EndOfText, StringComparison.Ordinal) ? completion[..^EndOfText.Length] : completion);
    }

    /// <summary>FastChat's questions, of which the first turn counts, with the answers to them that a file beside them gives; those without one are left out.</summary>
    /// <param name="questions"><c>question.jsonl</c>: <c>question_id</c> and <c>turns</c>, or <c>text</c> in older ones.</param>
    /// <param name="answers">Files of <c>question_id</c> and <c>choices</c> of <c>turns</c>, or <c>text</c>; each may answer any question.</param>
    public static IReadOnlyList<InstructionExample> Vicuna(string questions, IEnumerable<string> answers)
    {
        var known = answers.SelectMany(JsonRow.Lines).ToLookup(row => row.Identity("question_id"), FirstTurn);
        return [.. JsonRow.Lines(questions).Select(row => (Prompt: AlpacaPrompt.Of(FirstTurn(row)), Answers: known[row.Identity("question_id")].ToList())).Where(q => q.Answers.Count > 0)
            .Select(q => Of(q.Prompt, q.Answers))];
    }

    /// <summary>Rows of one prompt as one, which all their responses are right for.</summary>
    public static IEnumerable<InstructionExample> Gather(IEnumerable<InstructionExample> rows) => rows.GroupBy(e => e.Prompt)
        .Select(g => Of(g.Key, [.. g.SelectMany(e => e.References).Distinct()]));

    private static InstructionExample Of(string prompt, IReadOnlyList<string> references) =>
        references.Count == 1 ? new(prompt, references[0]) : new(prompt, references[0]) { References = references };

    private static string FirstTurn(JsonRow row) => row.Has("text") ? row.Text("text") : row.Has("choices") ? row.Items("choices").First().Texts("turns")[0] : row.Texts("turns")[0];
}
