using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// MiniLM (Wang et al., arXiv 2002.10957, equations 5 to 8): the last layer's attention and the relations of its values, then the task itself.
/// <code>
/// first    L = L_AT + L_VR          L_AT = KL(A_T ‖ A_S),   L_VR = KL(VR_T ‖ VR_S),   VR = softmax(V Vᵀ / √d)
/// second   L = the answers' cross-entropy (or squared error)
/// </code>
/// both a mean over heads and real tokens. The widths may differ, the numbers of heads may not. The authors' first stage is a general one, on
/// plain text, before any task; here it reads the task's own rows.
/// </summary>
public sealed class MiniLm : IMethod, IStaged
{
    /// <summary>What the method is told.</summary>
    public sealed record Settings : StageSettings;

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("minilm", "the last layer's attention and value relations, then the task",
        (settings, student, teacher) => new MiniLm(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly bool _causal;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">The numbers of heads differ, or the models do not fit otherwise.</exception>
    public MiniLm(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireAnswers(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        if (settings.HasFirst) Fit.RequireSameHeads(Name, student, teacher, ofValues: true);
        _causal = Stages.IsCausal(student);
        (Student, _teacher, _settings) = (student, teacher, settings);
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel Teacher => _teacher;

    /// <inheritdoc/>
    public Observe StudentObserves => Stages.Observes(_settings, Observe.Attention | Observe.Matrices);

    /// <inheritdoc/>
    public Observe TeacherObserves => StudentObserves;

    IReadOnlyList<string> IStaged.Symbols => Stages.Symbols(_settings, ["L_AT", "L_VR"], Supervision.HardSymbols);

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        if (!Stages.IsFirst(step, _settings)) return [Supervision.Hard(Name, step.Batch, step.Student.Logits)];
        var (student, teacher, mask) = (step.Student, step.Teacher, Stages.Mask(step.Batch));
        return
        [
            new("L_AT", AttentionDivergence.OfLayer(student.Attention[^1], teacher.Attention[^1], mask), 1, Unit.Token),
            new("L_VR", RelationDivergence.OfLayer(student.Matrices[^1]["value"], teacher.Matrices[^1]["value"], Student.Config.KeyValueHeads, mask, _causal), 1, Unit.Token),
        ];
    }
}
