using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Squad;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Tensors;

namespace ResearchKit.Runs;

/// <summary>Predictions as SQuAD's official scripts read them (https://rajpurkar.github.io/SQuAD-explorer).</summary>
internal static class SquadSubmission
{
    /// <summary>
    /// Writes what a model answers to the official dev set's questions into <c>predictions.json</c>: for each id the answer, of version 2.0 empty where "no answer" scores
    /// more. For the script's search of a threshold there are then also <c>answers.json</c>, with none of them empty, and <c>na_prob.json</c>, for each id by how much "no
    /// answer" scores more: <c>evaluate-v2.0.py dev-v2.0.json answers.json --na-prob-file na_prob.json --na-prob-thresh 0</c>.
    /// </summary>
    public static Submission Write(string model, Recipe? recipe, string name, string folder, string device)
    {
        var where = Devices.Resolve(device);
        var official = SquadTask.Open(name);
        using var saved = SavedModel.Load(model, where);
        ModelEvaluation.RequireFit(saved, official);

        SpanExample[] questions = [.. official.Examples(Split.Test).Cast<SpanExample>()];
        var encoder = Judgement.Windows(saved.Tokenizer, ModelEvaluation.LengthOf(saved, recipe), ModelEvaluation.StrideOf(recipe));
        var report = new SpanEvaluation(questions, encoder, new Collator(saved.Tokenizer.PaddingId ?? 0, where), Submission.BatchSize, official.Spans, recipe?.Evaluation.Span).Answer(saved.Model);
        var file = Path.Combine(folder, "predictions.json");
        Save(file, i => report.Given[i]);
        if (official.Spans.MayBeMissing)
        {
            Save(Path.Combine(folder, "answers.json"), i => report.Answers[i].Text);
            Save(Path.Combine(folder, "na_prob.json"), i => report.Answers[i].Lead);
        }
        return new(file, name, questions.Length, Devices.Describe(where));

        void Save(string path, Func<int, JsonNode> value) =>
            AtomicFile.WriteText(path, new JsonObject(questions.Select((q, i) => KeyValuePair.Create(q.Id!, (JsonNode?)value(i)))).ToJsonString(SettingsBinder.Json) + "\n");
    }
}
