namespace ResearchKit.Text;

/// <summary>Turns text into ids and back. Immutable and safe to share between threads once built.</summary>
public abstract class Tokenizer
{
    /// <summary>Entries of the vocabulary, special tokens included: the highest id plus one.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Id of the padding token, or null.</summary>
    public abstract int? PaddingId { get; }

    /// <summary>Id put before a sequence (<c>[CLS]</c>), or null.</summary>
    public abstract int? BeginId { get; }

    /// <summary>Id put after a sequence (<c>[SEP]</c>, <c>&lt;|endoftext|&gt;</c>), or null.</summary>
    public abstract int? EndId { get; }

    /// <summary>The ids of a text, without special tokens around it. A special token written in the text becomes its id.</summary>
    public int[] Encode(string text)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        Encode(text, ids);
        return [.. ids];
    }

    /// <summary>Appends the ids of a text, without special tokens around it.</summary>
    public abstract void Encode(string text, List<int> into);

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Ids, each in 0..VocabularySize-1.</param>
    /// <param name="skipSpecial">Leave special tokens out.</param>
    /// <exception cref="KitException">An id is not in the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true);

    /// <summary>What ids add to the text of those before them: a blank between the two is kept, which decoding them alone may drop.</summary>
    /// <exception cref="KitException">An id is not in the vocabulary.</exception>
    public string DecodeAfter(ReadOnlySpan<int> before, ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        string prefix = Decode(before, skipSpecial), whole = Decode([.. before, .. ids], skipSpecial);
        return whole.StartsWith(prefix, StringComparison.Ordinal) ? whole[prefix.Length..] : Decode(ids, skipSpecial);
    }

    /// <summary>The id of a token as written in the vocabulary, or null.</summary>
    public abstract int? IdOf(string token);

    /// <summary>The token of an id as written in the vocabulary.</summary>
    /// <exception cref="KitException">The id is not in the vocabulary.</exception>
    public abstract string TokenOf(int id);

    /// <summary>Writes Hugging Face's <c>tokenizer.json</c>, beside and renamed.</summary>
    public abstract void Save(string path);
}
