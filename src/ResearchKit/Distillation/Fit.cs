using ResearchKit.Models;
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
        if (t.MaxLength < s.MaxLength)
            throw new KitException($"Method '{method}': the teacher reads rows of at most {t.MaxLength} tokens, the student {s.MaxLength}. Give the student the teacher's length, or choose a longer teacher.");
        foreach (var parameter in teacher.parameters()) parameter.requires_grad = false;
        teacher.eval();
    }

    /// <summary>[B] int64: the classes of a batch.</summary>
    /// <exception cref="KitException">The task has none.</exception>
    public static Tensor Labels(string method, Batch batch) => batch.Labels is { dtype: ScalarType.Int64 } labels ? labels
        : throw new KitException($"Method '{method}' needs a class for every row; this task has {(batch.Labels is null ? "none" : "numbers in their place")}. Choose a classification task.");

    /// <summary>[B, T] int64: the next tokens of a batch.</summary>
    /// <exception cref="KitException">The task has none.</exception>
    public static Tensor Targets(string method, Batch batch) => batch.Targets
        ?? throw new KitException($"Method '{method}' needs target tokens to predict; this task has none. Choose a generation task.");

    private static void RequireSame(string method, string what, int student, int teacher, string remedy)
    {
        if (student != teacher) throw new KitException($"Method '{method}': the student's {what} is {student}, the teacher's is {teacher}. {remedy}");
    }
}
