using ResearchKit.Data.Squad;
using ResearchKit.Data.Tasks;
using Xunit;

namespace ResearchKit.Tests.Data.Squad;

/// <summary>The form of SQuAD's files, read whole, and what is said of bad ones.</summary>
public sealed class SquadFileTests : IDisposable
{
    private readonly SquadFolder _squad = new();

    public void Dispose() => _squad.Dispose();

    [Fact]
    public void Places_in_code_points_become_places_in_chars()
    {
        // An accent of its own, two pairs of surrogates, a doubled blank, a tab and a line feed before the answers.
        const string text = "Caf\u0065\u0301  😀 and 𝒜\tnaïve\nsmile, says the 👩‍👩 crowd.";
        foreach (var (answer, point) in ((string, int)[])[("😀", 8), ("𝒜", 14), ("naïve", 16), ("smile", 22), ("👩‍👩 crowd", 38), ("Caf\u0065\u0301", 0)])
        {
            _squad.Write("1.1", "dev", SquadFolder.Article("t", text, ("q", "where?", point, [answer, "another way to say it"])));
            var example = Assert.Single(Assert.Single(SquadFile.Read(_squad.File("1.1", "dev"), mayBeMissing: false)).Questions);
            Assert.Equal(answer, example.Text.Substring(example.AnswerStart, answer.Length));
            Assert.Equal(text.IndexOf(answer, StringComparison.Ordinal), example.AnswerStart);
            Assert.Equal(("q", "where?", answer), (example.Id, example.Question, example.Answer));
            Assert.Equal([answer, "another way to say it"], example.References);
        }
    }

    [Fact]
    public void An_answer_beside_its_place_is_taken_from_where_it_stands_and_one_further_off_is_refused()
    {
        SpanExample Read(int start)
        {
            _squad.Write("1.1", "dev", SquadFolder.Article("t", "a bird is a bird", ("q", "what?", start, ["bird"])));
            return SquadFile.Read(_squad.File("1.1", "dev"), mayBeMissing: false)[0].Questions[0];
        }
        Assert.All([0, 1, 2, 3, 4], start => Assert.Equal(2, Read(start).AnswerStart));
        Assert.All([10, 12, 14], start => Assert.Equal(12, Read(start).AnswerStart));
        var said = Assert.Throws<KitException>(() => Read(7)).Message;
        Assert.Contains("article 1 ('t'), paragraph 1, question 1 (id q): expected the answer 'bird' at character 7 of its text", said);
        Assert.Contains("dev-v1.1.json", said);
    }

    [Fact]
    public void Version_2_has_questions_without_an_answer()
    {
        _squad.Write("2.0", "dev", SquadFolder.Article("t", "a bird", ("yes", "what?", 2, ["bird"]), ("no", "why?", -1, [])));
        var questions = SquadFile.Read(_squad.File("2.0", "dev"), mayBeMissing: true)[0].Questions;
        Assert.Equal(["bird", ""], questions.Select(q => q.Answer));
        Assert.Equal([1, 0], questions.Select(q => q.References.Count));
        Assert.Contains("(id no): expected a question with an answer, as version 1.1 has them", Assert.Throws<KitException>(() => SquadFile.Read(_squad.File("2.0", "dev"), mayBeMissing: false)).Message);
    }

    [Theory]
    [InlineData("[]", "line 1: expected an object in braces")]
    [InlineData("{\"data\":[", "expected JSON")]
    [InlineData("{\"version\":\"1.1\"}", "its beginning: expected a list 'data'")]
    [InlineData("""{"data":[{"paragraphs":[]}]}""", "article 1: expected a text 'title'")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[]}]}""", "holds no questions")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"qas":[]}]}]}""", "article 1 ('t'), paragraph 1: expected a text 'context'")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"context":"c","qas":[{"question":"q"}]}]}]}""", "question 1: expected a number or a text 'id'")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"context":"c","qas":[{"id":"1","question":"q","answers":[]}]}]}]}""", "question 1 (id 1): expected at least one answer")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"context":"c","qas":[{"id":"1","question":"q","answers":[{"text":"c"}]}]}]}]}""", "expected a whole number 'answer_start'")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"context":"c","qas":[{"id":"1","question":"q","answers":[{"text":"c","answer_start":-1}]}]}]}]}""", "expected a whole number 'answer_start' of 0 or more")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"context":"c","qas":[{"id":"1","question":"q","is_impossible":1,"answers":[]}]}]}]}""", "expected true or false as 'is_impossible'")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"context":"c","qas":[{"id":"1","question":"q","answers":[{"text":"","answer_start":0}]}]}]}]}""", "expected answers that are not empty")]
    [InlineData("""{"data":[{"title":"t","paragraphs":[{"context":"c","qas":[{"id":"1","question":"q","answers":[{"text":"c","answer_start":0}]},{"id":"1","question":"q","answers":[{"text":"c","answer_start":0}]}]}]}]}""", "question 2: expected an id of its own, found '1' again")]
    public void What_is_wrong_is_told_with_its_place(string json, string expected)
    {
        _squad.WriteText("1.1", "dev", json);
        var said = Assert.Throws<KitException>(() => SquadFile.Read(_squad.File("1.1", "dev"), mayBeMissing: false)).Message;
        Assert.Contains(expected, said);
        Assert.Contains("dev-v1.1.json", said);
    }

    [Fact]
    public void Whole_articles_are_held_out_for_validation()
    {
        _squad.WithBirds(articles: 40);
        var task = SquadTask.Open("squad", _squad.Root);
        string[] Texts(Split split) => [.. task.Examples(split).Cast<SpanExample>().Select(e => e.Text.Split('.')[0]).Distinct()];
        string[] train = Texts(Split.Train), validation = Texts(Split.Validation);
        Assert.Equal((38, 2), (train.Length, validation.Length));
        Assert.Empty(train.Intersect(validation));
        Assert.Equal(validation, Texts(Split.Validation));
        Assert.NotEmpty(task.Examples(Split.Test));
        Assert.Equal((TaskKind.Span, false, true), (task.Kind, task.Spans.MayBeMissing, SquadTask.Open("squad2", _squad.Root).Spans.MayBeMissing));

        _squad.Write("1.1", "train", SquadFolder.Article("only", "a bird", ("q", "what?", 2, ["bird"])));
        Assert.Contains("one article", Assert.Throws<KitException>(() => SquadTask.Open("squad", _squad.Root).Examples(Split.Train)).Message);
        var missing = Assert.Throws<KitException>(() => SquadTask.Open("squad2", "/nowhere").Examples(Split.Test)).Message;
        Assert.Contains("'squad2' needs dev-v2.0.json in /nowhere/squad, and there is no such folder. Fetch it with ./kit data get squad2", missing);
    }
}
