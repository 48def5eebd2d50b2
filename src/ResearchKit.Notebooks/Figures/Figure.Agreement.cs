using ResearchKit.Evaluation;
using ResearchKit.Runs;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Notebooks.Figures;

// Where student and teacher, or a model and the labels, say the same.
public static partial class Figure
{
    /// <summary>Where two classifiers part: rows are the teacher's answers, columns the student's, cells count the rows of the split.</summary>
    /// <param name="teacher">Predictions of the one.</param>
    /// <param name="student">Predictions of the other, on the same rows.</param>
    /// <param name="classes">So many classes are shown: those they part on most.</param>
    /// <exception cref="KitException">They judged different rows, or agree on all of them.</exception>
    public static GenericChart Disagreement(RunPredictions teacher, RunPredictions student, int classes = 12)
    {
        const string title = "Where student and teacher disagree";
        teacher.RequireSameRows(student);
        var counts = Counts(teacher.Classes, student.Classes, teacher.Labels.Count);
        var all = Enumerable.Range(0, teacher.Labels.Count).ToList();
        var parting = all.Select(c => (Class: c, Count: all.Where(d => d != c).Sum(d => counts[c, d] + counts[d, c])))
            .Where(c => c.Count > 0).OrderByDescending(c => c.Count).Take(classes).Select(c => c.Class).Order().ToList();
        Require(parting.Count > 0, title, $"'{student.Name}' and '{teacher.Name}' agree on all {student.Classes.Length} rows");
        var shown = parting.Select(c => (IReadOnlyList<double>)[.. parting.Select(d => c == d ? double.NaN : counts[c, d])]).ToList();
        string[] names = [.. parting.Select(c => teacher.Labels[c])];
        double loyalty = Agreement.LabelLoyalty(student.Predictions, teacher.Predictions);
        return Heatmap(shown, names, names, title,
            $"Rows of the {student.Split} split by what each says; agreement is left out. They agree on {100 * loyalty:0.0} % of {student.Classes.Length} rows"
                + (parting.Count < teacher.Labels.Count ? $"; shown are the {parting.Count} classes they part on most." : "."),
            $"{Style.Plain(teacher.Name)} says", $"{Style.Plain(student.Name)} says", "rows", "0");
    }

    /// <summary>A classifier's answers against the labels: rows are the true classes and add up to 100 %.</summary>
    /// <param name="predictions">What it said.</param>
    /// <param name="classes">So many classes are shown: the most frequent.</param>
    /// <exception cref="KitException">There are no rows.</exception>
    public static GenericChart Confusion(RunPredictions predictions, int classes = 12)
    {
        int all = predictions.Labels.Count;
        var counts = Counts(predictions.Expected, predictions.Classes, all);
        double Total(int c) => Enumerable.Range(0, all).Sum(d => counts[c, d]);
        var shown = Enumerable.Range(0, all).Where(c => Total(c) > 0).OrderByDescending(Total).Take(classes).Order().ToList();
        string[] names = [.. shown.Select(c => predictions.Labels[c])];
        return Heatmap([.. shown.Select(c => (IReadOnlyList<double>)[.. shown.Select(d => 100 * counts[c, d] / Total(c))])], names, names,
            $"What {predictions.Name} takes for what", $"Each row is one true class of the {predictions.Split} split; the diagonal is right."
                + (shown.Count < all ? $" Shown are the {shown.Count} most frequent classes." : ""),
            "true class", "answer", "share of the class (%)", "0");
    }

    /// <summary>Accuracy of teacher and student and their agreement, class by class, from the class they part on most.</summary>
    /// <param name="teacher">Predictions of the one.</param>
    /// <param name="student">Predictions of the other, on the same rows.</param>
    /// <param name="classes">So many classes are shown: the most frequent.</param>
    /// <exception cref="KitException">They judged different rows.</exception>
    public static GenericChart ClassAgreement(RunPredictions teacher, RunPredictions student, int classes = 12)
    {
        teacher.RequireSameRows(student);
        var rows = Enumerable.Range(0, teacher.Expected.Length).GroupBy(i => teacher.Expected[i]).OrderByDescending(g => g.Count()).Take(classes).Select(g => g.ToList())
            .Select(g => (Name: teacher.Labels[teacher.Expected[g[0]]], Teacher: Share(g, i => teacher.Classes[i] == teacher.Expected[i]),
                Student: Share(g, i => student.Classes[i] == student.Expected[i]), Both: Share(g, i => teacher.Classes[i] == student.Classes[i])))
            .OrderBy(r => r.Both).ToList();
        string[] columns = [$"{teacher.Name} right", $"{student.Name} right", "they agree"];
        return Heatmap([.. rows.Select(r => (IReadOnlyList<double>)[r.Teacher, r.Student, r.Both])], [.. rows.Select(r => r.Name)], columns,
            "Class by class", $"Shares of each class's rows of the {student.Split} split; classes where they agree least stand on top.", "true class", "", "share (%)", "0");

        static double Share(IReadOnlyCollection<int> rows, Func<int, bool> holds) => 100.0 * rows.Count(holds) / rows.Count;
    }

    private static double[,] Counts(IReadOnlyList<int> rows, IReadOnlyList<int> columns, int classes)
    {
        var counts = new double[classes, classes];
        for (int i = 0; i < rows.Count; i++) counts[rows[i], columns[i]]++;
        return counts;
    }
}
