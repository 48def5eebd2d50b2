using ResearchKit.Data.Grammars;
using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>A model held against the grammar that it should have learnt, by enumeration and without sampling.</summary>
/// <param name="Prefixes">Beginnings of sentences that were enumerated.</param>
/// <param name="Covered">The share of a sentence's expected tokens that follow one of them: what is left is beyond the length or the least probability.</param>
/// <param name="Divergence">Σ over the beginnings of P(beginning) KL(grammar ‖ model), nats: their part of the divergence between sentences, all of which is
/// approached from below as more are enumerated.</param>
/// <param name="Transfer">The next-token distributions after them, weighted by P(beginning): its means are over the covered tokens.</param>
public sealed record GrammarComparison(int Prefixes, double Covered, double Divergence, TransferReport Transfer)
{
    /// <summary>Compares, in evaluation mode.</summary>
    /// <param name="model">What has learnt; its tokens are the vocabulary's.</param>
    /// <param name="vocabulary">The grammar and its tokens.</param>
    /// <param name="longest">Most words of a beginning.</param>
    /// <param name="least">Least probability of a beginning.</param>
    /// <param name="batchSize">Rows a batch.</param>
    /// <param name="settings">Where lines are drawn.</param>
    /// <exception cref="KitException">The vocabularies differ, or there are too many beginnings.</exception>
    public static GrammarComparison Of(LanguageModel model, GrammarVocabulary vocabulary, int longest, double least = 0, int batchSize = 256, TransferSettings? settings = null)
    {
        if (model.Config.VocabularySize != vocabulary.Size)
            throw new KitException($"The model has {model.Config.VocabularySize} tokens, the grammar's vocabulary {vocabulary.Size}; make the vocabulary with the model's tokenizer.");
        using var truth = new GrammarModel(vocabulary);
        using var quiet = new EvaluationMode(model);
        var transfer = new DistributionTransfer(settings);
        var device = model.parameters().First().device;
        var prefixes = vocabulary.Grammar.Prefixes(longest, least);
        foreach (var rows in prefixes.Chunk(batchSize))
        {
            using var scope = NewDisposeScope();
            var onCpu = Batch.LeftPadded([.. rows.Select(r => (int[])[.. vocabulary.Prompt, .. r.Symbols.Select(s => vocabulary.Words[s])])]);
            var exact = truth.Forward(onCpu).Logits.select(1, onCpu.Width - 1);                                   // [n, V]
            using var batch = onCpu.To(device);
            var said = model.Forward(batch).Logits.select(1, batch.Width - 1);
            transfer.Add(exact.to(device), said, weights: tensor(rows.Select(r => r.Probability).ToArray(), device: device));
        }
        var report = transfer.Report();
        return new(prefixes.Count, report.Positions / GrammarMeasures.ExpectedLength(vocabulary.Grammar), report.Positions * report.ForwardKl, report);
    }
}
