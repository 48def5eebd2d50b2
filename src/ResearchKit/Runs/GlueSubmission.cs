using System.Globalization;
using System.Text;
using ResearchKit.Data;
using ResearchKit.Data.Glue;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Tensors;

namespace ResearchKit.Runs;

/// <summary>A file of predictions as GLUE's server takes it (https://gluebenchmark.com/submit: all of a benchmark's files in one zip).</summary>
/// <param name="File">The file: <c>SST-2.tsv</c>, <c>MNLI-m.tsv</c>, …</param>
/// <param name="Task">The task, with the official splits.</param>
/// <param name="Rows">Predictions in it.</param>
/// <param name="Device">The device and its libtorch, in words.</param>
public sealed record GlueSubmission(string File, string Task, int Rows, string Device)
{
    private const int BatchSize = 64;

    /// <summary>
    /// Writes what a model says of the official test rows: a header <c>index</c>, <c>prediction</c>, and a line for each row, numbered from 0.
    /// Classes are written as GLUE writes them in its own files; scores within 0 to 5, with three decimals.
    /// </summary>
    /// <param name="model">A run folder or a model folder.</param>
    /// <param name="folder">Where to write; other files in it stay.</param>
    /// <param name="task">The task; null for the one that the run was trained on. With <c>-local</c> or without, it is the official test set.
    /// A model of <c>mnli</c> is asked for <c>mnli-mm</c> as well.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="KitException">The task is none of GLUE's, its test rows are not there, or the model does not fit it.</exception>
    public static GlueSubmission Write(string model, string folder, string? task = null, string device = "auto")
    {
        var where = Devices.Resolve(device);
        var (name, recipe) = ModelEvaluation.TaskOf(model, task);
        var format = GlueTask.FormatOf(name) ?? throw new KitException(
            $"'{name}' is no task of GLUE, and GLUE's server takes no predictions for it. Name one with --task: {string.Join(", ", GlueFormat.All.Keys)}.");
        var official = GlueTask.Open(GlueTask.Official(name));
        using var saved = SavedModel.Load(model, where);
        ModelEvaluation.RequireFit(saved, official);

        var samples = new SampleEncoder(saved.Tokenizer, ModelEvaluation.LengthOf(saved, recipe)).Encode(official.Examples(Split.Test));
        var predictions = new ClassEvaluation(samples, new Collator(saved.Tokenizer.PaddingId ?? 0, where), BatchSize).Predict(saved.Model);
        var text = new StringBuilder("index\tprediction\n");
        for (int i = 0; i < samples.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i}\t{(format.Labels.Length > 0 ? format.Written(predictions.Classes[i]) : Score(predictions.Logits[i][0]))}\n");
        var file = Path.Combine(folder, $"{format.Submission}.tsv");
        AtomicFile.WriteText(file, text.ToString());
        return new(file, official.Name, samples.Length, Devices.Describe(where));
    }

    private static string Score(double told) => Math.Clamp(told, 0, 5).ToString("F3", CultureInfo.InvariantCulture);
}
