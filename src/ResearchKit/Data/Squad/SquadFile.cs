using ResearchKit.Data.Instructions;
using ResearchKit.Data.Tasks;
using ResearchKit.Text;

namespace ResearchKit.Data.Squad;

/// <summary>An article of SQuAD with the questions asked about its paragraphs.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Questions">In the order of the file.</param>
internal sealed record SquadArticle(string Title, IReadOnlyList<SpanExample> Questions);

/// <summary>
/// Reads files in the form of SQuAD 1.1 and 2.0 (Rajpurkar et al., arXiv 1606.05250 and 1806.03822), in which XQuAD comes too: articles of paragraphs of
/// questions, each with the answers of several people. Whatever is wrong is told with article, paragraph and question.
/// </summary>
/// <remarks>The first answer is the one to learn, all are right ones. Files count code points, examples chars. An answer that stands a code point or two beside the place
/// that its file tells is taken from where it stands.</remarks>
internal static class SquadFile
{
    /// <summary>Code points that a file's place of an answer may be off by.</summary>
    private const int Tolerance = 2;

    /// <summary>The articles of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mayBeMissing">Whether a question may have no answer, as in version 2.0.</param>
    /// <exception cref="KitException">The file cannot be read or is malformed, holds no questions, or an answer does not stand in its text.</exception>
    public static IReadOnlyList<SquadArticle> Read(string file, bool mayBeMissing)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        List<SquadArticle> articles = [];
        foreach (var article in At(JsonRow.Whole(file) with { Place = "its beginning" }, "data", ""))
        {
            var title = article.Text("title");
            List<SpanExample> questions = [];
            foreach (var paragraph in At(article, "paragraphs", $"article {articles.Count + 1} ('{title}'), "))
            {
                var text = paragraph.Text("context");
                var places = new CodePoints(text);
                foreach (var question in At(paragraph, "qas", paragraph.Place + ", "))
                {
                    var id = question.Identity("id");
                    if (!ids.Add(id)) throw question.Wrong($"an id of its own, found '{id}' again");
                    questions.Add(Question(question with { Place = $"{question.Place} (id {id})" }, text, places, mayBeMissing) with { Id = id });
                }
            }
            articles.Add(new(title, questions));
        }
        return articles.Any(a => a.Questions.Count > 0) ? articles : throw new KitException($"{file} holds no questions.");
    }

    private static SpanExample Question(JsonRow row, string text, CodePoints places, bool mayBeMissing)
    {
        var asked = row.Text("question");
        bool impossible = row.Flag("is_impossible");
        if (impossible && !mayBeMissing) throw row.Wrong("a question with an answer, as version 1.1 has them; this is of version 2.0, whose task is squad2");
        if (impossible) return new(asked, text, 0, "") { References = [] };
        List<(int Start, string Text)> answers = [.. row.Items("answers").Select(a => (a.Count("answer_start"), a.Text("text")))];
        if (answers.Count == 0) throw row.Wrong(mayBeMissing ? "at least one answer, or is_impossible" : "at least one answer");
        if (answers.FirstOrDefault(a => a.Text.Length == 0) is { Text: "" }) throw row.Wrong("answers that are not empty");
        return new(asked, text, Find(row, text, places, answers[0].Start, answers[0].Text), answers[0].Text) { References = [.. answers.Select(a => a.Text)] };
    }

    // The char where an answer begins.
    private static int Find(JsonRow row, string text, CodePoints places, int told, string answer)
    {
        foreach (int off in Enumerable.Range(0, 2 * Tolerance + 1).Select(i => i % 2 == 0 ? -i / 2 : (i + 1) / 2))
            if (told + off is >= 0 and var point && point < places.Count && places.ToChar(point) is var at && string.CompareOrdinal(text, at, answer, 0, answer.Length) == 0)
                return at;
        throw row.Wrong($"the answer '{(answer.Length <= 80 ? answer : answer[..77] + "...")}' at character {told} of its text (answer_start, counted in code points from 0)");
    }

    // The objects of a list, each of which knows its place.
    private static IEnumerable<JsonRow> At(JsonRow row, string key, string before) =>
        row.Items(key).Select((item, i) => item with { Place = $"{before}{key switch { "data" => "article", "paragraphs" => "paragraph", _ => "question" }} {i + 1}" });
}
