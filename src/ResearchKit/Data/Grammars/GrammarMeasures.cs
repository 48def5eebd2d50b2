using MathNet.Numerics.LinearAlgebra;

namespace ResearchKit.Data.Grammars;

/// <summary>
/// What follows from a grammar's rules exactly, each as one system of linear equations: expected visits of its states, length and entropy of
/// sentences, and divergences between grammars. Entropies and divergences are in nats.
/// </summary>
public static class GrammarMeasures
{
    /// <summary>How often a sentence is expected to be in each state, v = e_start (I − P)⁻¹ with P(s, t) the probability to go from s to t.</summary>
    public static IReadOnlyList<double> ExpectedVisits(ProbabilisticGrammar grammar)
    {
        int n = grammar.States.Count;
        var system = Matrix<double>.Build.DenseIdentity(n);
        for (int s = 0; s < n; s++)
            foreach (var (probability, to) in Steps(grammar, s)) system[to, s] -= probability;
        return system.Solve(Unit(n, grammar.Start)).ToArray();
    }

    /// <summary>Expected number of tokens of a sentence, its end counted: Σ_s v_s.</summary>
    public static double ExpectedLength(ProbabilisticGrammar grammar) => ExpectedVisits(grammar).Sum();

    /// <summary>Entropy of the distribution over sentences, Σ_s v_s H(next word at s).</summary>
    public static double Entropy(ProbabilisticGrammar grammar) => ExpectedVisits(grammar).Select((v, s) => v * EntropyOf(grammar.Next(s))).Sum();

    /// <summary>Entropy a token: the least cross-entropy that any model can reach, <see cref="Entropy"/> over <see cref="ExpectedLength"/>.</summary>
    public static double EntropyRate(ProbabilisticGrammar grammar) => Entropy(grammar) / ExpectedLength(grammar);

    /// <summary>
    /// KL(p ‖ q) between distributions over sentences: Σ_{s,t} v_{s,t} KL(next at s ‖ next at t), v the expected visits under p of the pairs
    /// of states that both grammars are in. Words are matched by their text. ∞ where q lacks what p can say.
    /// </summary>
    public static double Divergence(ProbabilisticGrammar p, ProbabilisticGrammar q)
    {
        var numbers = p.Symbols.Select(s => q.Symbols.Index().Where(o => o.Item == s).Select(o => (int?)o.Index).FirstOrDefault()).ToArray();
        // The pairs of states that p reaches, in the order in which they are met.
        Dictionary<(int, int), int> pairs = new() { [(p.Start, q.Start)] = 0 };
        List<(int P, int Q)> order = [(p.Start, q.Start)];
        List<(int From, int To, double Probability)> steps = [];
        List<double> local = [];
        for (int i = 0; i < order.Count; i++)
        {
            var (s, t) = order[i];
            double divergence = Term(p.Next(s)[p.End], q.Next(t)[q.End]);
            for (int a = 0; a < p.End; a++)
            {
                double probability = p.Next(s)[a];
                if (probability == 0) continue;
                if (numbers[a] is not { } b || q.After(t, b) is not { } after) return double.PositiveInfinity;
                divergence += Term(probability, q.Next(t)[b]);
                var to = (p.After(s, a)!.Value, after);
                if (!pairs.TryGetValue(to, out int number))
                {
                    pairs[to] = number = order.Count;
                    order.Add(to);
                }
                steps.Add((i, number, probability));
            }
            local.Add(divergence);
        }
        var system = Matrix<double>.Build.DenseIdentity(order.Count);
        foreach (var (from, to, probability) in steps) system[to, from] -= probability;
        return system.Solve(Unit(order.Count, 0)).Zip(local, (v, d) => v * d).Sum();

        static double Term(double a, double b) => a == 0 ? 0 : a * Math.Log(a / b);
    }

    /// <summary>
    /// What the best bigram model misses, KL a sentence: the entropy of the next word given the last one alone, less the entropy given all
    /// before. 0 for a grammar in which the last word says everything.
    /// </summary>
    public static double BigramGap(ProbabilisticGrammar grammar)
    {
        var visits = ExpectedVisits(grammar);
        // Expected number of times that a word is the last and a state the current one; the beginning counts as a word of its own.
        var joint = new double[grammar.End + 1, grammar.States.Count];
        joint[grammar.End, grammar.Start] = 1;
        for (int s = 0; s < visits.Count; s++)
            for (int a = 0; a < grammar.End; a++)
                if (grammar.After(s, a) is { } to) joint[a, to] += visits[s] * grammar.Next(s)[a];
        double sum = 0;
        for (int last = 0; last <= grammar.End; last++)
        {
            double[] mixture = new double[grammar.End + 1];
            double total = 0;
            for (int s = 0; s < visits.Count; s++)
            {
                total += joint[last, s];
                for (int a = 0; a <= grammar.End; a++) mixture[a] += joint[last, s] * grammar.Next(s)[a];
            }
            if (total > 0) sum += total * EntropyOf([.. mixture.Select(m => m / total)]);
        }
        return sum - Entropy(grammar);
    }

    /// <summary>−Σ p log p, in nats.</summary>
    internal static double EntropyOf(IReadOnlyList<double> p) => -p.Sum(x => x == 0 ? 0 : x * Math.Log(x));

    private static IEnumerable<(double Probability, int To)> Steps(ProbabilisticGrammar grammar, int state)
    {
        for (int a = 0; a < grammar.End; a++)
            if (grammar.Next(state)[a] is > 0 and var probability) yield return (probability, grammar.After(state, a)!.Value);
    }

    private static Vector<double> Unit(int n, int at) => Vector<double>.Build.Dense(n, i => i == at ? 1 : 0);
}
