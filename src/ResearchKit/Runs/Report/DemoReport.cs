using System.Globalization;
using ResearchKit.Training;

namespace ResearchKit.Runs.Report;

/// <summary>The page that tells what a demonstration compared and what came of it.</summary>
public static class DemoReport
{
    /// <summary>Makes the page from the run folders.</summary>
    public static Page Of(DemoOutcome outcome, DemoSettings settings, IReadOnlyList<RunFolder> topic, IReadOnlyList<RunFolder> define)
    {
        var first = outcome.Topic.Groups[0].Runs[0];
        var page = new Page("Did distillation pay?")
            .Text($"A teacher learns a task from WordNet's English definitions. A small student then learns the same task twice: once from the labels alone, "
                + $"once from the teacher as well. Between those two all else is equal: data, tokens, shape, steps, rates, seeds. {Kept(outcome, settings)}");
        page.Heading("Which topic does a definition belong to?")
            .Text("26 noun categories, from acts and animals to substances and times; the model reads the definition alone. Accuracy is the share of the test split it gets right, "
                + "label loyalty the share where it says what the teacher says.")
            .Add(outcome.Topic).Text(Verdict(outcome.Topic, "topic-kd", "topic-student", "accuracy", higherIsBetter: true))
            .Figure(Curves(topic, "accuracy", "validation accuracy", "P0"), "Accuracy on the validation split as training goes on; the first seed of each.");
        page.Heading("What does a word mean?")
            .Text("The model is asked for the definition of a word and writes it. Loss is the mean negative log-likelihood of a definition's tokens on the test split, in nats: less is better. "
                + "Teacher agreement is the share of positions where student and teacher would write the same token.")
            .Add(outcome.Define).Text(Verdict(outcome.Define, "define-fkl", "define-student", "loss", higherIsBetter: false))
            .Figure(Curves(define, "loss", "validation loss (nats)", "G3"), "Loss on the validation split as training goes on; the first seed of each.");
        if (outcome.Samples.Count > 0)
            page.Heading("Words that no model saw defined")
                .Text("Greedy answers. They are small models after minutes of training: look at the kind of thing they say, not at the truth of it.")
                .Table(["word", "WordNet", .. outcome.Samples[0].Answers.Keys],
                    [.. outcome.Samples.Select(s => (IReadOnlyList<string>)[s.Word, s.Definition, .. s.Answers.Values])]);
        return page.Heading("How this was made")
            .Text($"On {first.Device}, in {outcome.Seconds:F0} seconds. Definitions are from WordNet 3.0, © Princeton University, used under its licence. Each run stands in its own folder beside this page, "
                + "with its whole recipe (config.json), every training step (metrics.jsonl), its results (results.json) and its model (a Hugging Face folder).")
            .Code(string.Join('\n', topic.Concat(define).Select(f => f.Results().Command)));
    }

    /// <summary>Adds a comparison's table.</summary>
    public static Page Add(this Page page, Comparison comparison)
    {
        var table = ComparisonTable.Of(comparison);
        return page.Table(table.Header, table.Rows);
    }

    /// <summary>What a comparison says of two of its rows, in a sentence that claims no more than the seeds carry.</summary>
    public static string Verdict(Comparison comparison, string distilled, string alone, string metric, bool higherIsBetter)
    {
        var (a, b) = (comparison.Groups.First(g => g.Name == distilled), comparison.Groups.First(g => g.Name == alone));
        var test = Comparison.Test(a, b, metric);
        if (test is null) return "The two share no seed, so they are not compared.";
        bool better = higherIsBetter ? test.Difference > 0 : test.Difference < 0;
        bool share = metric is "accuracy";
        var amount = share ? $"{Math.Abs(test.Difference) * 100:F1} points of {metric}" : $"{Math.Abs(test.Difference):F3} nats of {metric}";
        var claim = $"The distilled student is {(better ? "ahead" : "behind")} by {amount}";
        int seeds = Math.Min(a.Runs.Count, b.Runs.Count);
        return seeds < 2
            ? FormattableString.Invariant($"{claim} on one seed, which says nothing of chance: run it over more (--seeds 3).")
            : string.Create(CultureInfo.InvariantCulture, $"{claim} over {seeds} seeds (paired t-test: p = {test.PValue:G2}).");
    }

    private static string Kept(DemoOutcome outcome, DemoSettings settings) => settings.Quick
        ? "This was the quick demonstration, on a fraction of the data: it shows that everything works, not what distillation gains."
        : string.Create(CultureInfo.InvariantCulture, $"The student of topics has {Share(outcome.Topic, r => r.Parameters)} % of its teacher's parameters and learns from {Share(outcome.Topic, r => r.TrainingRows)} % of the "
            + $"definitions that the teacher learned from; that of definitions has {Share(outcome.Define, r => r.Parameters)} % of the parameters.");

    private static string Share(Comparison comparison, Func<RunResults, long> of) =>
        (of(comparison.Groups[1].Runs[0]) * 100.0 / of(comparison.Groups[0].Runs[0])).ToString("F0", CultureInfo.InvariantCulture);

    private static string Curves(IReadOnlyList<RunFolder> runs, string metric, string title, string format) =>
        SvgChart.Lines([.. runs.DistinctBy(f => f.Results().Name).Select((f, i) => new Series(f.Results().Name, SvgChart.Palette[i],
            [.. MetricsLog.Read(f.MetricsFile).Where(s => s.Evaluation?.ContainsKey(metric) == true).Select(s => (s.Epoch, s.Evaluation![metric]))]))],
            "epochs", title, format);
}
