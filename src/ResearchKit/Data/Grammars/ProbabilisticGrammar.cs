namespace ResearchKit.Data.Grammars;

/// <summary>One rule of a right-linear grammar: From → Symbol To, or From → ε where the sentence ends.</summary>
/// <param name="From">The state (nonterminal) that it rewrites.</param>
/// <param name="Symbol">The word it emits; null where the sentence ends.</param>
/// <param name="Weight">Above 0; the weights of one state are made to add up to 1.</param>
/// <param name="To">The state after it; null where the sentence ends.</param>
public sealed record GrammarRule(string From, string? Symbol, double Weight, string? To);

/// <summary>The beginning of a sentence.</summary>
/// <param name="Symbols">Indices of its words.</param>
/// <param name="State">The state after them.</param>
/// <param name="Probability">That a sentence begins so.</param>
public sealed record GrammarPrefix(IReadOnlyList<int> Symbols, int State, double Probability);

/// <summary>
/// A right-linear probabilistic grammar whose words decide the state, in other words a probabilistic deterministic finite automaton
/// (Vidal et al. 2005, "Probabilistic finite-state machines"). The distribution of the next word after any beginning is known exactly, and
/// so is whatever follows from it: <see cref="GrammarMeasures"/> has entropies and divergences in closed form.
/// </summary>
/// <remarks>A slip makes every word possible everywhere: with that probability the next word, the end included, is any of them alike. A word
/// that no rule has at a state leaves the state as it is.</remarks>
public sealed class ProbabilisticGrammar
{
    private const int MostPrefixes = 1_000_000;

    private readonly double[][] _next;   // [states][words + end]
    private readonly int[][] _after;     // [states][words]; -1 where the word is impossible
    private readonly int _start;

