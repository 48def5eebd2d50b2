using System.Text.Json;
using ResearchKit.Data.Tasks;

namespace ResearchKit.Evaluation;

/// <summary>What a model answers to a question.</summary>
/// <param name="Text">The best stretch of the text; empty where the text has no tokens.</param>
/// <param name="Score">Sum of its two logits.</param>
/// <param name="NullScore">Sum of the two logits of "not here", of the window where it is least.</param>
public sealed record SpanAnswer(string Text, double Score, double NullScore)
{
    /// <summary>How much more "no answer" scores than the answer.</summary>
    public double Lead => NullScore - Score;
}

/// <summary>A model's answers to the questions of a split, in its order, and how good they are.</summary>
/// <param name="Examples">The questions.</param>
/// <param name="Answers">The answers.</param>
/// <param name="Loss">Mean cross entropy of the answers' first and last tokens over all rows, in nats.</param>
/// <param name="MayBeMissing">Whether the model is believed where "no answer" scores more than its answer.</param>
public sealed record SpanReport(IReadOnlyList<SpanExample> Examples, IReadOnlyList<SpanAnswer> Answers, double Loss, bool MayBeMissing)
{
    // A line is read by people too: no escapes but those that JSON needs.
    private static readonly JsonSerializerOptions s_line = new(SettingsBinder.Json) { WriteIndented = false };

    /// <summary>What is said of each question; empty for "there is none".</summary>
    public IReadOnlyList<string> Given { get; } = [.. Answers.Select(a => MayBeMissing && a.Lead > 0 ? "" : a.Text)];

    /// <summary><c>exact match</c>, <c>f1</c> (shares, 0 to 1: <see cref="SquadMetrics"/>) and <c>loss</c>; where an answer may be missing also <c>has-answer f1</c> and
    /// <c>no-answer f1</c>, of the questions that have one and of the others, and what the best thresholds on <see cref="SpanAnswer.Lead"/> would give: <c>best exact
    /// match</c>, <c>best f1</c> and the <c>threshold</c> of the latter.</summary>
    public IReadOnlyDictionary<string, double> Metrics
    {
        get
        {
            double[] exact = Scores(SquadMetrics.ExactMatch, Given), f1 = Scores(SquadMetrics.F1, Given);
            var metrics = new Dictionary<string, double> { ["exact match"] = exact.Average(), ["f1"] = f1.Average(), ["loss"] = Loss };
            if (!MayBeMissing) return metrics;
            double[] has = [.. f1.Where((_, i) => Examples[i].References.Count > 0)], none = [.. f1.Where((_, i) => Examples[i].References.Count == 0)];
            if (has.Length > 0) metrics["has-answer f1"] = has.Average();
            if (none.Length > 0) metrics["no-answer f1"] = none.Average();
            string[] texts = [.. Answers.Select(a => a.Text)], nothing = [.. Answers.Select(_ => "")];
            double[] leads = [.. Answers.Select(a => a.Lead)];
            metrics["best exact match"] = NoAnswerThreshold.Best(leads, Scores(SquadMetrics.ExactMatch, texts), Scores(SquadMetrics.ExactMatch, nothing)).Score;
            (metrics["best f1"], metrics["threshold"]) = NoAnswerThreshold.Best(leads, Scores(SquadMetrics.F1, texts), Scores(SquadMetrics.F1, nothing));
            return metrics;
        }
    }

    /// <summary>Writes a line of JSON for each question: <c>id</c> where it has one, <c>question</c>, <c>references</c>, <c>answer</c>, <c>exact</c>, <c>f1</c>, and <c>lead</c>
    /// of "no answer" where one may be missing.</summary>
    /// <exception cref="KitException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        for (int i = 0; i < Examples.Count; i++)
        {
            JsonSerializer.Serialize(stream, new
            {
                Examples[i].Id,
                Examples[i].Question,
                Examples[i].References,
                Answer = Given[i],
                Exact = SquadMetrics.ExactMatch(Given[i], Examples[i].References) > 0,
                F1 = SquadMetrics.F1(Given[i], Examples[i].References),
                Lead = MayBeMissing ? Answers[i].Lead : (double?)null,
            }, s_line);
            stream.WriteByte((byte)'\n');
        }
    });

    private double[] Scores(Func<string, IReadOnlyList<string>, double> measure, IReadOnlyList<string> given) => [.. given.Select((text, i) => measure(text, Examples[i].References))];
}
