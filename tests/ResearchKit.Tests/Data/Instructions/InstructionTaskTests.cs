using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Instructions;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using ResearchKit.Tests.Text;
using ResearchKit.Text;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Data.Instructions;

/// <summary>The readers of instruction sets, on small files of each form.</summary>
public sealed class InstructionTaskTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kit-instruct-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, params string[] lines)
    {
        var file = Path.Combine(_root, "instruct", path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, string.Join('\n', lines));
    }

    private List<InstructionExample> Read(string task, Split split) => [.. InstructionTasks.Open(task, _root).Examples(split).Cast<InstructionExample>()];

    private string Wrong(string task) => Assert.Throws<KitException>(() => InstructionTasks.Open(task, _root)).Message;

    [Fact]
    public void The_prompt_is_alpacas_to_the_letter()
    {
        Assert.Equal("Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\nDo it.\n\n### Response:\n", AlpacaPrompt.Of("Do it.", ""));
        Assert.Equal("Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n"
            + "### Instruction:\nDo it.\n\n### Input:\nwith this\n\n### Response:\n", AlpacaPrompt.Of("Do it.", "with this"));
    }

    [Fact]
    public void Dolly_is_parted_once_and_for_all()
    {
        string Row(int i) => $$"""{"instruction":"Say {{i}}","context":"{{(i % 2 == 0 ? "" : "context " + i)}}","response":"It is {{i}}.","category":"open_qa"}""";
        Write("dolly/databricks-dolly-15k.jsonl", [.. Enumerable.Range(0, 60).Select(Row), "", Row(7)]);
        var (train, validation, test) = (Read("dolly", Split.Train), Read("dolly", Split.Validation), Read("dolly", Split.Test));
        Assert.Equal((3, 3), (validation.Count, test.Count));   // a twentieth of 61
        Assert.Equal(61, train.Count + validation.Count + test.Count);
        Assert.Empty(train.Concat(validation).Select(e => e.Prompt).Intersect(test.Select(e => e.Prompt)));
        Assert.Empty(train.Select(e => e.Prompt).Intersect(validation.Select(e => e.Prompt)));
        Assert.Contains(new InstructionExample(AlpacaPrompt.Of("Say 4"), "It is 4."), train.Concat(validation).Concat(test));
        Assert.Contains(new InstructionExample(AlpacaPrompt.Of("Say 5", "context 5"), "It is 5."), train.Concat(validation).Concat(test));

        // Neither the order of the rows nor what follows them moves a row that has the lowest hashes.
        Write("dolly/databricks-dolly-15k.jsonl", [.. Enumerable.Range(0, 60).Reverse().Select(Row), Row(7)]);
        Assert.Equal(test.Select(e => e.Prompt).Order(), Read("dolly", Split.Test).Select(e => e.Prompt).Order());
    }

    [Fact]
    public void Files_that_are_parted_already_keep_their_parts_and_their_prompts()
    {
        Write("minillm/dolly/dev.jsonl", """{"prompt":"as it stands:","instruction":"i","input":"x","output":"o"}""");
        Write("minillm/dolly/valid.jsonl", """{"instruction":"i","input":"x","output":"o"}""");
        Assert.Equal([new InstructionExample("as it stands:", "o")], Read("dolly", Split.Validation));
        Assert.Equal([new InstructionExample(AlpacaPrompt.Of("i", "x"), "o")], Read("dolly", Split.Test));
        Assert.Contains("no train examples; it has validation and test", Assert.Throws<KitException>(() => Read("dolly", Split.Train)).Message);
    }

    [Fact]
    public void SelfInst_has_instances()
    {
        Write("self-instruct/user_oriented_instructions.jsonl", """{"id":"t0","motivation_app":"X","instruction":"Do","instances":[{"input":"a","output":"b"},{"input":"","output":"c"}]}""");
        Assert.Equal([new(AlpacaPrompt.Of("Do", "a"), "b"), new(AlpacaPrompt.Of("Do"), "c")], Read("self-inst", Split.Test));
    }

    [Fact]
    public void Vicuna_joins_questions_with_their_answers_in_either_form()
    {
        Write("vicuna/question.jsonl", """{"question_id":1,"category":"generic","turns":["One?","And then?"]}""", """{"question_id":2,"text":"Two?"}""", """{"question_id":3,"turns":["Three?"]}""");
        Write("vicuna/reference_answer/gpt-4.jsonl", """{"question_id":1,"choices":[{"index":0,"turns":["uno","y luego"]}]}""");
        Write("vicuna/answer_other.jsonl", """{"question_id":2,"text":"dos"}""", """{"question_id":1,"text":"ein"}""");
        var rows = Read("vicuna", Split.Test);
        Assert.Equal([AlpacaPrompt.Of("One?"), AlpacaPrompt.Of("Two?")], rows.Select(r => r.Prompt));   // nobody answered the third
        Assert.Equal(["ein", "uno"], rows[0].References.Order());
        Assert.Equal(["dos"], rows[1].References);
    }

    [Fact]
    public void Several_outputs_are_references_and_the_first_is_the_response()
    {
        Write("sinst/11_/valid.jsonl", """{"instruction":"i","input":"","output":["a","b"]}""", """{"instruction":"j","output":"c"}""");
        var rows = Read("s-ni", Split.Test);
        Assert.Equal("a", rows[0].Response);
        Assert.Equal(["a", "b"], rows[0].References);
        Assert.Equal(["c"], rows[1].References);
    }

    [Fact]
    public void UnNI_is_capped()
    {
        Write("uinst/valid.jsonl", [.. Enumerable.Range(0, 10_003).Select(i => $$"""{"instruction":"{{i}}","output":"o"}""")]);
        Assert.Equal(10_000, Read("un-ni", Split.Test).Count);
    }

    [Fact]
    public void Templates_hold_out_the_same_questions_and_gather_the_answers_to_one_prompt()
    {
        string Row(string template, int i) => $$"""{"prompt":"{{template}} {{i / 2}}\n","completion":"answer {{i}}<|endoftext|>"}""";
        foreach (var template in (string[])["ask", "tell"]) Write($"t0-cc/{template}.jsonl", [.. Enumerable.Range(0, 80).Select(i => Row(template, i))]);
        var (train, validation, test) = (Read("t0", Split.Train), Read("t0", Split.Validation), Read("t0", Split.Test));
        Assert.Equal((144, 4, 4), (train.Count, validation.Count, test.Count));   // 72 + 72 rows; 4 rows of each file to validation and test, two prompts each
        Assert.Equal(new InstructionExample("ask 0\n", "answer 0"), train[0]);
        Assert.Equal(["ask 38\n", "ask 39\n", "tell 38\n", "tell 39\n"], test.Select(e => e.Prompt));
        Assert.Equal(["answer 76", "answer 77"], test[0].References);
    }

    [Fact]
    public void Alpaca_is_one_array()
    {
        Write("alpaca/alpaca_data.json", "[" + string.Join(",\n", Enumerable.Range(0, 40).Select(i => $$"""{"instruction":"{{i}}","input":"","output":"o"}""")) + "]");
        Assert.Equal((36, 2, 2), (Read("alpaca", Split.Train).Count, Read("alpaca", Split.Validation).Count, Read("alpaca", Split.Test).Count));
    }

    [Theory]
    [InlineData("{\"instruction\":\"i\",\"output\":\"o\"}\n\nnot json", "valid.jsonl, line 3: expected JSON (")]
    [InlineData("{\"instruction\":\"i\",\"output\":\"o\"}\n[1]", "valid.jsonl, line 2: expected an object in braces.")]
    [InlineData("{\"instruction\":\"i\"}", "valid.jsonl, line 1: expected a text 'output'.")]
    [InlineData("{\"instruction\":1,\"output\":\"o\"}", "valid.jsonl, line 1: expected a text as 'instruction'.")]
    [InlineData("{\"instruction\":\"i\",\"output\":[]}", "valid.jsonl, line 1: expected at least one text in the list 'output'.")]
    [InlineData("{\"instruction\":\"i\",\"output\":[1]}", "valid.jsonl, line 1: expected texts in the list 'output'.")]
    [InlineData("\n \n", "valid.jsonl holds no rows.")]
    public void A_bad_file_is_told_with_its_line(string text, string expected)
    {
        Write("sinst/valid.jsonl", text);
        Assert.Contains(expected, Wrong("s-ni"));
    }

    [Fact]
    public void What_is_not_utf8_is_told_with_its_line()
    {
        Write("sinst/valid.jsonl", "");
        File.WriteAllBytes(Path.Combine(_root, "instruct", "sinst", "valid.jsonl"), [.. Encoding.UTF8.GetBytes("{\"instruction\":\"i\",\"output\":\"o\"}\n{\"instruction\":\""), 0xE9, .. "\",\"output\":\"o\"}"u8.ToArray()]);
        Assert.Contains("valid.jsonl, line 2: expected text in UTF-8.", Wrong("s-ni"));
        Write("alpaca/alpaca_data.json", "[{\"instruction\":\"i\",\n\"output\":oops}]");
        Assert.Contains("alpaca_data.json, line 2: expected JSON (", Wrong("alpaca"));
        Write("alpaca/alpaca_data.json", "[{\"instruction\":\"i\",\"output\":\"o\"},{\"instruction\":\"i\"}]");
        Assert.Contains("alpaca_data.json, entry 2: expected a text 'output'.", Wrong("alpaca"));
    }

    [Fact]
    public void What_is_missing_is_named_with_where_it_comes_from()
    {
        var nothing = Wrong("vicuna");
        Assert.Contains("valid.jsonl, or question.jsonl", nothing);
        Assert.Contains("there is no such folder", nothing);
        Assert.Contains("FastChat", nothing);
        Assert.Contains("KIT_DATA=/path", nothing);
        Directory.CreateDirectory(Path.Combine(_root, "instruct", "vicuna"));
        Assert.Contains("does not find it there", Wrong("vicuna"));
    }

    [Fact]
    public void A_mark_at_the_beginning_of_a_file_is_no_part_of_it()
    {
        Write("sinst/valid.jsonl", "\uFEFF{\"instruction\":\"i\",\"output\":\"o\"}");
        Assert.Single(Read("s-ni", Split.Test));
    }

    [Fact]
    public void The_first_scored_target_is_the_first_of_the_response_and_the_last_is_the_end()
    {
        using var scope = NewDisposeScope();
        var tokenizer = TokenizerFile.Load(Fixture.PathOf("bytelevel.json"));
        var example = new InstructionExample(AlpacaPrompt.Of("Define bird."), "a small animal");
        int[] prompt = tokenizer.Encode(example.Prompt), response = tokenizer.Encode(example.Response);
        var encoder = new SampleEncoder(tokenizer, 1024);
        var samples = encoder.Encode([example, new InstructionExample(AlpacaPrompt.Of("Shorter"), "b")]);
        using var batch = new Collator(0, CPU, targets: true).Make(samples);
        long[] targets = batch.Targets![0].data<long>().ToArray();
        Assert.Equal([.. response, tokenizer.EndId!.Value], targets.Where(t => t != Batch.Ignored).Select(t => (int)t));
        // The position that predicts the first token of the response is that of the prompt's last token.
        Assert.Equal(prompt.Length - 1, Array.FindIndex(targets, t => t != Batch.Ignored));
        Assert.Equal(prompt[^1], (int)batch.Ids[0, prompt.Length - 1].ToInt64());
        Assert.Equal(response[0], (int)targets[prompt.Length - 1]);
        Assert.Equal(tokenizer.EndId.Value, (int)targets[prompt.Length + response.Length - 1]);
    }

    [Fact]
    public void Long_prompts_can_be_left_out()
    {
        var tokenizer = TokenizerFile.Load(Fixture.PathOf("bytelevel.json"));
        InstructionExample[] examples = [new(new('q', 20), "a"), new(new('q', 21), "b"), new("q", "c")];
        var encoder = new SampleEncoder(tokenizer, 64);
        Assert.Equal(["a", "c"], encoder.WithPromptsUpTo(20, examples).Cast<InstructionExample>().Select(e => e.Response));
        Assert.Same(examples, encoder.WithPromptsUpTo(null, examples));
    }
}
