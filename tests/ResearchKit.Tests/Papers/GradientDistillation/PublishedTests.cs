using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Runs;

namespace ResearchKit.Tests.Papers.GradientDistillation;

public sealed class PublishedTests
{
    [Fact]
    public void EveryRowHasEveryColumn()
    {
        Assert.Equal(["table 1", "table 2", "table 3", "table 4"], Published.Tables.Select(t => t.Number));
        Assert.All(Published.Tables, t => Assert.All(t.Rows, r => Assert.Equal(t.Columns.Count, r.Values.Count)));
    }

    [Fact]
    public void AveragesAreThoseOfTheFiveColumnsBefore()
    {
        foreach (var row in Published.Glue.Rows.Concat(Published.DistilBert.Rows))
            Assert.True(Math.Abs(row.Values.Take(5).Average() - row.Values[5]) <= 0.0501, $"{row.Name}: {row.Values.Take(5).Average()} and {row.Values[5]}");
    }

    [Fact]
    public void NumbersAreFoundByThePapersNameAndByTheRecipes()
    {
        Assert.Equal(0.930, Published.Glue.Value("GKD-CLS", "SST-2")!.Value, 12);
        Assert.Equal(0.535, Published.Loyalty.Value("gradkd-cls", "SST-2 SL")!.Value, 12);
        Assert.Equal(0.84, Published.Bias.Value("gradkd-cls", "E")!.Value, 12);
        Assert.Null(Published.Glue.Value("kd-frozen", "SST-2"));
        Assert.Null(Published.Glue.Value("kd", "CoLA"));
    }

    [Fact]
    public void OursStandBesideThePapersAndTheControlsBelow()
    {
        var ours = Comparison.OfResults([Result("gradkd", 1, 0.5), Result("gradkd", 2, 0.7), Result("kd-frozen", 1, 0.3), Result("kd", 1, 0.4)]);
        var rows = Published.Beside(Published.Loyalty, ours, ("SST-2 SL", "saliency loyalty"), ("SST-2 LL", "label loyalty"));
        Assert.Equal(["Vanilla KD", "BERT-PKD", "GKD", "GKD-CLS", "kd-frozen"], rows.Select(r => r.Name));
        Assert.Equal([1, 0, 2, 0, 1], rows.Select(r => r.Seeds));
        Assert.Equal(["SST-2 SL", "SST-2 LL"], rows[2].Cells.Select(c => c.Column));
        Assert.Equal((0.497, 0.6, 2), (Math.Round(rows[2].Cells[0].Paper!.Value, 12), Math.Round(rows[2].Cells[0].Ours!.Mean, 12), rows[2].Cells[0].Ours!.Count));
        Assert.Null(rows[1].Cells[0].Ours);
        Assert.Null(rows[4].Cells[0].Paper);
        Assert.Contains("has no column 'SST-2'; it has SST-2 PL", Assert.Throws<KitException>(() => Published.Beside(Published.Loyalty, ours, ("SST-2", "accuracy"))).Message);
        Assert.Contains("No run has the metric 'f1'; there are saliency loyalty, label loyalty", Assert.Throws<KitException>(() => Published.Beside(Published.Loyalty, ours, ("SST-2 SL", "f1"))).Message);
    }

    [Fact]
    public void OurBiasStandsBesideTableFour()
    {
        var report = new DropoutBiasReport(new(), 10, [new("E", 0, 0.8, 0.1, 0.85, 100), new("h1", 1, 0.9, 0.1, 0.95, 10)], new("E", 0, 0.7, 0.1, 0.75, 10));
        var row = Published.Beside(("ours", report)).Single();
        Assert.Equal(["E", "h1", "h2", "h3", "h4", "h5", "E, whole sentences"], row.Cells.Select(c => c.Column));
        Assert.Equal([0.8, 0.9, null, null, null, null, 0.7], row.Cells.Select(c => c.Ours?.Mean));
        Assert.Equal([0.84, 0.89, 0.90, 0.91, 0.91, 0.91, 0.84], row.Cells.Select(c => c.Paper!.Value));
    }

    private static RunResults Result(string name, int seed, double loyalty) => new()
    {
        Name = name, Method = name, Task = "sst2", Split = "test", Metrics = new() { ["saliency loyalty"] = loyalty, ["label loyalty"] = 0.9 }, Parameters = 1, TeacherParameters = 2, Seed = seed,
        TrainingRows = 1, Steps = 1, TrainingSeconds = 1, TokensPerSecond = 1, Device = "cpu", Command = "./kit train",
    };
}
