namespace ResearchKit.Text;

/// <summary>
/// Turns text into ids and back, through the stages of Hugging Face's <c>tokenizers</c>: added tokens are cut out of the text; what lies
/// between is normalized, cut into words, and each word taken apart by the model; special tokens go around it. Immutable and safe to
/// share between threads once built.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Dictionary<int, AddedToken> _added = [];
    private readonly Dictionary<string, int> _addedIds = new(StringComparer.Ordinal);
    private readonly HashSet<string> _special;
    private readonly AddedTokenFinder _raw;
    private readonly AddedTokenFinder? _normalized;
    private readonly Dictionary<int, string> _spelled; // added tokens as the normalizer spells them, to which they decode

    /// <param name="parts">The stages.</param>
    /// <param name="source">Where they come from, for the error.</param>
    /// <exception cref="KitException">An added token is empty or has an id that belongs to another, or a special token has none.</exception>
    internal Tokenizer(TokenizerParts parts, string source)
    {
        _parts = parts;
        AddedTokens = [.. parts.Added.OrderBy(t => t.Id)];
        var vocabulary = parts.Model.Vocabulary;
        foreach (var token in AddedTokens)
        {
            if (token.Content.Length == 0)
                throw new KitException($"{source}: the added token with id {token.Id} is empty; it would be found everywhere.");
            if (token.Id < 0 || !_added.TryAdd(token.Id, token) || vocabulary.TokenOf(token.Id) is { } other && other != token.Content)
                throw new KitException(
                    $"{source}: the added token '{token.Content}' has the id {token.Id}, which belongs to another token.");
            if (!_addedIds.TryAdd(token.Content, token.Id) || vocabulary.IdOf(token.Content) is { } id && id != token.Id)
                throw new KitException($"{source}: the added token '{token.Content}' has two ids; each token has one.");
        }
        VocabularySize = Math.Max(vocabulary.Size, AddedTokens.Count == 0 ? 0 : AddedTokens[^1].Id + 1);
        _special = [.. AddedTokens.Where(t => t.Special).Select(t => t.Content)];
        _spelled = AddedTokens.Where(t => t.Normalized).ToDictionary(t => t.Id, t => parts.Normalizer?.Normalize(t.Content) ?? t.Content);
        _raw = new(AddedTokens.Where(t => !t.Normalized).Select(t => (t.Content, t)));
        _normalized = _spelled.Count == 0 ? null : new(AddedTokens.Where(t => t.Normalized).Select(t => (_spelled[t.Id], t)));

        var frame = parts.PostProcessor is { Frames: true } framing ? framing.Template(pair: true).Concat(framing.Template(pair: false)).ToList() : [];
        foreach (var part in frame)
            foreach (int id in part.Ids)
                if (!_added.ContainsKey(id) && vocabulary.TokenOf(id) is null)
                    throw new KitException($"{source}: the post-processor puts '{part.Token}' around a text, but the vocabulary has no token with its id {id}.");
        if (frame.Count > 0)
        {
            var single = parts.PostProcessor!.Template(pair: false);
            BeginId = single.TakeWhile(p => p.Token is not null).FirstOrDefault()?.Ids[0];
            EndId = single.Reverse().TakeWhile(p => p.Token is not null).FirstOrDefault()?.Ids[^1];
        }
        EndId ??= FirstOf(parts.EndToken, "<|endoftext|>", "</s>", "<|end_of_text|>");
        PaddingId = FirstOf(parts.PaddingToken, "[PAD]", "<pad>", "<|padding|>", "<|pad|>");
    }

    /// <summary>How words become pieces, as <c>tokenizer.json</c> calls it: WordPiece, BPE or Unigram.</summary>
    public string ModelType => _parts.Model.Type;

    /// <summary>Entries of the vocabulary, special tokens included: the highest id plus one.</summary>
    public int VocabularySize { get; }

    /// <summary>Id of the padding token, or null.</summary>
    public int? PaddingId { get; }

    /// <summary>Id put before a sequence (<c>[CLS]</c>), or null.</summary>
    public int? BeginId { get; }

    /// <summary>Id put after a sequence (<c>[SEP]</c>, <c>&lt;|endoftext|&gt;</c>), or null.</summary>
    public int? EndId { get; }

    /// <summary>Tokens that are found in the text as they stand, in the order of their ids.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    internal TokenizerParts Parts => _parts;

    /// <summary>The ids of a text, without special tokens around it. A special token written in the text becomes its id.</summary>
    public int[] Encode(string text)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        Encode(text, ids);
        return [.. ids];
    }

    /// <summary>Appends the ids of a text, without special tokens around it.</summary>
    public void Encode(string text, List<int> into) => Tokenize(Characters.WellFormed(text), new TokenRun(into));

    /// <summary>A text or a pair, with special tokens around it and the place that each token comes from.</summary>
    /// <param name="text">The text, or the first of two.</param>
    /// <param name="second">The second, or null.</param>
    /// <param name="options">Special tokens, length and how it is kept; null for special tokens and any length.</param>
    /// <exception cref="KitException">The texts cannot be cut to the length in the way that is asked for.</exception>
    public EncodedText EncodeText(string text, string? second = null, EncodeOptions? options = null)
    {
        options ??= new();
        var (first, other) = (Run(text), second is null ? null : Run(second));
        var template = (_parts.PostProcessor ?? new ByteLevelProcessing()).Template(pair: second is not null);
        int special = options.AddSpecial ? template.Sum(p => p.Ids.Count) : 0;
        int room = options.MaxLength is { } most ? most - special : int.MaxValue;
        if (room < 1)
            throw new KitException($"A length of {options.MaxLength} tokens leaves no room for text beside the {special} special ones; allow more.");
        var windows = Windows.Cut(first.Ids.Count, other?.Ids.Count, room, options);
        EncodedText Frame((TextSpan First, TextSpan Second) w, IReadOnlyList<EncodedText> overflow) =>
            TokenFrame.Put(template, options.AddSpecial, first.Cut(w.First), other?.Cut(w.Second), overflow);
        return Frame(windows[0], [.. windows.Skip(1).Select(w => Frame(w, []))]);
    }

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Ids, each in 0..VocabularySize-1.</param>
    /// <param name="skipSpecial">Leave special tokens out.</param>
    /// <exception cref="KitException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
            if ((_spelled.GetValueOrDefault(id) ?? TokenOf(id)) is var token && !(skipSpecial && _special.Contains(token)))
                tokens.Add(token);
        return _parts.Decoder is { } decoder ? string.Concat(decoder.Apply(tokens)) : string.Join(' ', tokens);
    }

    /// <summary>What ids add to the text of those before them: a blank between the two is kept, which decoding them alone may drop.</summary>
    /// <exception cref="KitException">An id is not in the vocabulary.</exception>
    public string DecodeAfter(ReadOnlySpan<int> before, ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        string prefix = Decode(before, skipSpecial), whole = Decode([.. before, .. ids], skipSpecial);
        return whole.StartsWith(prefix, StringComparison.Ordinal) ? whole[prefix.Length..] : Decode(ids, skipSpecial);
    }

    /// <summary>The id of a token as written in the vocabulary, or null.</summary>
    public int? IdOf(string token) => _addedIds.TryGetValue(token, out int id) ? id : _parts.Model.Vocabulary.IdOf(token);

    /// <summary>The token of an id as written in the vocabulary.</summary>
    /// <exception cref="KitException">The id is not in the vocabulary.</exception>
    public string TokenOf(int id) => _added.TryGetValue(id, out var added) ? added.Content : _parts.Model.Vocabulary.TokenOf(id)
        ?? throw new KitException($"There is no token with the id {id}; the vocabulary's ids run from 0 to {VocabularySize - 1}"
            + (id < VocabularySize ? ", with gaps." : "."));

    /// <summary>Writes Hugging Face's <c>tokenizer.json</c>, beside and renamed.</summary>
    public void Save(string path) => TokenizerWriter.Save(this, path);

    private int? FirstOf(params ReadOnlySpan<string?> names)
    {
        foreach (string? name in names)
            if (name is not null && IdOf(name) is { } id)
                return id;
        return null;
    }

    private TokenRun Run(string text)
    {
        text = Characters.WellFormed(text);
        var run = new TokenRun([], this, text);
        Tokenize(text, run);
        return run;
    }

    private void Tokenize(string text, TokenRun into)
    {
        bool aligned = into.IsAligned || _parts.PreTokenizer is { NeedsPlaces: true };
        for (int from = 0; from < text.Length;)
        {
            var token = _raw.Next(text, from, out int start, out int end);
            if (start > from)
                Normalized(new AlignedText(text.AsSpan(from, start - from), from, aligned), into);
            if (token is not null)
                into.Add(token.Id, new(start, end), text.AsSpan(start, end - start));
            from = end;
        }
    }

    private void Normalized(AlignedText text, TokenRun into)
    {
        _parts.Normalizer?.Apply(text);
        if (_normalized is null)
        {
            Words(text, into);
            return;
        }
        for (int from = 0; from < text.Length;)
        {
            var token = _normalized.Next(text.Chars, from, out int start, out int end);
            if (start - from == text.Length)
            {
                Words(text, into);
                return;
            }
            if (start > from)
                Words(text.Slice(from, start), into);
            if (token is not null)
                into.Add(token.Id, text.IsAligned ? text.Original(start, end) : default, text.Chars[start..end]);
            from = end;
        }
    }

    private void Words(AlignedText text, TokenRun into)
    {
        if (text.Length == 0)
            return;
        var words = into.Buffer;
        words.Clear();
        if (_parts.PreTokenizer is { } cutter)
            cutter.Cut(text, words);
        else
            words.Add(new(0, text.Length));
        foreach (var word in words)
            into.Add(_parts.Model.Pieces(text.Chars[word.Start..word.End]), text, word.Start);
    }
}

/// <summary>The stages of a tokenizer; null for one that does nothing.</summary>
/// <param name="Normalizer">Brings text into the vocabulary's form.</param>
/// <param name="PreTokenizer">Cuts it into words; without it the text is one.</param>
/// <param name="Model">Takes words apart.</param>
/// <param name="PostProcessor">Frames texts; without it none are framed.</param>
/// <param name="Decoder">Makes text of tokens; without it they are joined by blanks.</param>
/// <param name="Added">Tokens that are found in the text as they stand.</param>
/// <param name="PaddingToken">The padding token, or null for the usual ones.</param>
/// <param name="EndToken">What ends a text where the post-processor says nothing, or null for the usual ones.</param>
internal sealed record TokenizerParts(Normalizer? Normalizer, PreTokenizer? PreTokenizer, SubwordModel Model, PostProcessor? PostProcessor,
    Decoder? Decoder, IReadOnlyList<AddedToken> Added, string? PaddingToken = null, string? EndToken = null);
