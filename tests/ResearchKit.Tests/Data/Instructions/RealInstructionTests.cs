using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Instructions;
using ResearchKit.Data.Tasks;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Data.Instructions;

/// <summary>The readers on the published files, where they are.</summary>
public class RealInstructionTests
{
    private static List<InstructionExample> Read(string task, Split split)
    {
        try
        {
            return [.. InstructionTasks.Open(task).Examples(split).Cast<InstructionExample>()];
        }
        catch (KitException e)
        {
            throw new SkipException(e.Message);
        }
    }

    [SkippableFact]
    public void SelfInst_has_252_rows_of_which_242_have_a_prompt_of_at_most_256_tokens_of_GPT2()
    {
        var rows = Read("self-inst", Split.Test);
        Assert.Equal(252, rows.Count);
        var gpt2 = Path.Combine(DataFolder.Path, "tokenizers", "gpt2");
        Skip.IfNot(Directory.Exists(gpt2), $"There is no tokenizer in {gpt2}");
        Assert.Equal(242, new SampleEncoder(TokenizerFile.Load(gpt2), 512).WithPromptsUpTo(256, rows).Count);   // what MiniLLM is left with
    }

    [SkippableTheory]
    [InlineData("dolly", Split.Validation, 1000)]
    [InlineData("dolly", Split.Test, 500)]
    [InlineData("vicuna", Split.Test, 80)]
    public void MiniLLMs_own_prompts_are_those_of_the_template(string task, Split split, int expected)
    {
        var rows = Read(task, split);
        Skip.If(rows.Count != expected, $"'{task}' is here in another form, of {rows.Count} rows");
        var file = Directory.EnumerateFiles(Path.Combine(DataFolder.Path, "instruct"), split == Split.Test ? "valid.jsonl" : "dev.jsonl", SearchOption.AllDirectories)
            .Single(f => Path.GetFileName(Path.GetDirectoryName(f)) == task);
        var published = JsonRow.Lines(file);
        Assert.Equal(published.Select(r => AlpacaPrompt.Of(r.Text("instruction"), r.Optional("input"))), rows.Select(r => r.Prompt));
        Assert.All(rows, r => Assert.NotEqual("", r.Response.Trim()));
    }

    [SkippableFact]
    public void T0_is_parted_by_place()
    {
        var (train, validation, test) = (Read("t0", Split.Train), Read("t0", Split.Validation), Read("t0", Split.Test));
        Assert.True(train.Count > 10 * test.Count);
        Assert.Contains(test, e => e.References.Count > 1);   // the concepts of CommonGen have several sentences each
        Assert.Empty(train.Select(e => e.Prompt).Intersect(test.Concat(validation).Select(e => e.Prompt)));
        Assert.DoesNotContain(train.Concat(validation).Concat(test), e => e.Response.Contains("<|endoftext|>", StringComparison.Ordinal));
    }
}
