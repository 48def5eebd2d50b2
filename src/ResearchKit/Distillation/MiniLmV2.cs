using System.ComponentModel.DataAnnotations;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// MiniLMv2 (Wang et al., arXiv 2012.15828, equations 4 to 6): the relations of queries, of keys and of values at one layer of the teacher and the student's
/// last, each split into as many relation heads as one likes, then the task itself.
/// <code>
/// first    L = L_QQ + L_KK + L_VV   L_YY = KL(R_T ‖ R_S),   R = softmax(Y Yᵀ / √d) of every relation head
/// second   L = the answers' cross-entropy (or squared error)
/// </code>
/// all a mean over relation heads and real tokens. Neither widths nor numbers of attention heads need be the same.
/// </summary>
/// <remarks>Where positions are turns of queries and keys (LLaMA), these are taken before they are turned.</remarks>
public sealed class MiniLmV2 : IMethod, IStaged
{
    private static readonly (string Symbol, string Matrix)[] s_relations = [("L_QQ", "query"), ("L_KK", "key"), ("L_VV", "value")];

    /// <summary>What the method is told.</summary>
    public sealed record Settings : StageSettings
    {
        /// <summary>A: the relation heads; null for as many as the teacher has attention heads.</summary>
        [Range(1, 1 << 16)]
        public int? RelationHeads { get; init; }

        /// <summary>The teacher's layer, counted from 1; null for the last. The authors take an upper one but not the last of large teachers (21 of 24).</summary>
        [Range(1, 1 << 16)]
        public int? TeacherLayer { get; init; }
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = MethodEntry.Of<Settings>("minilmv2", "the relations of queries, keys and values at one layer, then the task",
        (settings, student, teacher) => new MiniLmV2(student, teacher, settings));

    private readonly LanguageModel _teacher;
    private readonly Settings _settings;
    private readonly int _heads, _layer;
    private readonly bool _causal;

    /// <summary>Makes the method and freezes the teacher.</summary>
    /// <exception cref="KitException">The relation heads do not divide a width, the teacher has no such layer, or the models do not fit otherwise.</exception>
    public MiniLmV2(LanguageModel student, LanguageModel teacher, Settings settings)
    {
        Fit.RequireAnswers(Name, student);
        Fit.RequireTeacher(Name, student, teacher);
        _heads = settings.RelationHeads ?? teacher.Config.Heads;
        _layer = settings.TeacherLayer ?? teacher.Config.Layers;
        if (_layer > teacher.Config.Layers)
            throw new KitException($"Method '{Name}': 'teacherLayer' is {_layer}, and the teacher has the layers 1 to {teacher.Config.Layers}.");
        foreach (var (whose, config) in new[] { ("student", student.Config), ("teacher", teacher.Config) })
            foreach (var (of, heads) in new[] { ("queries", config.Heads), ("keys", config.KeyValueHeads) })
                if (settings.HasFirst && heads * config.HeadWidth % _heads != 0)
                    throw new KitException($"Method '{Name}': {_heads} relation heads do not share the {heads * config.HeadWidth} units of the {whose}'s {of} evenly. Set 'relationHeads' to a number that divides them.");
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
    public Observe StudentObserves => Stages.Observes(_settings, Observe.Matrices);

    /// <inheritdoc/>
    public Observe TeacherObserves => StudentObserves;

    IReadOnlyList<string> IStaged.Symbols => Stages.Symbols(_settings, s_relations.Select(r => r.Symbol), Supervision.HardSymbols);

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        if (!Stages.IsFirst(step, _settings)) return [Supervision.Hard(Name, step.Batch, step.Student.Logits)];
        var (student, teacher, mask) = (step.Student.Matrices[^1], step.Teacher.Matrices[_layer - 1], Stages.Mask(step.Batch));
        return [.. s_relations.Select(r => new LossTerm(r.Symbol, RelationDivergence.OfLayer(student[r.Matrix], teacher[r.Matrix], _heads, mask, _causal), 1, Unit.Token))];
    }
}
