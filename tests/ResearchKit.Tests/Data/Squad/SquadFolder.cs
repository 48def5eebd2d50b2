using System.Text.Json.Nodes;

namespace ResearchKit.Tests.Data.Squad;

/// <summary>A folder of data with invented questions in the form of SQuAD's official files.</summary>
internal sealed class SquadFolder : IDisposable
{
    /// <summary>The folder that <c>KIT_DATA</c> would name.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("kit-squad-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string File(string version, string part) => Path.Combine(Root, "squad", $"{part}-v{version}.json");

    /// <summary>An article of one paragraph; a question without answers is an impossible one.</summary>
    public static JsonObject Article(string title, string text, params (string Id, string Question, int Start, string[] Answers)[] questions) => new()
    {
        ["title"] = title,
        ["paragraphs"] = new JsonArray(new JsonObject
        {
            ["context"] = text,
            ["qas"] = new JsonArray([.. questions.Select(q =>
            {
                var question = new JsonObject
                {
                    ["id"] = q.Id,
                    ["question"] = q.Question,
                    ["answers"] = new JsonArray([.. q.Answers.Select(a => new JsonObject { ["text"] = a, ["answer_start"] = q.Start })]),
                };
                if (q.Answers.Length == 0) question["is_impossible"] = true;
                return question;
            })]),
        }),
    };

    public SquadFolder Write(string version, string part, params JsonObject[] articles) =>
        WriteText(version, part, new JsonObject { ["version"] = version, ["data"] = new JsonArray([.. articles]) }.ToJsonString());

    public SquadFolder WriteText(string version, string part, string json)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(version, part))!);
        System.IO.File.WriteAllText(File(version, part), json);
        return this;
    }

    /// <summary>Both versions, with questions that a small model can learn: what lives in the tree; of version 2.0 a third of the texts do not say.</summary>
    public SquadFolder WithBirds(int articles = 30, int test = 9)
    {
        string[] birds = ["owl", "tit", "jay", "wren"], fillers = ["the sky is blue", "it rains today", "we drink tea"];
        foreach (var (version, missing) in new[] { ("1.1", false), ("2.0", true) })
        {
            JsonObject Of(int i)
            {
                bool says = !missing || i % 3 > 0;
                string bird = birds[i % 4], filler = fillers[i / 4 % 3], text = i % 2 == 0 ? $"Day {i}. " : $"Day {i}. {filler}. ";
                int start = text.Length + "in the tree lives an ".Length;
                text += says ? $"in the tree lives an {bird}." : $"in the tree is no one.";
                return Article($"Day {i}", text, ($"{version}-{i}", "what lives in the tree?", start, says ? [bird, $"an {bird}"] : []));
            }
            Write(version, "train", [.. Enumerable.Range(0, articles).Select(Of)]).Write(version, "dev", [.. Enumerable.Range(1000, test).Select(Of)]);
        }
        return this;
    }
}
