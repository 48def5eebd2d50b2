using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tests.Text;
using ResearchKit.Text;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Evaluation;

public class GenerationEvaluationTests
{
    private static readonly Tokenizer s_tokenizer = TokenizerFile.Load(Fixture.PathOf("bytelevel.json"));

    private static readonly InstructionExample[] s_examples =
    [
        new("Define bird:", " a small animal"), new("Say:", " hi") { References = [" hi", " hello there"] }, new("a rather longer prompt than these:", " yes"), new("q", ""),
    ];

    private static Gpt2 Model() => Tiny.Make<Gpt2>(Tiny.Gpt2 with { VocabularySize = s_tokenizer.VocabularySize, MaxLength = 48 });

    private static GenerationEvaluation Evaluation(IReadOnlyList<InstructionExample> examples, int batchSize = 3, params int[] seeds) =>
        new(examples, new SampleEncoder(s_tokenizer, 48), s_tokenizer, batchSize, new() { Seeds = seeds.Length > 0 ? seeds : [10, 20, 30], MaxNewTokens = 9 });

    [Fact]
    public void A_row_with_its_seed_is_the_same_alone_and_in_any_company()
    {
        using var model = Model();
        int[][] prompts = [[1, 2, 3], [4], [1, 2, 3], [5, 6, 7, 8, 9, 10]];
        ulong[] seeds = [7, 8, 9, 7];
        var options = new GenerationOptions { MaxNewTokens = 20 };
        var together = Generation.Generate(model, prompts, options, seeds);
        for (int i = 0; i < prompts.Length; i++)
            Assert.Equal(together[i].Tokens, Generation.Generate(model, [prompts[i]], options with { MaxNewTokens = 30 }, [seeds[i]])[0].Tokens.Take(20));
        Assert.NotEqual(together[0].Tokens, together[2].Tokens);   // the same prompt with another seed
        Assert.Throws<ArgumentException>(() => Generation.Generate(model, prompts, options, [1ul]));
    }

    [Fact]
    public void Answers_hang_on_prompt_and_seed_and_not_on_order_or_batches()
    {
        using var model = Model();
        var report = Evaluation(s_examples, batchSize: 4).Report(model);
        var other = Evaluation([.. s_examples.Reverse()], batchSize: 1, 30, 10).Report(model);
        Assert.Equal([10, 20, 30], report.Seeds.Select(s => s.Seed));
        Assert.Equal(report.Seeds[0].Responses.Reverse(), other.Seeds[1].Responses);
        Assert.Equal(report.Seeds[2].Responses.Reverse(), other.Seeds[0].Responses);
        Assert.NotEqual(report.Seeds[0].Responses, report.Seeds[1].Responses);
    }

    [Fact]
    public void The_metrics_are_those_of_the_texts()
    {
        using var model = Model();
        var evaluation = Evaluation(s_examples);
        var metrics = evaluation.Measure(model);
        var seeds = evaluation.Last!.Seeds;
        Assert.All(seeds, s => Assert.Equal(s.Responses.Select((text, i) => Rouge.L(text, s_examples[i].References)), s.RougeL));
        double[] means = [.. seeds.Select(s => s.RougeL.Average())];
        Assert.Equal(means.Average(), metrics["rouge-l"], 1e-12);
        Assert.Equal(Math.Sqrt(means.Sum(m => Math.Pow(m - means.Average(), 2)) / 2), metrics["rouge-l spread"], 1e-12);
        Assert.Equal(seeds.SelectMany(s => s.Lengths).Average(), metrics["response length"], 1e-12);
        Assert.All(seeds.SelectMany(s => s.Lengths), n => Assert.InRange(n, 0, 9));
        Assert.Equal(["rouge-l", "exact match", "response length"], Evaluation(s_examples, 3, 10).Measure(model).Keys);   // one seed has no spread
    }

    [Fact]
    public void A_model_that_ends_at_once_says_nothing_and_one_that_repeats_a_reference_is_right()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        // Whatever it reads, its logits are a constant: the bias of the last norm times the embedding of each token, here that of one token alone.
        void Always(int token)
        {
            using var frozen = no_grad();
            var weights = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            weights["transformer.ln_f.weight"].zero_();
            weights["transformer.ln_f.bias"].fill_(10);
            weights["transformer.wte.weight"].zero_();
            weights["transformer.wte.weight"][token].fill_(10);
        }
        Always(s_tokenizer.EndId!.Value);
        var silent = Evaluation(s_examples).Measure(model);
        Assert.Equal((0.0, 0.25, 0.0), (silent["rouge-l"], silent["exact match"], silent["response length"]));   // the last row's reference is empty

        int x = s_tokenizer.Encode("x").Single();
        Always(x);
        var repeating = Evaluation([new("p", "no") { References = ["no", "xxxxxxxxx"] }, new("q", "XXXXXXXXX!")]).Measure(model);
        Assert.Equal((1.0, 1.0, 9.0, 0.0), (repeating["rouge-l"], repeating["exact match"], repeating["response length"], repeating["rouge-l spread"]));
    }

    [Fact]
    public void Responses_are_kept_a_row_a_line()
    {
        using var model = Model();
        var report = Evaluation(s_examples).Report(model);
        var folder = Directory.CreateTempSubdirectory("kit-responses-");
        try
        {
            var file = Path.Combine(folder.FullName, "responses.jsonl");
            report.Save(file);
            var lines = File.ReadAllLines(file);
            Assert.Equal(s_examples.Length, lines.Length);
            var second = JsonNode.Parse(lines[1])!;
            Assert.Equal("Say:", second["prompt"]!.GetValue<string>());
            Assert.Equal([" hi", " hello there"], second["references"]!.AsArray().Select(r => r!.GetValue<string>()));
            Assert.Equal(report.Seeds.Select(s => (s.Seed, s.Responses[1], s.RougeL[1])),
                second["responses"]!.AsArray().Select(r => (r!["seed"]!.GetValue<int>(), r["text"]!.GetValue<string>(), r["rougeL"]!.GetValue<double>())));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        using var model = Model();
        using var encoder = Tiny.Make<Bert>(Tiny.Bert);
        string Refused(GenerationEvaluation evaluation, LanguageModel of) => Assert.Throws<KitException>(() => evaluation.Measure(of)).Message;
        GenerationEvaluation With(GenerationSettings settings) => new(s_examples, new SampleEncoder(s_tokenizer, 48), s_tokenizer, 2, settings);
        Assert.Contains("writes no text", Refused(With(new()), encoder));
        Assert.Contains("at least one, each once", Refused(With(new() { Seeds = [] }), model));
        Assert.Contains("at least one, each once", Refused(With(new() { Seeds = [1, 1] }), model));
        Assert.Contains("leaves no room", Refused(With(new() { MaxNewTokens = 48 }), model));
        Assert.Contains("no rows", Refused(new([], new SampleEncoder(s_tokenizer, 48), s_tokenizer, 2), model));
    }
}
