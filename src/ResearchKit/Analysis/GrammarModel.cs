using System.Text.Json.Nodes;
using ResearchKit.Data.Grammars;
using ResearchKit.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>
/// A grammar as a language model: its logits are the exact log-probabilities of the next token. It can teach, and whatever compares a model with
/// its teacher compares it with the truth.
/// </summary>
/// <remarks>
/// A token that is no word of the grammar (the prompt's) puts it at the beginning of a sentence; after the end token a sentence begins as well,
/// so the token that ends may also begin. What the grammar cannot say has a logit of −∞. After words that no sentence has, it is at the
/// beginning.
/// </remarks>
public sealed class GrammarModel : LanguageModel
{
    private readonly GrammarVocabulary _vocabulary;
    private readonly Parameter _table;      // [S, V] log-probabilities
    private readonly int[][] _after;        // [S][V]

    /// <summary>Makes the model, on the CPU.</summary>
    /// <param name="vocabulary">The grammar, and which token each of its words is.</param>
    /// <param name="type">Of its logits.</param>
    public GrammarModel(GrammarVocabulary vocabulary, ScalarType type = ScalarType.Float64) : base(nameof(GrammarModel))
    {
        _vocabulary = vocabulary;
        var grammar = vocabulary.Grammar;
        int states = grammar.States.Count, size = vocabulary.Size;
        Config = new GrammarConfig { VocabularySize = size };
        var logs = new double[states * size];
        Array.Fill(logs, double.NegativeInfinity);
        _after = new int[states][];
        for (int s = 0; s < states; s++)
        {
            Array.Fill(_after[s] = new int[size], grammar.Start);
            logs[s * size + vocabulary.End] = Math.Log(grammar.Next(s)[grammar.End]);
            for (int word = 0; word < grammar.End; word++)
            {
                logs[s * size + vocabulary.Words[word]] = Math.Log(grammar.Next(s)[word]);
                _after[s][vocabulary.Words[word]] = grammar.After(s, word) ?? grammar.Start;
            }
        }
        using var scope = NewDisposeScope();
        _table = new Parameter(tensor(logs, [states, size]).to(type).DetachFromDisposeScope(), requires_grad: false);
        _table.DetachFromDisposeScope();
        register_parameter("log_probabilities", _table);
    }

    /// <inheritdoc/>
    public override ModelConfig Config { get; }

    /// <inheritdoc/>
    public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null)
    {
        if (observe != Observe.None || embedding is not null) throw Tables();
        Check(batch);
        using var scope = NewDisposeScope();
        var table = parameters().Single();   // a change of device or type replaces it
        long[] ids = batch.Ids.cpu().data<long>().ToArray(), states = new long[ids.Length];
        for (int row = 0; row < batch.Rows; row++)
        {
            int length = (int)batch.Lengths[row], from = row * batch.Width + (batch.PaddedLeft ? batch.Width - length : 0);
            int state = _vocabulary.Grammar.Start;
            for (int t = from; t < from + length; t++) states[t] = state = _after[state][ids[t]];
        }
        var index = tensor(states, device: table.device);
        return new ModelOutput { Logits = table.index_select(0, index).view(batch.Rows, batch.Width, _vocabulary.Size).MoveToOuterDisposeScope() };
    }

    /// <summary>There is none.</summary>
    /// <exception cref="KitException">Always.</exception>
    public override Tensor Embed(Batch batch) => throw Tables();

    private static KitException Tables() => new("A grammar is a table of probabilities: it has no embedding and no layers to observe. Choose a method that looks at the logits alone.");

    private sealed record GrammarConfig : ModelConfig
    {
        public override string ModelType => "grammar";
        public override int VocabularySize { get; init; }
        public override int Width { get; init; } = 1;
        public override int Layers { get; init; }
        public override int Heads { get; init; } = 1;
        public override int MaxLength { get; init; } = int.MaxValue;
        public override ModelConfig WithoutDropout() => this;
        protected override JsonObject Describe() => throw new KitException("A grammar is made from its rules; it is not saved as a model.");
        public override void Validate() { }
    }
}
