using ResearchKit.Data;
using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>
/// How far a student's layers compute what a teacher's do: CKA between all hidden states, whatever the depths and widths; and, layer by layer,
/// the divergence of the attention heads and the errors of the hidden states and of every linear map's output, which is what Multi-aspect
/// Distillation (arXiv 2604.03110) trains for, here of any student and on any rows.
/// <code>
/// AlignmentReport report = LayerAlignment.Measure(student, teacher, samples, collator, batchSize: 32);
/// Console.WriteLine(report.Cka[^1][^1]);                                // of the last states
/// Console.WriteLine(report.Attention[0].OfSameHead()?.Average());       // KL of the first layers' heads
/// </code>
/// </summary>
public static class LayerAlignment
{
    private const Observe All = Observe.Hidden | Observe.Attention | Observe.Matrices;

    /// <summary>The student's places beside the teacher's ⌊j·L_T/L_S⌋: embedding with embedding, last with last.</summary>
    public static IReadOnlyList<LayerPair> Layers(ModelConfig student, ModelConfig teacher) =>
        [.. Enumerable.Range(0, student.Layers + 1).Select(j => new LayerPair(j, student.Layers == 0 ? 0 : (int)((long)j * teacher.Layers / student.Layers)))];

    /// <summary>
    /// Compares two models: one forward pass of each a batch. Dropout is off meanwhile, modes are afterwards as they were, and padding plays no part. Models
    /// are compared as they are, with the adapters that they read.
    /// </summary>
    /// <param name="student">The one.</param>
    /// <param name="teacher">The other.</param>
    /// <param name="samples">The rows, of tokens that both know.</param>
    /// <param name="collator">Pads them and puts them where the models are.</param>
    /// <param name="batchSize">Rows a batch.</param>
    /// <param name="settings">What to compare; null for everything.</param>
    /// <exception cref="KitException">A place is out of range, CKA's sums are too large, there are no samples, or one model alone attends to an adapter's places.</exception>
    public static AlignmentReport Measure(LanguageModel student, LanguageModel teacher, IReadOnlyList<Sample> samples, Collator collator, int batchSize,
        AlignmentSettings? settings = null)
    {
        settings ??= new();
        var pairs = settings.Layers ?? Layers(student.Config, teacher.Config);
        int[] theirs = Places(settings.TeacherPlaces, teacher.Config), ours = Places(settings.StudentPlaces, student.Config);
        Check(student.Config, teacher.Config, pairs, theirs, ours);
        if (settings.Cka) CheckRoom(theirs.Length, teacher.Config.Width, ours.Length, student.Config.Width, settings.CkaGigabytes);

        using var quiet = new EvaluationMode(student, teacher);
        using var cka = new LinearCka();
        using var sums = new AlignmentSums(pairs);
        foreach (var (_, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var scope = NewDisposeScope();
            using var owned = batch;
            var (them, us) = (teacher.Forward(batch, All), student.Forward(batch, All));
            var real = new RealTokens(batch);
            if (settings.Cka) cka.Add([.. theirs.Select(k => real.Of(them.Hidden[k]))], [.. ours.Select(k => real.Of(us.Hidden[k]))]);
            sums.Add(us, them, real);
        }
        return new(sums.Tokens, theirs, ours, settings.Cka ? cka.Values() : [], settings.Cka ? cka.Values(debiased: true) : [],
            sums.Hidden(), sums.Attention(), sums.Matrices());
    }

    private static int[] Places(IReadOnlyList<int>? asked, ModelConfig config) => [.. asked ?? [.. Enumerable.Range(0, config.Layers + 1)]];

    private static void Check(ModelConfig student, ModelConfig teacher, IReadOnlyList<LayerPair> pairs, IReadOnlyList<int> theirs, IReadOnlyList<int> ours)
    {
        if (pairs.Count == 0 || theirs.Count == 0 || ours.Count == 0)
            throw new KitException("Layer alignment has no places to compare: name some, or leave them out for all.");
        void Within(int place, ModelConfig config, string whose)
        {
            if (place < 0 || place > config.Layers)
                throw new KitException($"Layer alignment is asked for place {place} of the {whose}, which has 0 (the embedding) to {config.Layers}.");
        }
        foreach (int place in theirs.Concat(pairs.Select(p => p.Teacher))) Within(place, teacher, "teacher");
        foreach (int place in ours.Concat(pairs.Select(p => p.Student))) Within(place, student, "student");
    }

    private static void CheckRoom(double theirs, double teacherWidth, double ours, double studentWidth, double most)
    {
        double gigabytes = 8 * (theirs * teacherWidth * ours * studentWidth + theirs * teacherWidth * teacherWidth + ours * studentWidth * studentWidth) / 1e9;
        if (gigabytes > most)
            throw new KitException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"CKA between {theirs} places of the teacher and {ours} of the student takes sums of {gigabytes:0.0} GB, more than the {most:0.##} GB allowed. ")
                + $"Name fewer places ({nameof(AlignmentSettings.TeacherPlaces)}, {nameof(AlignmentSettings.StudentPlaces)}), allow more, or leave CKA out.");
    }
}
