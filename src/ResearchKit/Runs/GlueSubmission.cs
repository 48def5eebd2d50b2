using System.Globalization;
using System.Text;
using ResearchKit.Data;
using ResearchKit.Data.Glue;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Tensors;

namespace ResearchKit.Runs;

/// <summary>Predictions as GLUE's server takes them (https://gluebenchmark.com/submit: all of a benchmark's files in one zip).</summary>
internal static class GlueSubmission
{
    /// <summary>
    /// Writes what a model says of the official test rows into <c>SST-2.tsv</c>, <c>MNLI-m.tsv</c>, …: a header <c>index</c>, <c>prediction</c>, and a line for each row,
    /// numbered from 0. Classes are written as GLUE writes them in its own files; scores within 0 to 5, with three decimals.
    /// </summary>
    public static Submission Write(string model, Recipe? recipe, string name, GlueFormat format, string folder, string device)
    {
        var where = Devices.Resolve(device);
        var official = GlueTask.Open(GlueTask.Official(name));
        using var saved = SavedModel.Load(model, where);
        ModelEvaluation.RequireFit(saved, official);

        var samples = new SampleEncoder(saved.Tokenizer, ModelEvaluation.LengthOf(saved, recipe)).Encode(official.Examples(Split.Test));
        var predictions = new ClassEvaluation(samples, new Collator(saved.Tokenizer.PaddingId ?? 0, where), Submission.BatchSize).Predict(saved.Model);
        var text = new StringBuilder("index\tprediction\n");
        for (int i = 0; i < samples.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i}\t{(format.Labels.Length > 0 ? format.Written(predictions.Classes[i]) : Score(predictions.Logits[i][0]))}\n");
        var file = Path.Combine(folder, $"{format.Submission}.tsv");
        AtomicFile.WriteText(file, text.ToString());
        return new(file, official.Name, samples.Length, Devices.Describe(where));
    }

    private static string Score(double told) => Math.Clamp(told, 0, 5).ToString("F3", CultureInfo.InvariantCulture);
}
