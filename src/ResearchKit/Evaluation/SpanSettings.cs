using System.ComponentModel.DataAnnotations;

namespace ResearchKit.Evaluation;

/// <summary>How a span head's answers are sought; the defaults are those of BERT's code for SQuAD.</summary>
public sealed record SpanSettings
{
    /// <summary>Only so many of the likeliest first tokens of a row, and so many of the likeliest last ones, are put together.</summary>
    [Range(1, 10_000)]
    public int NBest { get; init; } = 20;

    /// <summary>Most tokens of an answer; null for what the task says (<see cref="Data.Tasks.SpanRules.MostTokens"/>).</summary>
    [Range(1, 10_000)]
    public int? MaxAnswerLength { get; init; }
}
