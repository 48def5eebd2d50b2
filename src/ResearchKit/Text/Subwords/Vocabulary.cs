using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Tokens and their ids, one to one. Ids may have gaps, as some published vocabularies do.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _spans;
    private readonly string?[] _tokens;

    /// <summary>Makes the vocabulary.</summary>
    /// <param name="entries">Tokens with their ids.</param>
    /// <param name="source">Where they come from, for the error.</param>
    /// <exception cref="KitException">A token or an id comes twice, or an id is negative or absurdly high.</exception>
    public Vocabulary(IEnumerable<(string Token, int Id)> entries, string source)
    {
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        _spans = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (token, id) in entries)
        {
            if (id < 0)
                throw new KitException($"{source}: token '{token}' has the id {id}; ids are 0 and above.");
            if (!_ids.TryAdd(token, id))
                throw new KitException(
                    $"{source}: token '{token}' is listed twice, with ids {_ids[token]} and {id}; each token has one id.");
        }
        if (_ids.Count == 0)
            throw new KitException($"{source}: the vocabulary is empty.");
        long size = _ids.Values.Max() + 1L;
        if (size > 16L * _ids.Count + 1024)
            throw new KitException(
                $"{source}: the highest id is {size - 1} but there are only {_ids.Count} tokens; the ids must be damaged.");
        _tokens = new string?[size];
        foreach (var (token, id) in _ids)
        {
            if (_tokens[id] is { } other)
                throw new KitException($"{source}: tokens '{other}' and '{token}' both have the id {id}; each id belongs to one token.");
            _tokens[id] = token;
        }
    }

    /// <summary>The highest id plus one: the rows that an embedding needs.</summary>
    public int Size => _tokens.Length;

    /// <summary>Tokens in the order of their ids, with the ids.</summary>
    public IEnumerable<(string Token, int Id)> Entries
    {
        get
        {
            for (int id = 0; id < _tokens.Length; id++)
                if (_tokens[id] is { } token)
                    yield return (token, id);
        }
    }

    /// <summary>The id of a token, or null.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The id of a token, or null.</summary>
    public int? IdOf(ReadOnlySpan<char> token) => _spans.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token of an id, or null where the id is beyond the vocabulary or in a gap.</summary>
    public string? TokenOf(int id) => id >= 0 && id < _tokens.Length ? _tokens[id] : null;

    /// <summary>Writes tokens and ids as the member <c>vocab</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("vocab");
        foreach (var (token, id) in Entries)
            json.WriteNumber(token, id);
        json.WriteEndObject();
    }
}
