using ResearchKit.Training;

namespace ResearchKit.Notebooks.Live;

/// <summary>What is known of a run in progress.</summary>
/// <param name="title">What is going on.</param>
internal sealed class LiveState(string title)
{
    private const double Memory = 0.95;
    private const int CoursePoints = 120;

    private readonly List<double> _losses = [];
    private double _tokens, _seconds, _steps, _smooth;

    public string Title => title;

    public string? Remark { get; set; }

    public TrainStep? Last { get; private set; }

    public IReadOnlyDictionary<string, double>? Evaluation { get; private set; }

    /// <summary>Averages forget old steps, because single ones jump with the lengths of their rows.</summary>
    public double TokensPerSecond => _tokens / Math.Max(_seconds, 1e-9);

    /// <summary>At the speed of the last steps.</summary>
    public TimeSpan Left => Last is null ? TimeSpan.Zero : TimeSpan.FromSeconds((Last.Total - Last.Number) * _seconds / Math.Max(_steps, 1));

    /// <summary>The loss so far, smoothed and thinned to what a small chart can show.</summary>
    public IReadOnlyList<double> Course
    {
        get
        {
            int stretch = Math.Max(1, (_losses.Count + CoursePoints - 1) / CoursePoints);
            return [.. _losses.Chunk(stretch).Select(part => part.Average())];
        }
    }

    public void Add(TrainStep step)
    {
        Last = step;
        Evaluation = step.Evaluation ?? Evaluation;
        _tokens = Memory * _tokens + step.Tokens;
        _seconds = Memory * _seconds + step.Seconds;
        _steps = Memory * _steps + 1;
        _smooth = _losses.Count == 0 ? step.Loss : 0.9 * _smooth + 0.1 * step.Loss;
        if (double.IsFinite(_smooth)) _losses.Add(_smooth);
    }
}
