namespace ResearchKit.Data.Grammars;

/// <summary>The rules of <see cref="ProbabilisticGrammar.Agreement"/>.</summary>
internal static class AgreementGrammar
{
    private static readonly (string Word, double Weight)[] One = [("dog", 0.5), ("cat", 0.3), ("bird", 0.2)], Many = [("dogs", 0.45), ("cats", 0.35), ("birds", 0.2)];

    public static ProbabilisticGrammar Make()
    {
        List<GrammarRule> rules = [];
        // The subject decides the clause's number, and with "the" its noun does.
        Determiner("clause", "subject", "subject.one", "subject.many");
        Noun("subject", One, "verb.one");
        Noun("subject", Many, "verb.many");
        Noun("subject.one", One, "verb.one");
        Noun("subject.many", Many, "verb.many");
        Adjectives("subject", "subject.one", "subject.many");
        foreach (var (number, verbs) in (IEnumerable<(string, string[])>)[("one", ["barks", "sleeps", "sees"]), ("many", ["bark", "sleep", "see"])])
        {
            // Nouns of either number between the subject and its verb leave the number as it is.
            Add($"verb.{number}", $"phrase.{number}", ("near", 0.22), ("behind", 0.13));
            Add($"verb.{number}", "done", (verbs[0], 0.26), (verbs[1], 0.19));
            Add($"verb.{number}", "object", (verbs[2], 0.2));
            Determiner($"phrase.{number}", $"phrase.{number}.any", $"phrase.{number}.one", $"phrase.{number}.many");
            Noun($"phrase.{number}.any", One, $"verb.{number}");
            Noun($"phrase.{number}.any", Many, $"verb.{number}");
            Noun($"phrase.{number}.one", One, $"verb.{number}");
            Noun($"phrase.{number}.many", Many, $"verb.{number}");
            Adjectives($"phrase.{number}.any", $"phrase.{number}.one", $"phrase.{number}.many");
        }
        Determiner("object", "object.any", "object.one", "object.many");
        Noun("object.any", One, "done");
        Noun("object.any", Many, "done");
        Noun("object.one", One, "done");
        Noun("object.many", Many, "done");
        Adjectives("object.any", "object.one", "object.many");
        Add("done", "clause", ("and", 0.25));
        rules.Add(new("done", null, 0.75, null));
        return new("clause", rules, slip: 0.02);

        void Determiner(string from, string any, string one, string many)
        {
            Add(from, any, ("the", 0.5));
            Add(from, one, ("a", 0.3));
            Add(from, many, ("some", 0.2));
        }

        void Noun(string from, (string, double)[] nouns, string to) => Add(from, to, nouns);

        void Adjectives(params string[] states)
        {
            foreach (var state in states) Add(state, state, ("big", 0.15), ("old", 0.1));
        }

        void Add(string from, string to, params IEnumerable<(string Word, double Weight)> words) => rules.AddRange(words.Select(w => new GrammarRule(from, w.Word, w.Weight, to)));
    }
}
