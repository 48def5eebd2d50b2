namespace ResearchKit.Evaluation;

/// <summary>
/// Porter's stemmer ("An algorithm for suffix stripping", Program 14(3), 1980) with the departures of NLTK's default mode, because ROUGE as the field
/// computes it stems with that one: twelve words have stems of their own, words of at most two letters stay, <c>ies</c> and <c>ied</c> of four-letter
/// words leave <c>ie</c>, <c>y</c> becomes <c>i</c> after any consonant but the first letter, <c>bli</c>, <c>alli</c>, <c>fulli</c> and <c>logi</c> are handled as
/// Porter's own later program handles them or further, and a word of a vowel and a consonant counts as consonant–vowel–consonant.
/// </summary>
/// <remarks>Words are in small letters; anything that is not a vowel counts as a consonant, digits too.</remarks>
public static class PorterStemmer
{
    // The first suffix that the word ends in decides, whether its condition holds or not; so longer ones come before their own endings.
    private static readonly (string Suffix, string Replacement)[] Second =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"), ("entli", "ent"),
        ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"),
        ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ];

    private static readonly (string Suffix, string Replacement)[] Third =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] Fourth =
        ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"];

    /// <summary>The stem of a word in small letters.</summary>
    public static string Stem(string word)
    {
        if (Irregular(word) is { } known) return known;
        if (word.Length <= 2) return word;
        return Step5(Step4(Step3(Step2(Step1c(Step1b(Step1a(word)))))));
    }

    private static string? Irregular(string word) => word switch
    {
        "sky" or "skies" => "sky",
        "dying" => "die",
        "lying" => "lie",
        "tying" => "tie",
        "inning" or "innings" => "inning",
        "outing" or "outings" => "outing",
        "canning" or "cannings" => "canning",
        "news" or "howe" or "proceed" or "exceed" or "succeed" => word,
        _ => null,
    };

    // Plurals.
    private static string Step1a(string word)
    {
        if (word.Length == 4 && word.EndsWith("ies", StringComparison.Ordinal)) return word[..^1];
        if (Without(word, "sses") is not null || Without(word, "ies") is not null) return word[..^2];
        return Without(word, "ss") is null && Without(word, "s") is { } stem ? stem : word;
    }

    // Past and progressive.
    private static string Step1b(string word)
    {
        if (Without(word, "ied") is not null) return word.Length == 4 ? word[..^1] : word[..^2];
        if (Without(word, "eed") is { } before) return Measure(before) > 0 ? word[..^1] : word;
        string? stem = null;
        if (Without(word, "ed") is { } past && HasVowel(past)) stem = past;
        else if (Without(word, "ing") is { } progressive && HasVowel(progressive)) stem = progressive;
        if (stem is null) return word;
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal)) return stem + "e";
        if (EndsInDoubleConsonant(stem)) return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        return Measure(stem) == 1 && EndsInShortSyllable(stem) ? stem + "e" : stem;
    }

    private static string Step1c(string word) => Without(word, "y") is { Length: > 1 } stem && IsConsonant(stem, stem.Length - 1) ? stem + "i" : word;

    private static string Step2(string word)
    {
        if (Without(word, "alli") is { } all && Measure(all) > 0) return Step2(all + "al");
        foreach (var (suffix, replacement) in Second)
            if (Without(word, suffix) is { } stem) return Measure(stem) > 0 ? stem + replacement : word;
        // The l belongs to what is measured: NLTK's rule, so that "geologi" loses its i.
        return Without(word, "logi") is not null && Measure(word[..^3]) > 0 ? word[..^1] : word;
    }

    private static string Step3(string word)
    {
        foreach (var (suffix, replacement) in Third)
            if (Without(word, suffix) is { } stem) return Measure(stem) > 0 ? stem + replacement : word;
        return word;
    }

    private static string Step4(string word)
    {
        foreach (var suffix in Fourth)
            if (Without(word, suffix) is { } stem) return Measure(stem) > 1 && (suffix != "ion" || stem[^1] is 's' or 't') ? stem : word;
        return word;
    }

    // A last e, and one of two last l.
    private static string Step5(string word)
    {
        if (Without(word, "e") is { } stem && (Measure(stem) > 1 || (Measure(stem) == 1 && !EndsInShortSyllable(stem)))) word = stem;
        return Without(word, "ll") is not null && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    private static string? Without(string word, string suffix) => word.EndsWith(suffix, StringComparison.Ordinal) ? word[..^suffix.Length] : null;

    /// <summary>m: how often a consonant follows a vowel.</summary>
    private static int Measure(string stem)
    {
        int measure = 0;
        bool vowel = false;
        for (int i = 0; i < stem.Length; i++)
        {
            bool consonant = IsConsonant(stem, i);
            if (consonant && vowel) measure++;
            vowel = !consonant;
        }
        return measure;
    }

    private static bool HasVowel(string stem) => Enumerable.Range(0, stem.Length).Any(i => !IsConsonant(stem, i));

    private static bool IsConsonant(string word, int i) => word[i] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => i == 0 || !IsConsonant(word, i - 1),
        _ => true,
    };

    private static bool EndsInDoubleConsonant(string word) => word.Length >= 2 && word[^1] == word[^2] && IsConsonant(word, word.Length - 1);

    private static bool EndsInShortSyllable(string word) => word.Length >= 3
        ? IsConsonant(word, word.Length - 3) && !IsConsonant(word, word.Length - 2) && IsConsonant(word, word.Length - 1) && word[^1] is not ('w' or 'x' or 'y')
        : word.Length == 2 && !IsConsonant(word, 0) && IsConsonant(word, 1);
}
