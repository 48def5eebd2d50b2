using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// DistilBERT's triple loss (Sanh et al., arXiv 1910.01108, section 3):
/// <code>
/// L = α_ce L_soft + α_task L_hard + α_cos L_cos        L_cos = 1 − cos(h_S, h_T) of the last hidden states, mean over real tokens
/// </code>
/// L_soft is the divergence from the teacher's answers at temperature τ, L_hard the right ones': the masked tokens for a head of masked tokens, as
/// in the paper, or whatever the task asks for. The weights are the authors'.
/// </summary>
/// <remarks>The authors' soft term is over all real tokens of a text; here it is, like the hard one, over the targets that are scored. Their students start from
/// every other layer of the teacher (<c>student.keep = every-other</c>).</remarks>
public sealed class DistilBert : IMethod
{
    /// <summary>The numbers of the method.</summary>
    public sealed record Settings
    {
        /// <summary>τ of the soft term; without effect where the task asks for a number.</summary>
        [Range(0.0, 1000.0, MinimumIsExclusive = true)]
        public double Temperature { get; init; } = 2;

        /// <summary>α_ce: the weight of the teacher's answers.</summary>
        [Range(0.0, 1e6)]
        public double AlphaCe { get; init; } = 5;

        /// <summary>α_task: the weight of the right answers.</summary>
        [Range(0.0, 1e6)]
        public double AlphaTask { get; init; } = 2;

        /// <summary>α_cos: the weight of the hidden states' direction; 0 leaves them out, and the widths may differ.</summary>
        [Range(0.0, 1e6)]
        public double AlphaCos { get; init; } = 1;
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("distilbert", "the teacher's answers, the right ones, and the direction of the last hidden states",
        (settings, student, teacher) => new DistilBert(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">The widths differ while hidden states are compared, or the models do not fit otherwise.</exception>
    public DistilBert(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireAnswers(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        if (settings.AlphaCos > 0) Fit.RequireSameWidth(Name, student, teacher);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => _settings.AlphaCos > 0 ? Observe.Hidden : Observe.None;

    /// <inheritdoc/>
    public Observe TeacherObserves => StudentObserves;

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        List<LossTerm> terms =
        [
            Supervision.Soft(Name, step.Batch, step.Student.Logits, step.Teacher.Logits, _settings.Temperature, weight: _settings.AlphaCe),
            Supervision.Hard(Name, step.Batch, step.Student.Logits, _settings.AlphaTask),
        ];
        if (_settings.AlphaCos > 0)
            terms.Add(new("L_cos", CosineDistance.OfTokens(step.Student.Hidden[^1], step.Teacher.Hidden[^1], Stages.Mask(step.Batch)), _settings.AlphaCos, Unit.Token));
        return terms;
    }
}
