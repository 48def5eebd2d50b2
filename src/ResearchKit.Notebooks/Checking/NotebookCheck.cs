using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Checking;

/// <summary>
/// Compares the outputs of a notebook with those it had: texts and tables number by number, figures by their JSON. Pictures are not compared
/// (they are drawn from the figures), and neither are cells with the tag <c>varies</c>, such as one that tells how long it took.
/// </summary>
public static class NotebookCheck
{
    /// <summary>The tag of a cell whose outputs differ from run to run by nature.</summary>
    public const string VariesTag = "varies";

    /// <summary>What differs, one line each; empty where nothing does.</summary>
    /// <param name="was">The notebook with the outputs that stand.</param>
    /// <param name="now">The same notebook after a run.</param>
    /// <param name="tolerance">How far numbers may differ, relative to the larger one.</param>
    public static IReadOnlyList<string> Compare(Notebook was, Notebook now, double tolerance)
    {
        var differences = new List<string>();
        for (int i = 0; i < Math.Max(was.Cells.Count, now.Cells.Count); i++)
        {
            if (i >= was.Cells.Count || i >= now.Cells.Count)
            {
                differences.Add($"cell {i + 1} stands in one of the two only");
                break;
            }
            if (!was.Cells[i].IsCode || was.Cells[i].Tags.Contains(VariesTag)) continue;
            var (a, b) = (Parts(was.Cells[i]), Parts(now.Cells[i]));
            if (a.Count != b.Count) differences.Add($"cell {i + 1} had {a.Count} outputs and now has {b.Count}");
            for (int j = 0; j < Math.Min(a.Count, b.Count); j++)
                if (Difference(a[j], b[j], tolerance) is { } difference)
                    differences.Add($"cell {i + 1}, output {j + 1}: {difference}");
        }
        return differences;
    }

    /// <summary>The outputs that count, each as what it is and its content.</summary>
    private static List<(string Kind, JsonNode? Content)> Parts(NotebookCell cell)
    {
        var parts = new List<(string, JsonNode?)>();
        foreach (var output in cell.Outputs.OfType<JsonObject>())
        {
            if ((string?)output["output_type"] == "stream") parts.Add(((string?)output["name"] ?? "stream", output["text"]));
            else if (output["data"] is JsonObject data) parts.Add(Best(data));
            else parts.Add(((string?)output["output_type"] ?? "output", output["evalue"]));
        }
        return parts;
    }

    /// <summary>The form of a value that says most: its data before its look.</summary>
    private static (string, JsonNode?) Best(JsonObject data)
    {
        var mimeType = data.Select(form => form.Key).OrderBy(key => MimeBundle.IsJson(key) ? 0 : key == "text/html" ? 1 : key.StartsWith("text/", StringComparison.Ordinal) ? 2 : 3).FirstOrDefault();
        return mimeType is null ? ("nothing", null) : (mimeType, data[mimeType]);
    }

    private static string? Difference((string Kind, JsonNode? Content) was, (string Kind, JsonNode? Content) now, double tolerance)
    {
        if (was.Kind != now.Kind) return $"{was.Kind} became {now.Kind}";
        if (MimeBundle.IsJson(was.Kind)) return Difference(was.Content, now.Content, tolerance, "");
        if (was.Kind.StartsWith("image/", StringComparison.Ordinal)) return null;
        var (a, b) = (Lines.Join(was.Content) ?? "", Lines.Join(now.Content) ?? "");
        return was.Kind == "text/html" ? NumberText.Difference(NumberText.WithoutMarkup(a), NumberText.WithoutMarkup(b), tolerance) : NumberText.Difference(a, b, tolerance);
    }

    private static string? Difference(JsonNode? was, JsonNode? now, double tolerance, string path)
    {
        switch (was, now)
        {
            case (JsonObject a, JsonObject b):
                foreach (var key in a.Select(pair => pair.Key).Union(b.Select(pair => pair.Key)))
                {
                    if (!a.ContainsKey(key) || !b.ContainsKey(key)) return $"{path}.{key} stands in one of the two only";
                    if (Difference(a[key], b[key], tolerance, $"{path}.{key}") is { } inner) return inner;
                }
                return null;
            case (JsonArray a, JsonArray b):
                if (a.Count != b.Count) return $"{path} had {a.Count} items and now has {b.Count}";
                return a.Zip(b).Select((pair, i) => Difference(pair.First, pair.Second, tolerance, $"{path}[{i}]")).FirstOrDefault(found => found is not null);
            default:
                if (was?.GetValueKind() == JsonValueKind.Number && now?.GetValueKind() == JsonValueKind.Number)
                    return NumberText.Close(was.GetValue<double>(), now.GetValue<double>(), tolerance) ? null : $"{path} was {was} and is {now}";
                return was?.ToJsonString() == now?.ToJsonString() ? null : $"{path} was {was?.ToJsonString() ?? "null"} and is {now?.ToJsonString() ?? "null"}";
        }
    }
}
