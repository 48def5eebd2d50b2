using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>Checks that models suit a method and one another, before any step is made.</summary>
public static class Fit
{
    /// <summary>Requires a classifier.</summary>
    /// <exception cref="KitException">The model predicts tokens.</exception>
    public static void RequireClassifier(string method, LanguageModel student)
    {
        if (student.Config.Classes == 0)
            throw new KitException($"Method '{method}' trains classifiers; this student is a '{student.Config.ModelType}' without classes. Use 'sft' or 'fkl' for a decoder, or give an encoder a classifier.");
    }

    /// <summary>Requires an encoder that answers: with classes or a number, or with a span.</summary>
    /// <exception cref="KitException">The model predicts tokens, or has no head.</exception>
    public static void RequireEncoder(string method, LanguageModel student)
    {
        if (student.Config.Classes == 0 && student.Config is not BertConfig { Head: EncoderHead.Span })
            throw new KitException($"Method '{method}' trains encoders that tell classes or spans; this student is a '{student.Config.ModelType}' without such a head. Use 'sft' or 'fkl' for a decoder, or give an encoder a head.");
    }

    /// <summary>Requires a model that answers, with whatever: classes, a number, a span or tokens.</summary>
    /// <exception cref="KitException">It is an encoder without a head.</exception>
    public static void RequireAnswers(string method, LanguageModel student)
    {
        if (student.Config is BertConfig { Head: EncoderHead.None })
            throw new KitException($"Method '{method}' trains models that answer; this student is a '{student.Config.ModelType}' without a head. Give it one.");
    }

    /// <summary>Requires a model that predicts tokens.</summary>
    /// <exception cref="KitException">The model is a classifier.</exception>
    public static void RequireDecoder(string method, LanguageModel student)
    {
        if (student.Config.Classes != 0 || student.Config is BertConfig)
            throw new KitException($"Method '{method}' trains models that predict tokens; this student is a '{student.Config.ModelType}' encoder. Use 'fine-tune' or 'kd', or a decoder.");
    }

    /// <summary>Requires that both models read the same rows and predict over the same set, and freezes the teacher.</summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="student">The model that learns.</param>
    /// <param name="teacher">The model it learns from: put into evaluation mode, its parameters frozen.</param>
    /// <exception cref="KitException">They differ in vocabulary, classes or length; the message names both sides.</exception>
    public static void RequireTeacher(string method, LanguageModel student, LanguageModel teacher)
    {
        if (ReferenceEquals(student, teacher))
            throw new KitException($"Method '{method}': student and teacher are one and the same model. Load the teacher a second time.");
        var (s, t) = (student.Config, teacher.Config);
        RequireSame(method, "vocabulary", s.VocabularySize, t.VocabularySize, "Train the student with the teacher's tokenizer.");
        RequireSame(method, "number of classes", s.Classes, t.Classes, "Both must be trained for the same task.");
        if ((s as BertConfig)?.Head != (t as BertConfig)?.Head)
            throw new KitException($"Method '{method}': the student's head is {Head(s)}, the teacher's is {Head(t)}. Both must be trained for the same task.");
        if (t.MaxLength < s.MaxLength)
            throw new KitException($"Method '{method}': the teacher reads rows of at most {t.MaxLength} tokens, the student {s.MaxLength}. Give the student the teacher's length, or choose a longer teacher.");
        foreach (var parameter in teacher.parameters()) parameter.requires_grad = false;
        teacher.eval();
    }

    /// <summary>Requires embeddings of one width, so that gradients at them can be compared.</summary>
    /// <exception cref="KitException">They differ; the message names both.</exception>
    public static void RequireSameWidth(string method, LanguageModel student, LanguageModel teacher) =>
        RequireSame(method, "width", student.Config.Width, teacher.Config.Width, "Give the student the teacher's width, for example with student.from = teacher.");

    /// <summary>Requires attention of one number of heads, so that its maps can be compared.</summary>
    /// <param name="method">The method's id, for messages.</param>
    /// <param name="student">The model that learns.</param>
    /// <param name="teacher">The model it learns from.</param>
    /// <param name="ofValues">Whether the heads of keys and values have to be as many as well.</param>
    /// <exception cref="KitException">They differ; the message names both.</exception>
    public static void RequireSameHeads(string method, LanguageModel student, LanguageModel teacher, bool ofValues = false)
    {
        const string Remedy = "Set student.heads to the teacher's, or choose 'minilmv2', which compares models of any heads.";
        RequireSame(method, "number of attention heads", student.Config.Heads, teacher.Config.Heads, Remedy);
        if (ofValues) RequireSame(method, "number of key and value heads", student.Config.KeyValueHeads, teacher.Config.KeyValueHeads, Remedy);
    }

    /// <summary>
    /// Freezes the student's embedding where it is the teacher's, so that both models' input gradients live in one space
    /// (Gradient Knowledge Distillation, arXiv 2211.01071, section 3).
    /// </summary>
    /// <exception cref="KitException">The two embeddings differ in a name, a shape or a bit.</exception>
    public static void FreezeSharedEmbedding(string method, LanguageModel student, LanguageModel teacher)
    {
        var theirs = teacher.EmbeddingParameters.ToDictionary(p => p.Name, p => p.Value);
        foreach (var (name, value) in student.EmbeddingParameters)
        {
            if (!theirs.TryGetValue(name, out var other) || !Equal(value, other))
                throw new KitException($"Method '{method}' freezes the student's embedding, so that its gradients live in the teacher's input space, and '{name}' is not the teacher's. "
                    + "Start the student from it (student.from = teacher, with the teacher's width), or set method.freezeEmbedding to false.");
            value.requires_grad = false;
        }
    }

    private static bool Equal(Tensor ours, Tensor theirs)
    {
        // The student may hold a shorter table of positions: the first of the teacher's.
        if (ours.dim() != theirs.dim() || ours.shape[0] > theirs.shape[0] || !ours.shape.AsSpan(1).SequenceEqual(theirs.shape.AsSpan(1))) return false;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return ours.eq(theirs.narrow(0, 0, ours.shape[0]).to(ours)).all().ToBoolean();
    }

    /// <summary>[B, T] int64: the next tokens of a batch.</summary>
    /// <exception cref="KitException">The task has none.</exception>
    public static Tensor Targets(string method, Batch batch) => batch.Targets
        ?? throw new KitException($"Method '{method}' needs target tokens to predict; this task has none. Choose a generation task.");

    /// <summary>The batch, which has next tokens.</summary>
    /// <exception cref="KitException">The task has none.</exception>
    public static Batch WithTargets(string method, Batch batch)
    {
        Targets(method, batch);
        return batch;
    }

    private static string Head(ModelConfig config) => config is BertConfig bert ? $"of {bert.Head}" : "of next tokens";

    private static void RequireSame(string method, string what, int student, int teacher, string remedy)
    {
        if (student != teacher) throw new KitException($"Method '{method}': the student's {what} is {student}, the teacher's is {teacher}. {remedy}");
    }
}
