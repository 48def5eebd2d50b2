using ResearchKit.Notebooks.Tables;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Runs;
using ResearchKit.Tests.Notebooks.Figures;

namespace ResearchKit.Tests.Notebooks.Tables;

/// <summary>Tables hold the numbers of the runs, over their seeds.</summary>
public sealed class TableTests : IDisposable
{
    private readonly SampleRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void AComparisonHasMeansAndDeviationsOverSeeds()
    {
        var frame = Table.Comparison(Comparison.Of(_runs.All));
        Assert.Equal(["run", "method", "parameters", "seeds", "accuracy", "accuracy sd", "loss", "loss sd"], frame.Columns.Select(c => c.Name));
        Assert.Equal(["teacher", "alone", "distilled"], frame["run"].Cast<string>());
        Assert.Equal(0.82, (double)frame["accuracy"][2], 9);
        Assert.Equal(0.01, (double)frame["accuracy sd"][2], 9);
        Assert.Null(frame["accuracy sd"][0]);   // one seed has no spread
        Assert.Equal(3, frame["seeds"][2]);
    }

    [Fact]
    public void HistoryHasARowForEachStep()
    {
        var frame = Table.History(_runs.All[2]);
        Assert.Equal(20, frame.Rows.Count);
        Assert.Equal(["step", "epoch", "loss", "L_CE", "L_Soft-CE", "learning rate", "tokens/s", "validation accuracy"], frame.Columns.Select(c => c.Name));
        Assert.Equal(0.5, (double)frame["L_Soft-CE"][3], 9);
        Assert.Null(frame["validation accuracy"][3]);
        Assert.Equal(0.11, (double)frame["validation accuracy"][9], 9);
    }

    [Fact]
    public void PerClassCountsRightAnswersAndAgreement()
    {
        var frame = Table.PerClass(SampleRuns.Says("t", [0, 0, 1], [0, 0, 1], teacher: true), SampleRuns.Says("s", [0, 1, 2], [0, 0, 1]));
        Assert.Equal(["animal", "food"], frame["class"].Cast<string>());
        Assert.Equal([1.0, 1.0], frame["t right"].Cast<double>());
        Assert.Equal([0.5, 0.0], frame["s right"].Cast<double>());
        Assert.Equal([0.5, 0.0], frame["agree"].Cast<double>());
    }

    [Fact]
    public void DisagreementsShowTextLabelAndBothAnswers()
    {
        var frame = Table.Disagreements(SampleRuns.Says("t", [0, 0, 1], [0, 0, 1], teacher: true), SampleRuns.Says("s", [0, 1, 2], [0, 0, 1]), count: 1);
        Assert.Single(frame.Rows);
        Assert.Equal("text 1", frame["text"][0]);
        Assert.Equal("food", frame["s says"][0]);
        Assert.True((double)frame["KL (nats)"][0] > 3);   // both are sure: e⁴ to 1
    }

    [Fact]
    public void OursBesideThePaperHasBothNumbersAndTheDeviation()
    {
        var rows = Published.Beside(Published.Glue, Comparison.Of(_runs.All), ("SST-2", "accuracy"));
        var frame = Table.BesidePaper(rows);
        Assert.Equal(["model", "seeds", "SST-2, paper", "SST-2, ours", "SST-2, sd"], frame.Columns.Select(c => c.Name));
        Assert.Equal(["BERT-base (teacher)", "Fine-tuning", "Vanilla KD", "BERT-PKD", "GKD", "GKD-CLS", "GKD-CLS w/ Dropout", "alone", "distilled"], frame["model"].Cast<string>());
        Assert.Equal((0.937, 0.91), (Math.Round((double)frame["SST-2, paper"][0], 9), Math.Round((double)frame["SST-2, ours"][0], 9)));
        Assert.Null(frame["SST-2, ours"][1]);
        Assert.Null(frame["SST-2, paper"][8]);
        Assert.Equal((0.82, 0.01), (Math.Round((double)frame["SST-2, ours"][8], 9), Math.Round((double)frame["SST-2, sd"][8], 9)));
    }

    [Fact]
    public void APublishedTableIsShownAsPrinted()
    {
        var frame = Table.Published(Published.Bias);
        Assert.Equal(["model", "E", "h1", "h2", "h3", "h4", "h5"], frame.Columns.Select(c => c.Name));
        Assert.Equal(0.84, frame["E"][0]);
        Assert.Equal(93.7, Table.Published(Published.Glue)["SST-2"][0]);
    }
}
