using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Cuts normalized text into the words that the model takes apart one by one: the second stage of a tokenizer.</summary>
internal abstract record PreTokenizer
{
    /// <summary>Whether the cut depends on where in the original the text stands, which only an aligned text knows.</summary>
    public virtual bool NeedsPlaces => false;

    /// <summary>Finds the words, in the order of the text. It may change the text before it cuts.</summary>
    /// <param name="text">Text that is not empty.</param>
    /// <param name="words">Takes the words' beginnings and ends.</param>
    public abstract void Cut(AlignedText text, List<TextSpan> words);

    /// <summary>Writes the stage as <c>tokenizer.json</c> has it.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>Cuts a text by what each character is: 0 stands between words, -1 is a word alone, others go together with their like.</summary>
    protected static void CutBy(ReadOnlySpan<char> chars, Func<int, int> kind, List<TextSpan> words)
    {
        int start = 0, before = 0;
        for (int at = 0, length; at < chars.Length; at += length)
        {
            int now = kind(Characters.At(chars, at, out length));
            if (now == before && now > 0)
                continue;
            if (before != 0)
                words.Add(new(start, at));
            (start, before) = (at, now);
        }
        if (before != 0)
            words.Add(new(start, chars.Length));
    }
}

/// <summary>Several, each cutting what the one before made. What falls between words is gone for those that follow.</summary>
internal sealed record PreTokenizerSequence(IReadOnlyList<PreTokenizer> Stages) : PreTokenizer
{
    public override bool NeedsPlaces => Stages.Any(s => s.NeedsPlaces);

    public override void Cut(AlignedText text, List<TextSpan> words)
    {
        words.Add(new(0, text.Length));
        var parts = new List<TextSpan>();
        foreach (var stage in Stages)
        {
            var cut = words.ConvertAll(w => text.Slice(w.Start, w.End));
            words.Clear();
            text.Begin();
            foreach (var word in cut)
            {
                parts.Clear();
                stage.Cut(word, parts);
                int at = text.Written;
                words.AddRange(parts.Where(p => p.Length > 0).Select(p => new TextSpan(at + p.Start, at + p.End)));
                text.Put(word);
            }
            text.End();
        }
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (var stage in Stages)
            stage.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>BERT's words: what lies between white space, with every punctuation mark a word of its own.</summary>
internal sealed record BertWords : PreTokenizer
{
    public override void Cut(AlignedText text, List<TextSpan> words) => CutBy(text.Chars, static c => Characters.Of(c) switch
    {
        var k when (k & CharClass.Space) != 0 => 0,
        var k when (k & CharClass.Punctuation) != 0 => -1,
        _ => 1,
    }, words);

    public override void Write(Utf8JsonWriter json) => json.WritePart("BertPreTokenizer");
}

/// <summary>What lies between white space.</summary>
internal sealed record WhitespaceSplit : PreTokenizer
{
    public override void Cut(AlignedText text, List<TextSpan> words) =>
        CutBy(text.Chars, static c => Characters.Is(c, CharClass.Space) ? 0 : 1, words);

    public override void Write(Utf8JsonWriter json) => json.WritePart("WhitespaceSplit");
}

/// <summary>Words and what stands between words, without the space: <c>\w+|[^\w\s]+</c>.</summary>
internal sealed record WordsAndMarks : PreTokenizer
{
    public override void Cut(AlignedText text, List<TextSpan> words) => CutBy(text.Chars, static c => Characters.Of(c) switch
    {
        var k when (k & CharClass.Word) != 0 => 1,
        var k when (k & CharClass.Space) != 0 => 0,
        _ => 2,
    }, words);

    public override void Write(Utf8JsonWriter json) => json.WritePart("Whitespace");
}

/// <summary>Digits apart from the rest, each alone or in runs.</summary>
internal sealed record Digits(bool Individual) : PreTokenizer
{
    public override void Cut(AlignedText text, List<TextSpan> words) =>
        CutBy(text.Chars, c => !Characters.Is(c, CharClass.Number) ? 1 : Individual ? -1 : 2, words);

    public override void Write(Utf8JsonWriter json) => json.WritePart("Digits", ("individual_digits", Individual));
}

/// <summary>Words by one of the known patterns.</summary>
internal sealed record PatternSplit(WordPattern Pattern) : PreTokenizer
{
    public override void Cut(AlignedText text, List<TextSpan> words)
    {
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = Pattern.FirstLength(text.Chars[at..]);
            words.Add(new(at, at + length));
        }
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", Pattern.Source);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
    }
}
