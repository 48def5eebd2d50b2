namespace ResearchKit.Text;

/// <summary>
/// What every tokenizer with a vocabulary shares: added tokens are cut out of the text first, then what lies between them is
/// normalized and taken apart by the model; the order of Hugging Face's <c>tokenizers</c>.
/// </summary>
public abstract class VocabularyTokenizer : Tokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly Dictionary<int, AddedToken> _added;
    private readonly Dictionary<string, int> _addedIds;
    private readonly Lazy<Finders> _finders;

    private protected VocabularyTokenizer(Vocabulary vocabulary, IReadOnlyList<AddedToken> added, string source)
    {
        _vocabulary = vocabulary;
        AddedTokens = [.. added.OrderBy(t => t.Id)];
        _added = [];
        _addedIds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in AddedTokens)
        {
            if (token.Content.Length == 0)
                throw new KitException($"{source}: the added token with id {token.Id} is empty; it would be found everywhere.");
            if (!_added.TryAdd(token.Id, token) || vocabulary.TokenOf(token.Id) is { } other && other != token.Content)
                throw new KitException(
                    $"{source}: the added token '{token.Content}' has the id {token.Id}, which belongs to another token.");
            if (!_addedIds.TryAdd(token.Content, token.Id) || vocabulary.IdOf(token.Content) is { } id && id != token.Id)
                throw new KitException($"{source}: the added token '{token.Content}' has two ids; each token has one.");
        }
        _finders = new(MakeFinders);
        VocabularySize = Math.Max(vocabulary.Size, AddedTokens.Count == 0 ? 0 : AddedTokens[^1].Id + 1);
    }

    /// <inheritdoc/>
    public sealed override int VocabularySize { get; }

    /// <summary>Tokens that are found in the text as they stand, in the order of their ids.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>Tokens and ids of the model itself.</summary>
    private protected Vocabulary Vocabulary => _vocabulary;

    /// <inheritdoc/>
    public sealed override void Encode(string text, List<int> into)
    {
        var (raw, normalized, _) = _finders.Value;
        for (int from = 0; from < text.Length;)
        {
            var token = raw.Next(text, from, out int start, out int end);
            if (start > from)
                EncodeStretch(Normalize(text.AsSpan(from, start - from)), normalized, into);
            if (token is not null)
                into.Add(token.Id);
            from = end;
        }
    }

    private void EncodeStretch(ReadOnlySpan<char> text, AddedTokenFinder? normalized, List<int> into)
    {
        if (normalized is null)
        {
            EncodeNormalized(text, into);
            return;
        }
        for (int from = 0; from < text.Length;)
        {
            var token = normalized.Next(text, from, out int start, out int end);
            if (start > from)
                EncodeNormalized(text[from..start], into);
            if (token is not null)
                into.Add(token.Id);
            from = end;
        }
    }

    /// <inheritdoc/>
    public sealed override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
            if (!skipSpecial || !_added.TryGetValue(id, out var added) || !added.Special)
                tokens.Add(_finders.Value.Spelled.GetValueOrDefault(id) ?? TokenOf(id));
        return Join(tokens);
    }

    /// <inheritdoc/>
    public sealed override int? IdOf(string token) => _addedIds.TryGetValue(token, out int id) ? id : _vocabulary.IdOf(token);

    /// <inheritdoc/>
    public sealed override string TokenOf(int id) => _added.TryGetValue(id, out var added) ? added.Content : _vocabulary.TokenOf(id)
        ?? throw new KitException($"There is no token with the id {id}; the vocabulary's ids run from 0 to {VocabularySize - 1}"
            + (id < VocabularySize ? ", with gaps." : "."));

    /// <summary>The text as the model reads it.</summary>
    private protected virtual string Normalize(ReadOnlySpan<char> text) => text.ToString();

    /// <summary>Appends the ids of normalized text that holds no added token.</summary>
    private protected abstract void EncodeNormalized(ReadOnlySpan<char> text, List<int> into);

    /// <summary>The text that tokens spell.</summary>
    private protected abstract string Join(IReadOnlyList<string> tokens);

    /// <summary>The first of these tokens that the vocabulary has.</summary>
    private protected int? FirstOf(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (IdOf(name) is { } id)
                return id;
        return null;
    }

    /// <summary>What finds added tokens in raw and in normalized text, and the latter's spelling there, to which they also decode.</summary>
    private sealed record Finders(AddedTokenFinder Raw, AddedTokenFinder? Normalized, IReadOnlyDictionary<int, string> Spelled);

    // Made when first needed, because a finder normalizes and the normalizer belongs to the derived class.
    private Finders MakeFinders()
    {
        var normalized = AddedTokens.Where(t => t.Normalized).Select(t => (Text: Normalize(t.Content), Token: t)).ToList();
        return new(new(AddedTokens.Where(t => !t.Normalized).Select(t => (t.Content, t))), normalized.Count == 0 ? null : new(normalized),
            normalized.ToDictionary(t => t.Token.Id, t => t.Text));
    }
}
