using ResearchKit.Data.Tasks;
using ResearchKit.Text;

namespace ResearchKit.Data;

/// <summary>A task, encoded.</summary>
/// <param name="task">The task.</param>
/// <param name="tokenizer">How text becomes ids.</param>
/// <param name="maxLength">Most tokens of a sample, special tokens included.</param>
/// <param name="tooLong">What happens to longer examples.</param>
/// <exception cref="KitException">The length is too small for anything.</exception>
public sealed class TaskSamples(ITask task, Tokenizer tokenizer, int maxLength, TooLong tooLong = TooLong.Cut)
{
    private readonly SampleEncoder _encoder = new(tokenizer, maxLength, tooLong);

    /// <summary>The task.</summary>
    public ITask Task => task;

    /// <summary>The samples of a split, in the task's order, or of at most so many of its examples (always the same ones).</summary>
    /// <exception cref="KitException">The split is empty or missing, the limit is below 1, or an example cannot be encoded.</exception>
    public IReadOnlyList<Sample> Of(Split which, int? limit = null) => _encoder.Encode(task.Examples(which, limit));
}
