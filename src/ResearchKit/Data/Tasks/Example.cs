namespace ResearchKit.Data.Tasks;

/// <summary>One example of a task, as people read it.</summary>
public abstract record Example
{
    /// <summary>Its texts, for instance to train a tokenizer on.</summary>
    public abstract IEnumerable<string> Texts();
}

/// <summary>A text, or a pair of texts, with its class or its score.</summary>
/// <param name="Text">The text.</param>
/// <param name="Second">The second text of a pair, or null.</param>
/// <param name="Label">The class: an index into <see cref="ITask.Labels"/>; -1 where it is not known, or a score stands for it.</param>
public sealed record TextExample(string Text, string? Second, int Label) : Example
{
    /// <summary>The number to tell, of a regression.</summary>
    public double? Score { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Texts() => Second is null ? [Text] : [Text, Second];
}

/// <summary>An instruction and the answer to learn.</summary>
/// <param name="Prompt">The instruction.</param>
/// <param name="Response">The answer; it follows the prompt directly, so it brings the blank or line feed between.</param>
public sealed record InstructionExample(string Prompt, string Response) : Example
{
    /// <summary>Every answer that would do, for judging what a model says; the response alone where no others are given.</summary>
    public IReadOnlyList<string> References { get => field ?? [Response]; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Texts() => [Prompt + Response];
}

/// <summary>A question and the place in a text that answers it.</summary>
/// <param name="Question">The question.</param>
/// <param name="Text">The text that holds the answer.</param>
/// <param name="AnswerStart">Index of the answer's first char in <paramref name="Text"/>; what it is where there is no answer does not matter.</param>
/// <param name="Answer">The answer to learn, as it stands there; empty where the text has none.</param>
public sealed record SpanExample(string Question, string Text, int AnswerStart, string Answer) : Example
{
    /// <summary>What its data set calls the question, where it has a name for it; predictions are submitted by it.</summary>
    public string? Id { get; init; }

    /// <summary>Every answer that would do, for judging what a model says; none where the text has none. <see cref="Answer"/> alone where no others are given.</summary>
    public IReadOnlyList<string> References { get => field ?? (Answer.Length > 0 ? [Answer] : []); init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Texts() => [Question, Text];
}
