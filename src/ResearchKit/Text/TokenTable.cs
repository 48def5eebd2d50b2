namespace ResearchKit.Text;

/// <summary>The tokens of a vocabulary in the making: special ones, the alphabet, then what pairs join to.</summary>
internal sealed class TokenTable
{
    /// <summary>What errors call the vocabulary.</summary>
    public const string Source = "the trained vocabulary";

    private readonly List<string> _tokens = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>Pairs in the order they were learned.</summary>
    public List<(string Left, string Right)> Merges { get; } = [];

    /// <summary>The id of a token, which is new if need be.</summary>
    public int Add(string token)
    {
        if (!_ids.TryGetValue(token, out int id))
        {
            _ids[token] = id = _tokens.Count;
            _tokens.Add(token);
        }
        return id;
    }

    /// <summary>The vocabulary as it stands.</summary>
    public Vocabulary ToVocabulary() => new(_tokens.Select((t, id) => (t, id)), Source);

    /// <summary>Refuses a size that the special tokens and the alphabet alone exceed.</summary>
    public void CheckSize(int size)
    {
        if (size < _tokens.Count)
            throw new KitException($"A vocabulary of {size} tokens is too small: the special tokens and the alphabet alone are "
                + $"{_tokens.Count}. Ask for more.");
    }

    /// <summary>Learns pairs until the table has that many tokens or no pair comes often enough.</summary>
    /// <param name="words">Symbols (ids of this table) and how often each word comes.</param>
    /// <param name="size">Tokens wanted.</param>
    /// <param name="minimumCount">Pairs that come more rarely stay apart.</param>
    /// <param name="join">How the two tokens of a pair are written as one.</param>
    public void Learn(IEnumerable<(int[] Symbols, long Count)> words, int size, long minimumCount, Func<string, string, string> join)
    {
        var learner = new PairLearner(words);
        var learned = new HashSet<(int, int)>();
        while (_tokens.Count < size && learner.Next(minimumCount) is { } pair)
        {
            var (left, right) = (_tokens[pair.Left], _tokens[pair.Right]);
            learner.Join(pair, Add(join(left, right)));
            // Where two pairs join to one token, a pair can come up again; its rank is the first.
            if (learned.Add(pair))
                Merges.Add((left, right));
        }
    }

    /// <summary>How often each word comes.</summary>
    /// <exception cref="KitException">There is none.</exception>
    public static void RequireWords(int words)
    {
        if (words == 0)
            throw new KitException("The texts to train a tokenizer on hold no word; give some text.");
    }
}
