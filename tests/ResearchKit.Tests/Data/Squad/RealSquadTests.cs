using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Squad;
using ResearchKit.Data.Tasks;
using ResearchKit.Tests.Cli;
using ResearchKit.Text;
using Xunit;
using Xunit.Abstractions;

namespace ResearchKit.Tests.Data.Squad;

/// <summary>The published files, where they are: as many questions as were published, and every answer where its file says.</summary>
public class RealSquadTests(ITestOutputHelper output)
{
    private static readonly JsonNode s_card = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "datasets", "squad.json")))!;

    [SkippableTheory]
    [InlineData("squad", Split.Test)]
    [InlineData("squad", Split.Train)]
    [InlineData("squad2", Split.Test)]
    [InlineData("squad2", Split.Train)]
    public void The_examples_are_those_of_the_card(string task, Split split)
    {
        string file = Path.Combine(DataFolder.Path, "squad", $"{(split == Split.Test ? "dev" : "train")}-v{(task == "squad2" ? "2.0" : "1.1")}.json");
        Skip.IfNot(File.Exists(file), $"There is no {file}: ./kit data get {task}, or KIT_DATA=/path/to/data");
        var squad = SquadTask.Open(task);
        var examples = squad.Examples(split).Concat(split == Split.Train ? squad.Examples(Split.Validation) : []).Cast<SpanExample>().ToList();
        int published = s_card["tasks"]![task]!["questions"]![split == Split.Test ? "test" : "train and validation"]!.GetValue<int>();
        Skip.If(examples.Count == 1190 && published != 1190, $"{file} is XQuAD's");
        Assert.Equal(published, examples.Count);
        Assert.All(examples.Where(e => e.Answer.Length > 0), e => Assert.Equal(e.Answer, e.Text.Substring(e.AnswerStart, e.Answer.Length)));
    }

    /// <summary>Set KIT_SQUAD to a file in the form of version 1.1, XQuAD's for instance.</summary>
    [SkippableFact]
    public void Every_place_of_a_real_file_is_the_char_that_a_count_of_code_points_leads_to()
    {
        string file = Environment.GetEnvironmentVariable("KIT_SQUAD") is { Length: > 0 } named ? named : Path.Combine(DataFolder.Path, "squad-like", "xquad", "xquad.en.json");
        Skip.IfNot(File.Exists(file), $"KIT_SQUAD names no file of questions in the form of SQuAD v1.1, and there is no {file}.");
        var questions = SquadFile.Read(file, mayBeMissing: false).SelectMany(a => a.Questions).ToDictionary(q => q.Id!);
        int count = 0, beyond = 0;
        foreach (var paragraph in JsonNode.Parse(File.ReadAllText(file))!["data"]!.AsArray().SelectMany(a => a!["paragraphs"]!.AsArray()))
            foreach (var node in paragraph!["qas"]!.AsArray())
            {
                var question = questions[node!["id"]!.GetValue<string>()];
                // Counted anew, a rune after the other.
                int start = paragraph["context"]!.GetValue<string>().EnumerateRunes().Take(node["answers"]![0]!["answer_start"]!.GetValue<int>()).Sum(r => r.Utf16SequenceLength);
                Assert.Equal(start, question.AnswerStart);
                Assert.Equal(question.Answer, question.Text.Substring(start, question.Answer.Length));
                Assert.Equal(node["answers"]!.AsArray().Select(a => a!["text"]!.GetValue<string>()), question.References);
                count++;
                if (question.Text.Any(char.IsSurrogate)) beyond++;
            }
        Assert.Equal(questions.Count, count);
        output.WriteLine($"{count} questions, {beyond} of texts with characters beyond the basic plane.");

        // And from the tokens of every window back to the chars.
        var tokenizer = WordPieceTrainer.Train(questions.Values.Select(q => q.Text).Distinct(), 2000);
        int rows = 0, exact = 0;
        foreach (var question in questions.Values)
        {
            var windows = new SpanEncoder(tokenizer, 160, 48).Encode(question);
            rows += windows.Count;
            foreach (var window in windows.Where(w => w.HasAnswer))
            {
                var place = window.Place(window.Start, window.End)!.Value;
                Assert.True(place.Start <= question.AnswerStart && place.End >= question.AnswerStart + question.Answer.Length, $"{question}: {place}");
            }
            if (windows.FirstOrDefault(w => w.HasAnswer) is { } has && has.Place(has.Start, has.End)!.Value.Of(question.Text) == question.Answer) exact++;
        }
        output.WriteLine($"{rows} rows; {exact} answers come back to the char.");
        Assert.True(exact > 0.97 * count);   // the rest are parts of a word that is one token
    }

    [Fact]
    public void The_card_names_every_task_and_its_files()
    {
        Assert.Equal(SquadTask.Names, s_card["tasks"]!.AsObject().Select(t => t.Key));
        foreach (var task in SquadTask.Names)
        {
            var card = DataCard.Squad(task);
            Assert.Equal(2, card.Files.Count);
            Assert.Equal(card.Files, card.Sources.Select(s => s.File.Name));
            Assert.All(card.Sources, s => Assert.True(s.File.IsVerifiable && !s.IsArchive));
        }
    }
}