    /// <summary>Makes a grammar.</summary>
    /// <param name="start">The state in which sentences begin.</param>
    /// <param name="rules">The rules; states and words are numbered in the order in which they first come.</param>
    /// <param name="slip">ε: probability that any word comes, 0 to below 1.</param>
    /// <exception cref="KitException">Rules contradict each other, a state has none, or a sentence could go on for ever.</exception>
    public ProbabilisticGrammar(string start, IReadOnlyList<GrammarRule> rules, double slip = 0)
    {
        if (!(slip >= 0 && slip < 1)) throw new KitException($"The slip of a grammar is {slip}; it must be at least 0 and below 1.");
        States = [.. rules.Select(r => r.From).Prepend(start).Distinct()];
        Symbols = [.. rules.Select(r => r.Symbol).OfType<string>().Distinct()];
        Slip = slip;
        var states = States.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => p.i);
        var symbols = Symbols.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => p.i);
        _next = [.. States.Select(_ => new double[Symbols.Count + 1])];
        _after = [.. States.Select((_, s) => slip > 0 ? Enumerable.Repeat(s, Symbols.Count).ToArray() : [.. Enumerable.Repeat(-1, Symbols.Count)])];
        foreach (var rule in rules)
        {
            if (!(rule.Weight > 0 && double.IsFinite(rule.Weight))) throw Wrong(rule, "its weight must be above 0");
            if (rule.Symbol is null != rule.To is null) throw Wrong(rule, "a word and a state to go to belong together; the end has neither");
            int from = states[rule.From], symbol = rule.Symbol is null ? Symbols.Count : symbols[rule.Symbol];
            if (_next[from][symbol] > 0) throw Wrong(rule, "that state has a rule for that word already, and the state after a beginning would be unknown");
            _next[from][symbol] = rule.Weight;
            if (rule.To is null) continue;
            if (!states.TryGetValue(rule.To, out int to)) throw Wrong(rule, $"no rule begins with '{rule.To}'");
            _after[from][symbol] = to;
        }
        foreach (var (row, state) in _next.Zip(States))
        {
            double sum = row.Sum();
            if (sum <= 0) throw new KitException($"The grammar has no rule for its state '{state}'; give one.");
            for (int i = 0; i < row.Length; i++) row[i] = (1 - slip) * row[i] / sum + slip / row.Length;
        }
        _start = states[start];
        RequireEnd();
    }

    /// <summary>
    /// The kit's own: clauses whose verb agrees with their subject however many phrases stand between ("the dog near some cats behind a bird
    /// barks"), so that the words before the verb mislead, and what decides lies arbitrarily far back. 20 words, 3 to 7 likely ones at every
    /// place but a clause's end, and a slip of 2 % everywhere. A sentence has 8.87 tokens and 12.58 nats; the best bigram model misses 2.25 of them.
    /// </summary>
    public static ProbabilisticGrammar Agreement { get; } = AgreementGrammar.Make();

    /// <summary>The words, by their numbers.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>The number that stands for the end of a sentence: the one after the last word's.</summary>
    public int End => Symbols.Count;

    /// <summary>The states, by their numbers.</summary>
    public IReadOnlyList<string> States { get; }

    /// <summary>ε: how probable it is that any word comes.</summary>
    public double Slip { get; }

    /// <summary>Number of the state in which sentences begin.</summary>
    public int Start => _start;

    /// <summary>The distribution of the next word at a state: as many probabilities as words, and the end's last. They add up to 1.</summary>
    /// <param name="state">The state's number.</param>
    public IReadOnlyList<double> Next(int state) => _next[state];

    /// <summary>The state after a word; null where the word cannot come.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="symbol">The word's number.</param>
    public int? After(int state, int symbol) => _after[state][symbol] is >= 0 and var to ? to : null;

    /// <summary>The state after the beginning of a sentence; null where no sentence begins so.</summary>
    /// <param name="prefix">Words' numbers.</param>
    public int? StateAfter(ReadOnlySpan<int> prefix)
    {
        int? state = _start;
        foreach (int symbol in prefix)
            if (state is { } s) state = After(s, symbol);
        return state;
    }

    /// <summary>Logarithm of the probability of a whole sentence, its end included, in nats; −∞ where it is none.</summary>
    /// <param name="sentence">Words' numbers, without the end.</param>
    public double LogProbability(ReadOnlySpan<int> sentence)
    {
        double sum = 0;
        int state = _start;
        foreach (int symbol in sentence)
        {
            if (After(state, symbol) is not { } next) return double.NegativeInfinity;
            sum += Math.Log(_next[state][symbol]);
            state = next;
        }
        return sum + Math.Log(_next[state][End]);
    }

    /// <summary>Draws a sentence.</summary>
    /// <param name="random">Random numbers that stay what they are.</param>
    /// <returns>Words' numbers, without the end; none for an empty sentence.</returns>
    public int[] Sample(ref StableRandom random)
    {
        List<int> sentence = [];
        for (int state = _start; ;)
        {
            double left = (random.Next() >> 11) * (1.0 / (1L << 53));
            int symbol = 0;
            while (symbol < End && (left -= _next[state][symbol]) >= 0) symbol++;
            if (symbol < End && _next[state][symbol] == 0) continue;   // rounding
            if (symbol == End && _next[state][End] == 0) continue;
            if (symbol == End) return [.. sentence];
            sentence.Add(symbol);
            state = _after[state][symbol];
        }
    }

    /// <summary>
    /// Every beginning of a sentence, the empty one first, each with its exact probability. Those of one length add up to the probability
    /// that a sentence is at least so long; all together, to its expected length with the end counted.
    /// </summary>
    /// <param name="longest">Most words.</param>
    /// <param name="least">Leave out those less probable than this, and so all that go on from them.</param>
    /// <exception cref="KitException">There are more than a million.</exception>
    public IReadOnlyList<GrammarPrefix> Prefixes(int longest, double least = 0)
    {
        List<GrammarPrefix> all = [new([], _start, 1)];
        for (int i = 0; i < all.Count; i++)
        {
            var prefix = all[i];
            if (prefix.Symbols.Count == longest) continue;
            for (int symbol = 0; symbol < End; symbol++)
            {
                double probability = prefix.Probability * _next[prefix.State][symbol];
                if (probability > 0 && probability >= least) all.Add(new([.. prefix.Symbols, symbol], _after[prefix.State][symbol], probability));
            }
            if (all.Count > MostPrefixes)
                throw new KitException($"The grammar has more than {MostPrefixes:N0} beginnings of up to {longest} words. Take shorter ones, or leave out the less probable.");
        }
        return all;
    }

    /// <summary>A sentence as text: its words with blanks between.</summary>
    public string Text(IEnumerable<int> sentence) => string.Join(' ', sentence.Select(s => Symbols[s]));

    // Otherwise expected lengths are infinite, and Sample need not return.
    private void RequireEnd()
    {
        var ends = States.Select((_, s) => _next[s][End] > 0).ToArray();
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int s = 0; s < ends.Length; s++)
                if (!ends[s] && Enumerable.Range(0, End).Any(a => _next[s][a] > 0 && ends[_after[s][a]])) ends[s] = changed = true;
        }
        if (Array.IndexOf(ends, false) is >= 0 and var never)
            throw new KitException($"From the grammar's state '{States[never]}' no sentence ends; give it, or one that it leads to, a rule without a word.");
    }

    private static KitException Wrong(GrammarRule rule, string why) =>
        new($"The grammar's rule {rule.From} → {rule.Symbol ?? "the end"} {rule.To} of weight {rule.Weight} cannot stand: {why}.");
}
