namespace ResearchKit.Data.WordNet;

/// <summary>The four kinds of words that WordNet keeps apart.</summary>
public enum PartOfSpeech
{
    /// <summary>Nouns.</summary>
    Noun,

    /// <summary>Verbs.</summary>
    Verb,

    /// <summary>Adjectives, their satellites included.</summary>
    Adjective,

    /// <summary>Adverbs.</summary>
    Adverb,
}

/// <summary>What names a synset: its part of speech, and where its line begins in that part's data file.</summary>
/// <param name="Part">Part of speech.</param>
/// <param name="Offset">The eight digits at the beginning of the line.</param>
public readonly record struct SynsetId(PartOfSpeech Part, int Offset) : IComparable<SynsetId>
{
    /// <inheritdoc/>
    public int CompareTo(SynsetId other) => (Part, Offset).CompareTo((other.Part, other.Offset));

    /// <summary>As the literature writes it: <c>02084071n</c>.</summary>
    public override string ToString() => $"{Offset:D8}{"nvar"[(int)Part]}";
}

/// <summary>A word in the meaning of a synset.</summary>
/// <param name="Lemma">The word, with blanks where the files have underscores.</param>
/// <param name="Number">Which meaning of the word this is, from 1, the most frequent first.</param>
public readonly record struct Sense(string Lemma, int Number);

/// <summary>A relation to another synset, or between a word of each.</summary>
/// <param name="Symbol">Its kind: <c>@</c> is hypernym, <c>@i</c> the class of an instance (wninput(5WN)).</param>
/// <param name="Target">The other synset.</param>
/// <param name="From">The word of this synset that is related, from 1; 0 for the synset as a whole.</param>
/// <param name="To">The word of the other synset, likewise.</param>
public readonly record struct Pointer(string Symbol, SynsetId Target, int From, int To);

/// <summary>A meaning, and the words that have it.</summary>
public sealed class Synset
{
    /// <summary>Its name.</summary>
    public required SynsetId Id { get; init; }

    /// <summary>The lexicographers' file it comes from, e.g. <c>noun.animal</c>.</summary>
    public required string LexicographerFile { get; init; }

    /// <summary>True for an adjective that leans on another one's meaning.</summary>
    public bool IsSatellite { get; init; }

    /// <summary>Its words, in the order of the file.</summary>
    public required IReadOnlyList<Sense> Senses { get; init; }

    /// <summary>Its relations, in the order of the file.</summary>
    public required IReadOnlyList<Pointer> Pointers
    {
        get;
        init
        {
            field = value;
            Parents = [.. value.Where(p => p.Symbol is "@" or "@i").Select(p => p.Target)];
        }
    }

    /// <summary>What it means.</summary>
    public required string Definition { get; init; }

    /// <summary>Its uses in a sentence, possibly none.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    /// <summary>The synsets directly above it: hypernyms, and the classes that it is an instance of.</summary>
    public IReadOnlyList<SynsetId> Parents { get; private init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Id} {string.Join(", ", Senses.Select(s => s.Lemma))}: {Definition}";
}
