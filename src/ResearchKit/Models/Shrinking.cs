using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>Which units a narrower student keeps of its teacher's.</summary>
public enum Narrowing
{
    /// <summary>The first of each kind.</summary>
    First,

    /// <summary>Those whose weights have the largest norm, in the order they stood: of the stream over all maps that read or write a
    /// unit, of a layer's heads and feed-forward units over that layer's.</summary>
    Norm,
}

/// <summary>
/// Makes students out of their teachers: fewer layers, narrower ones, or another head. What is kept is the teacher's bit by bit;
/// a student with all of it is the teacher.
/// </summary>
/// <remarks>
/// A slice of a model is no working model, only a start that is better than chance: nothing is rescaled for what was cut off.
/// Heads stay whole where the head width stays; where it shrinks, each keeps its first units. Rotary heads keep their width,
/// because their units are pairs whose frequencies follow from it.
/// </remarks>
public static class Shrinking
{
    /// <summary>Makes a student.</summary>
    /// <param name="teacher">The model to cut; it stays as it is.</param>
    /// <param name="shape">The student's shape: the teacher's with fewer layers, heads or units, a shorter longest row, another head.</param>
    /// <param name="layers">For each of the student's layers the teacher's, from 0; see <see cref="LayerMap"/>.</param>
    /// <param name="seed">Initialisation seed, for what the teacher has no weights for.</param>
    /// <param name="rule">Which units to keep.</param>
    /// <param name="freshHead">Draw a new head even where the teacher's would fit.</param>
    /// <returns>A model of its own, on the teacher's device and in its type.</returns>
    /// <exception cref="KitException">The shape cannot be cut out of the teacher; the message names both sides.</exception>
    public static LanguageModel Student(
        LanguageModel teacher, ModelConfig shape, IReadOnlyList<int> layers, long seed, Narrowing rule = Narrowing.First, bool freshHead = false)
    {
        var layout = teacher.Layout ?? throw new ArgumentException($"The parts of a {teacher.GetType().Name} are not known.", nameof(teacher));
        shape.Validate();
        Check(teacher.Config, shape, layers);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var first = teacher.parameters().First();
        var student = ModelFactory.Create(shape, seed, first.device, first.dtype);
        try
        {
            var theirs = teacher.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);
            var units = new KeptUnits(layout, teacher.Config, shape, rule, theirs);
            foreach (var (name, parameter) in student.named_parameters())
            {
                if (freshHead && layout.IsHead(name)) continue;
                using var inner = NewDisposeScope();
                int? layer = layout.LayerOf(name) is { } at ? layers[at.Index] : null;
                var source = layer is null ? name : $"{layout.LayerPrefix}{layer}.{layout.LayerOf(name)!.Value.Below}";
                if (!theirs.TryGetValue(source, out var value))
                {
                    if (layout.IsHead(name)) continue; // another head than the teacher's: it is new
                    throw new KitException($"The student's '{name}' has no counterpart in the teacher, so it cannot be cut out of it. "
                        + $"Keep the teacher's settings of the {teacher.Config.ModelType}, or start from fresh weights.");
                }
                var axes = layout.Of(source);
                bool another = false;
                for (int i = 0; i < axes.Length; i++)
                {
                    if (value.shape[i] == parameter.shape[i]) continue;
                    if (axes[i] == Axis.Classes) another = true;
                    else if (axes[i] == Axis.Tokens)
                        throw new KitException($"The student's '{name}' has {parameter.shape[i]} entries, the teacher's {value.shape[i]}; both must read the same.");
                    else value = value.index_select(i, units.Of(axes[i], layer));
                }
                if (!another) parameter.copy_(value);
            }
            return student;
        }
        catch
        {
            student.Dispose();
            throw;
        }
    }

    private static void Check(ModelConfig teacher, ModelConfig shape, IReadOnlyList<int> layers)
    {
        if (shape.ModelType != teacher.ModelType)
            throw new KitException($"A {shape.ModelType} cannot be cut out of a {teacher.ModelType}. "
                + "Make the student of the teacher's architecture, or start from fresh weights.");
        if (shape.VocabularySize != teacher.VocabularySize)
            throw new KitException($"The student's vocabulary has {shape.VocabularySize} entries, the teacher's {teacher.VocabularySize}; "
                + "a student cut out of its teacher reads the same tokens.");
        LayerMap.Check(layers, teacher.Layers);
        if (layers.Count != shape.Layers)
            throw new KitException($"The layer map has {layers.Count} layers ({string.Join(", ", layers)}), the student's shape {shape.Layers}. "
                + "Give one of the teacher's for each.");
        if (shape.LowRank != teacher.LowRank?.Keep(layers))
            throw new KitException($"The student's maps have other ranks than the teacher's. Cut out a student of the teacher's ranks, or merge the teacher's factors first and factorise the student anew.");
        if (teacher.LowRank is not null && (shape.Width, shape.FeedForward, shape.Heads, shape.KeyValueHeads) != (teacher.Width, teacher.FeedForward, teacher.Heads, teacher.KeyValueHeads))
            throw new KitException("The teacher's maps are products of two factors, and no narrower student can be cut out of those. Merge them first, or take fewer layers alone.");
        AtMost("width", shape.Width, teacher.Width);
        AtMost("feed-forward width", shape.FeedForward, teacher.FeedForward);
        AtMost("number of heads", shape.Heads, teacher.Heads);
        AtMost("number of key/value heads", shape.KeyValueHeads, teacher.KeyValueHeads);
        AtMost("queries to a key/value head", shape.Heads / shape.KeyValueHeads, teacher.Heads / teacher.KeyValueHeads);
        if (shape is LlamaConfig && shape.HeadWidth != teacher.HeadWidth)
            throw new KitException($"The student's heads would be {shape.HeadWidth} wide, the teacher's are {teacher.HeadWidth}, and rotary heads cannot be cut: "
                + $"with {shape.Heads} heads the width must be {shape.Heads * teacher.HeadWidth}.");
        AtMost("head width", shape.HeadWidth, teacher.HeadWidth);
        AtMost("longest row", shape.MaxLength, teacher.MaxLength);
    }

    private static void AtMost(string what, int student, int teacher)
    {
        if (student > teacher)
            throw new KitException($"The student's {what} is {student}, the teacher's {teacher}: only smaller can be cut out of larger. Choose at most {teacher}.");
    }
}
