namespace ResearchKit.Evaluation;

/// <summary>
/// Whether a text is the reference, after the normalisation that MiniLLM (Gu et al., arXiv 2306.08543) takes over from Natural Instructions: small letters,
/// ASCII punctuation taken out, any white space one blank. Articles stay, unlike in SQuAD's measure.
/// </summary>
public static class ExactMatch
{
    private static readonly System.Buffers.SearchValues<char> Punctuation = System.Buffers.SearchValues.Create("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    /// <summary>Whether the prediction is one of the references.</summary>
    /// <param name="prediction">What was said.</param>
    /// <param name="references">Each of them would do.</param>
    public static bool Of(string prediction, IReadOnlyList<string> references)
    {
        var said = Normalise(prediction);
        return references.Any(r => Normalise(r) == said);
    }

    /// <summary>The text as it is compared.</summary>
    public static string Normalise(string text) =>
        string.Join(' ', string.Concat(text.ToLowerInvariant().Where(c => !Punctuation.Contains(c))).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
