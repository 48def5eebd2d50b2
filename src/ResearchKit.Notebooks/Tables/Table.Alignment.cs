using Microsoft.Data.Analysis;
using ResearchKit.Analysis;

namespace ResearchKit.Notebooks.Tables;

// Multi-aspect distillation: how far a student's layers compute what the teacher's do.
public static partial class Table
{
    /// <summary>
    /// A row for each pair of places, E the embedding output and h1 the state after layer 1: the CKA of their hidden states, error and cosine of those, the
    /// attention's divergence (nats, mean over heads; from the nearest heads where the models have not as many), and the error of each linear map's output.
    /// Errors are squared and shares of the teacher's square. What cannot be compared is left empty.
    /// </summary>
    /// <param name="report">As measured.</param>
    public static DataFrame Alignment(AlignmentReport report)
    {
        var pairs = report.Hidden.Select(h => h.Pair).ToList();
        var layers = report.Attention.Select(a => a.Pair).ToList();
        var frame = new DataFrame(
            new StringDataFrameColumn("student", pairs.Select(p => LayerConsistency.NameOf(p.Student))),
            new StringDataFrameColumn("teacher", pairs.Select(p => LayerConsistency.NameOf(p.Teacher))));
        if (report.Cka.Count > 0)
        {
            Add(frame, "CKA", pairs.Select(p => Of(report.Cka, p)), "0.000");
            Add(frame, "CKA, debiased", pairs.Select(p => Of(report.DebiasedCka, p)), "0.000");
        }
        if (report.Hidden.Any(h => h.Error is not null))
        {
            Add(frame, "hidden error", report.Hidden.Select(h => h.Error), "0.000");
            Add(frame, "hidden cosine", report.Hidden.Select(h => h.Cosine), "0.000");
        }
        if (report.Attention.Count > 0)
        {
            bool same = report.Attention.All(a => a.OfSameHead() is not null);
            Add(frame, same ? "attention KL" : "attention KL, nearest head", pairs.Select(p => Layer(p) is int l and >= 0 ? same ? report.Attention[l].OfSameHead()!.Average() : report.Attention[l].OfNearestHead().Average(h => h.Divergence) : (double?)null), "0.000");
        }
        foreach (var matrix in report.Matrices) Add(frame, $"{matrix.Matrix} error", pairs.Select(p => Layer(p) is int l and >= 0 ? matrix.Layers[l] : (double?)null), "0.000");
        return frame;

        int Layer(LayerPair pair) => layers.IndexOf(pair);

        double? Of(IReadOnlyList<IReadOnlyList<double>> cka, LayerPair pair)
        {
            int row = report.TeacherPlaces.Index().Where(p => p.Item == pair.Teacher).Select(p => p.Index).FirstOrDefault(-1);
            int column = report.StudentPlaces.Index().Where(p => p.Item == pair.Student).Select(p => p.Index).FirstOrDefault(-1);
            return row < 0 || column < 0 ? null : cka[row][column];
        }
    }
}
