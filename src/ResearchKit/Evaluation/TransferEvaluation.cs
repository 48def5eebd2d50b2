using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Evaluation;

/// <summary>
/// What of a teacher arrived in a student, teacher-forced on the rows' scored tokens (Online Knowledge Distillation, arXiv 2409.12512, equations 3 and 4, figures 2
/// and 5): <c>teacher agreement</c> (TOP-1), <c>teacher kl</c> (KL(p_T ‖ p_S), nats a token) and <c>logit std</c> (standard deviation of the student's logits
/// over the vocabulary, mean over tokens), each of all tokens and with <c>hard</c> or <c>easy</c> behind it; <c>uncertainty</c>, the mean of UNC = 1 − p_T(gold); and
/// <c>teacher logit std</c>.
/// </summary>
/// <remarks>
/// <para>A token is hard where the teacher's UNC is above the median of all scored tokens, the lower of the two middle ones where their number is even: tokens
/// that are as uncertain as the median are easy, whatever order they come in, so an even number of different ones is halved. Where all are alike none is
/// hard, and there are no metrics of hard ones. UNC is compared as −log p_T(gold), which tells tokens apart whose probabilities round to 1.</para>
/// <para>The teacher is the base: an adapter that it carries is off. Where it carries one, <c>adapted agreement</c> and <c>adapted kl</c> are those to the teacher
/// with it, over the same tokens; the paper does not say which of the two its figures show. The standard deviation divides by V, and does not feel a
/// shift of the logits.</para>
/// </remarks>
/// <param name="samples">The rows.</param>
/// <param name="collator">Pads them, makes their targets, and puts them where the models are.</param>
/// <param name="batchSize">Rows a batch.</param>
/// <param name="teacher">The teacher, with its adapter if it has one.</param>
public sealed class TransferEvaluation(IReadOnlyList<Sample> samples, Collator collator, int batchSize, LanguageModel teacher) : IEvaluation
{
    /// <inheritdoc/>
    /// <exception cref="KitException">No token is scored.</exception>
    public IReadOnlyDictionary<string, double> Measure(LanguageModel model)
    {
        var tokens = Tokens(model);
        if (tokens.Count == 0) throw new KitException("No token of the evaluation split is scored: every response is empty or was cut off. Allow longer rows (data.maxLength).");
        double median = tokens.Select(t => t.Surprise).Order().ElementAt((tokens.Count - 1) / 2);
        Dictionary<string, double> metrics = new() { ["uncertainty"] = tokens.Average(t => t.Uncertainty), ["teacher logit std"] = tokens.Average(t => t.TeacherDeviation) };
        Add("", tokens);
        Add(" hard", [.. tokens.Where(t => t.Surprise > median)]);
        Add(" easy", [.. tokens.Where(t => t.Surprise <= median)]);
        return metrics;

        void Add(string part, IReadOnlyList<TokenTransfer> of)
        {
            if (of.Count == 0) return;
            metrics["teacher agreement" + part] = of.Average(t => t.Agreement);
            metrics["teacher kl" + part] = of.Average(t => t.Divergence);
            metrics["logit std" + part] = of.Average(t => t.Deviation);
            if (teacher.Adapter is null) return;
            metrics["adapted agreement" + part] = of.Average(t => t.AdaptedAgreement!.Value);
            metrics["adapted kl" + part] = of.Average(t => t.AdaptedDivergence!.Value);
        }
    }

    /// <summary>Every scored token, batch by batch, the longest rows first.</summary>
    public IReadOnlyList<TokenTransfer> Tokens(LanguageModel model)
    {
        using var quiet = new EvaluationMode(model, teacher);
        List<TokenTransfer> tokens = [];
        foreach (var (_, batch) in Batches.ByLength(samples, collator, batchSize))
        {
            using var owned = batch;
            if (batch.TargetCount > 0) tokens.AddRange(Tokens(model, batch));
        }
        return tokens;
    }

    private IEnumerable<TokenTransfer> Tokens(LanguageModel model, Batch batch)
    {
        using var scope = NewDisposeScope();
        var scored = batch.Scored.flatten().nonzero().flatten();                                   // [N]
        var gold = batch.Targets!.flatten().index_select(0, scored).unsqueeze(1);                   // [N, 1]
        var student = Logits(model, batch, scored);                                                 // [N, V]
        Tensor taught;
        using (new AdapterMode(teacher, null)) taught = Logits(teacher, batch, scored);
        var (logQ, logP) = (student.log_softmax(1), taught.log_softmax(1));
        List<Tensor> columns = [logP.gather(1, gold).squeeze(1).neg(), .. Compare(logP, logQ), Deviation(student), Deviation(taught)];
        if (teacher.Adapter is not null) columns.AddRange(Compare(Logits(teacher, batch, scored).log_softmax(1), logQ));
        int n = (int)scored.shape[0];
        var values = stack([.. columns.Select(c => c.to_type(ScalarType.Float64))]).cpu().data<double>().ToArray();   // [columns, N]
        double At(int column, int i) => values[column * n + i];
        bool adapted = columns.Count > 5;
        return [.. Enumerable.Range(0, n).Select(i => new TokenTransfer(At(0, i), At(1, i), At(2, i), At(3, i), At(4, i), adapted ? At(5, i) : null, adapted ? At(6, i) : null))];
    }

    private static Tensor Logits(LanguageModel model, Batch batch, Tensor scored) => model.Forward(batch).Logits.flatten(0, 1).index_select(0, scored).to_type(ScalarType.Float32);

    private static Tensor[] Compare(Tensor logP, Tensor logQ) => [logP.argmax(1).eq(logQ.argmax(1)), TokenDivergence.ForwardKl.PerPosition(logP, logQ)];

    private static Tensor Deviation(Tensor logits) => (logits - logits.mean([1], keepdim: true)).square().mean([1]).sqrt();
}

/// <summary>One scored token, as teacher and student see it.</summary>
/// <param name="Surprise">−log p_T(gold), nats.</param>
/// <param name="Agreement">1 where both find the same token likeliest, else 0.</param>
/// <param name="Divergence">KL(p_T ‖ p_S), nats.</param>
/// <param name="Deviation">Standard deviation of the student's logits.</param>
/// <param name="TeacherDeviation">That of the teacher's.</param>
/// <param name="AdaptedAgreement">Agreement with the teacher under its adapter; null without one.</param>
/// <param name="AdaptedDivergence">Divergence from it.</param>
public sealed record TokenTransfer(
    double Surprise, double Agreement, double Divergence, double Deviation, double TeacherDeviation, double? AdaptedAgreement, double? AdaptedDivergence)
{
    /// <summary>UNC = 1 − p_T(gold).</summary>
    public double Uncertainty => 1 - Math.Exp(-Surprise);
}
