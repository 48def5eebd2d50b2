namespace ResearchKit.Evaluation;

/// <summary>
/// ROUGE-L (Lin 2004) as the field computes it, which is Google's <c>rouge_score</c> with its stemmer: text in small letters, words of the letters a–z and the
/// digits, those of more than three letters stemmed (<see cref="PorterStemmer"/>); F = 2PR/(P + R) of the longest common subsequence of words.
/// </summary>
/// <remarks>Whatever is neither a–z nor a digit parts words: an accented letter, an apostrophe, a whole script. Where a side has no word, and where no word is in
/// common, the score is 0, also of two empty texts.</remarks>
public static class Rouge
{
    private const int Unstemmed = 3;

    /// <summary>The F measure, 0 to 1.</summary>
    /// <param name="prediction">What was said.</param>
    /// <param name="reference">What should be said.</param>
    public static double L(string prediction, string reference) => L(Words(prediction), Words(reference));

    /// <summary>The largest of the F measures to the references, 0 to 1.</summary>
    /// <param name="prediction">What was said.</param>
    /// <param name="references">Each of them would do; at least one.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static double L(string prediction, IReadOnlyList<string> references)
    {
        if (references.Count == 0) throw new ArgumentException("ROUGE-L compares with at least one reference.", nameof(references));
        var said = Words(prediction);
        return references.Max(r => L(said, Words(r)));
    }

    /// <summary>The words that are compared.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        List<string> words = [];
        var word = new System.Text.StringBuilder();
        foreach (char c in text)
        {
            if (Small(c) is { } letter) word.Append(letter);
            else End();
            // The small letter of this one is an i and a dot of its own, which parts words.
            if (c == '\u0130') End();
        }
        End();
        return words;

        void End()
        {
            if (word.Length == 0) return;
            var whole = word.ToString();
            word.Clear();
            words.Add(whole.Length > Unstemmed ? PorterStemmer.Stem(whole) : whole);
        }
    }

    // Of all other letters only the Kelvin sign and the dotted I have a small letter within a–z.
    private static char? Small(char c) => c switch
    {
        >= 'a' and <= 'z' or >= '0' and <= '9' => c,
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        '\u212A' => 'k',
        '\u0130' => 'i',
        _ => null,
    };

    private static double L(IReadOnlyList<string> prediction, IReadOnlyList<string> reference)
    {
        int common = CommonSubsequence(prediction, reference);
        // 2PR/(P + R) with P = common/prediction and R = common/reference.
        return common == 0 ? 0 : 2.0 * common / (prediction.Count + reference.Count);
    }

    /// <summary>The length of the longest common subsequence, a row of the table at a time.</summary>
    private static int CommonSubsequence(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var lengths = new int[b.Count + 1];
        foreach (var word in a)
            for (int j = 1, before = 0; j <= b.Count; j++)
            {
                int above = lengths[j];
                lengths[j] = word == b[j - 1] ? before + 1 : Math.Max(above, lengths[j - 1]);
                before = above;
            }
        return lengths[b.Count];
    }
}
