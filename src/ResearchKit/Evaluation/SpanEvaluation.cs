using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>
/// Judges span heads: <see cref="SpanReport.Metrics"/>, and with a reference model <c>span agreement</c>, the share of questions that both answer with the same text.
/// </summary>
/// <remarks>
/// <para>A question's answer is the best stretch (<see cref="SpanSearch"/>) of all its windows, by the sum of its logits as they are, as in BERT's code for SQuAD
/// (Devlin et al., arXiv 1810.04805, section 4.2); only the text's tokens can be one. Where an answer may be missing, "not here" stands against it with the logits of the
/// first position, of the window where their sum is least (section 4.3).</para>
/// <para>The loss is that of the training, over rows: a window without the whole answer has "not here" for one.</para>
/// </remarks>
public sealed class SpanEvaluation : IEvaluation
{
    private readonly IReadOnlyList<SpanExample> _examples;
    private readonly SpanWindow[] _windows;
    private readonly Sample[] _samples;
    private readonly int[] _questions;
    private readonly Collator _collator;
    private readonly int _batchSize, _nBest, _mostTokens;
    private readonly bool _mayBeMissing;
    private readonly LanguageModel? _reference;
    private IReadOnlyList<string>? _referenceAnswers;

    /// <summary>Makes the windows of the questions.</summary>
    /// <param name="examples">The questions, at least one.</param>
    /// <param name="encoder">Makes windows of them.</param>
    /// <param name="collator">Pads windows and puts them where the models are.</param>
    /// <param name="batchSize">Windows a batch.</param>
    /// <param name="rules">What the task says of its answers.</param>
    /// <param name="settings">How answers are sought.</param>
    /// <param name="reference">The model to compare with, usually the teacher; it runs over the rows once.</param>
    /// <exception cref="KitException">There are no questions, or one cannot be encoded.</exception>
    public SpanEvaluation(IReadOnlyList<SpanExample> examples, SpanEncoder encoder, Collator collator, int batchSize, SpanRules? rules = null,
        SpanSettings? settings = null, LanguageModel? reference = null)
    {
        if (examples.Count == 0) throw new KitException("There are no questions to judge answers to; the split is empty.");
        rules ??= new();
        settings ??= new();
        (_examples, _collator, _batchSize, _reference) = (examples, collator, batchSize, reference);
        (_nBest, _mostTokens, _mayBeMissing) = (settings.NBest, settings.MaxAnswerLength ?? rules.MostTokens, rules.MayBeMissing);
        var encoded = examples.Select(encoder.Encode).ToList();
        _windows = [.. encoded.SelectMany(w => w)];
        _samples = [.. _windows.Select(w => w.Sample)];
        _questions = [.. encoded.SelectMany((w, question) => Enumerable.Repeat(question, w.Count))];
    }

    /// <summary>Rows that the questions became.</summary>
    public int Rows => _samples.Length;

    /// <summary>What a model answered when it was last measured.</summary>
    public SpanReport? Last { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="KitException">A model has no span head.</exception>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        Last = Answer(model);
        Dictionary<string, double> metrics = new(Last.Metrics);
        if (_reference is null) return metrics;
        // What a teacher says that adapts while it teaches changes; agreement is with what it was.
        using (new AdapterMode(_reference, null)) _referenceAnswers ??= Answer(_reference).Given;
        metrics["span agreement"] = Last.Given.Zip(_referenceAnswers).Count(pair => pair.First == pair.Second) / (double)_examples.Count;
        return metrics;
    }

    /// <summary>The model's answers.</summary>
    /// <exception cref="KitException">It has no span head.</exception>
    public SpanReport Answer(LanguageModel model)
    {
        using var quiet = new EvaluationMode(model);
        var found = new Found[_windows.Length];
        double loss = 0;
        foreach (var (rows, batch) in Batches.ByLength(_samples, _collator, _batchSize))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            var logits = model.Forward(batch).Logits;                                                       // [B, T, 2]
            if (logits.dim() != 3 || logits.shape[2] != 2)
                throw new KitException($"The model answers with [{string.Join(", ", logits.shape)}] numbers, and a span asks for two of every token. Choose a model with a span head.");
            var values = logits.to_type(ScalarType.Float32).transpose(1, 2).contiguous().cpu().data<float>().ToArray();   // [B, 2, T]
            int width = batch.Width;
            for (int i = 0; i < rows.Count; i++)
            {
                var window = _windows[rows[i]];
                int length = window.Sample.Ids.Length;
                ReadOnlySpan<float> starts = values.AsSpan(2 * i * width, length), ends = values.AsSpan((2 * i + 1) * width, length);
                loss += (CrossEntropy(starts, window.Start) + CrossEntropy(ends, window.End)) / 2;
                double nothing = (double)starts[SpanWindow.None] + ends[SpanWindow.None];
                found[rows[i]] = new(SpanSearch.Best(starts, ends, window.TextFrom, window.TextTo, _nBest, _mostTokens), nothing);
            }
        }
        return new(_examples, Together(found), loss / _windows.Length, _mayBeMissing);
    }

    /// <summary>What a model finds in a window.</summary>
    private readonly record struct Found((int Start, int End, double Score)? Best, double NullScore);

    // Of a question's windows the best answer, the first of equals, and the least "not here".
    private SpanAnswer[] Together(Found[] found)
    {
        var answers = new SpanAnswer[_examples.Count];
        for (int row = 0, question = 0; question < answers.Length; question++)
        {
            (int Row, double Score) best = (-1, double.NegativeInfinity);
            double nothing = double.PositiveInfinity;
            for (; row < found.Length && _questions[row] == question; row++)
            {
                if (found[row].Best is { } b && b.Score > best.Score) best = (row, b.Score);
                nothing = Math.Min(nothing, found[row].NullScore);
            }
            answers[question] = best.Row >= 0 && found[best.Row].Best is var (start, end, score) && _windows[best.Row].Place(start, end) is { } place
                ? new(place.Of(_examples[question].Text), score, nothing) : new("", nothing, nothing);
        }
        return answers;
    }

    private static double CrossEntropy(ReadOnlySpan<float> logits, int target)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float z in logits) max = Math.Max(max, z);
        foreach (float z in logits) sum += Math.Exp(z - max);
        return max + Math.Log(sum) - logits[target];
    }
}
