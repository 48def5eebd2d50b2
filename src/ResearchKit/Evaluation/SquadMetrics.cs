using System.Globalization;
using System.Text;

namespace ResearchKit.Evaluation;

/// <summary>
/// What SQuAD's official scripts count: whether an answer is one of the right ones, and how many words it has in common with the nearest of them, both without
/// regard to case, punctuation, articles and blanks (Rajpurkar et al., arXiv 1606.05250, section 6.1; arXiv 1806.03822 for texts without an answer).
/// </summary>
/// <remarks>As the script of version 2.0 has it, right answers of which nothing is left are none, and nothing matches nothing alone; that of version 1.1 counts
/// no common word there.</remarks>
public static class SquadMetrics
{
    /// <summary>An answer as it is compared: in small letters, without the punctuation of ASCII, without the words a, an and the, one blank between words.</summary>
    public static string Normalize(string answer)
    {
        var kept = new StringBuilder(answer.Length);
        foreach (char c in answer.ToLowerInvariant())
            if (!(char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c)))) kept.Append(c);
        return string.Join(' ', WithoutArticles(kept.ToString()).Split(s_blanks, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The words of an answer as it is compared.</summary>
    public static string[] Words(string answer) => Normalize(answer).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>1 where an answer is one of the right ones, else 0.</summary>
    /// <param name="answer">What was answered; empty for "there is none".</param>
    /// <param name="references">The right answers; none where there is none.</param>
    public static double ExactMatch(string answer, IReadOnlyList<string> references)
    {
        var given = Normalize(answer);
        return Right(references).Any(r => Normalize(r) == given) ? 1 : 0;
    }

    /// <summary>The harmonic mean of precision and recall of an answer's words, each counted as often as it stands there, of the reference where it is largest.</summary>
    /// <param name="answer">What was answered; empty for "there is none".</param>
    /// <param name="references">The right answers; none where there is none.</param>
    public static double F1(string answer, IReadOnlyList<string> references)
    {
        string[] given = Words(answer);
        return Right(references).Max(r => F1(given, Words(r)));
    }

    private static double F1(string[] given, string[] right)
    {
        if (given.Length == 0 || right.Length == 0) return given.Length == right.Length ? 1 : 0;
        var counts = right.CountBy(w => w, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        int common = 0;
        foreach (var word in given)
            if (counts.TryGetValue(word, out int left) && left > 0)
            {
                counts[word] = left - 1;
                common++;
            }
        return 2.0 * common / (given.Length + right.Length);
    }

    private static IEnumerable<string> Right(IReadOnlyList<string> references) =>
        references.Where(r => Normalize(r).Length > 0).DefaultIfEmpty("");

    // What Python's str.split() parts at and .NET's does not: the four separators of ASCII.
    private static readonly char[] s_blanks = [.. Enumerable.Range(0, char.MaxValue).Select(c => (char)c).Where(c => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f')];

    // Python's \b(a|an|the)\b: a run of word characters, which there are letters, numbers and the underscore, but not the marks of letters.
    private static string WithoutArticles(string text)
    {
        var kept = new StringBuilder(text.Length);
        var run = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            bool word = Rune.IsLetter(rune) || rune.Value == '_'
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
            if (word)
            {
                run.Append(rune);
                continue;
            }
            Close();
            kept.Append(rune);
        }
        Close();
        return kept.ToString();

        void Close()
        {
            if (run.Equals("a") || run.Equals("an") || run.Equals("the")) kept.Append(' ');
            else kept.Append(run);
            run.Clear();
        }
    }
}
