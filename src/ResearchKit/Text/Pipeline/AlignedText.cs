using System.Runtime.CompilerServices;

namespace ResearchKit.Text;

/// <summary>
/// A stretch of text on its way to the model: its characters as they are now and, where somebody wants to know, for each the place
/// in the original text that it came from. It is rewritten from front to end: <see cref="Begin"/>, <see cref="Put(int, int)"/> for
/// every character of the new text, <see cref="End"/>.
/// </summary>
internal sealed class AlignedText
{
    private char[] _chars, _written = [];
    private TextSpan[]? _places, _writtenPlaces;
    private int _length, _writtenLength, _at;

    /// <summary>A stretch of the original text.</summary>
    /// <param name="text">Its characters, well formed.</param>
    /// <param name="origin">Where it starts in the original.</param>
    /// <param name="aligned">Whether places are kept.</param>
    public AlignedText(ReadOnlySpan<char> text, int origin, bool aligned)
    {
        (_chars, _length, Origin) = (text.ToArray(), text.Length, origin);
        if (!aligned)
            return;
        _places = new TextSpan[text.Length];
        for (int at = 0, length; at < text.Length; at += length)
        {
            Characters.At(text, at, out length);
            _places.AsSpan(at, length).Fill(new(origin + at, origin + at + length));
        }
    }

    private AlignedText(AlignedText whole, int start, int end)
    {
        (_chars, _length) = (whole._chars[start..end], end - start);
        _places = whole._places?[start..end];
        Origin = _places is [var first, ..] ? first.Start : whole.Origin + start;
    }

    /// <summary>Where the stretch starts in the original text. Without places it is known as long as nothing before it changed its length.</summary>
    public int Origin { get; }

    /// <summary>The characters as they are now.</summary>
    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, _length);

    /// <summary>How many chars they are.</summary>
    public int Length => _length;

    /// <summary>How many chars have been written since <see cref="Begin"/>.</summary>
    public int Written => _writtenLength;

    /// <summary>Whether places are kept.</summary>
    public bool IsAligned => _places is not null;

    /// <summary>What stretch of the original the chars came from; there must be some, and places.</summary>
    public TextSpan Original(int start, int end) => new(_places![start].Start, _places[end - 1].End);

    /// <summary>A part of it, to be changed on its own.</summary>
    public AlignedText Slice(int start, int end) => new(this, start, end);

    /// <summary>Starts to rewrite.</summary>
    /// <param name="removed">Chars at the beginning that the new text does not have.</param>
    public void Begin(int removed = 0)
    {
        (_writtenLength, _at) = (0, removed);
        Grow(_length + 16);
    }

    /// <summary>Appends a character to the new text.</summary>
    /// <param name="point">Its code point.</param>
    /// <param name="change">0: it stands for the next old character. 1: it is new, and belongs to the place of the old character before it.
    /// -n: it stands for the next old character, and the n after that one are removed.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(int point, int change)
    {
        if (point <= char.MaxValue)
            Put((char)point, change);
        else
            PutPair(point, change);
    }

    /// <summary>Appends a character of the basic plane, likewise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(char c, int change)
    {
        if (_writtenLength == _written.Length)
            Grow(2 * _writtenLength);
        if (_places is not null)
            _writtenPlaces![_writtenLength] = Advance(change);
        _written[_writtenLength++] = c;
    }

    /// <summary>What has been written is now the text.</summary>
    public void End()
    {
        (_chars, _written, _length) = (_written, _chars, _writtenLength);
        (_places, _writtenPlaces) = (_writtenPlaces, _places);
    }

    /// <summary>Puts a text before it, which belongs to the place of its first character. An empty text stays empty.</summary>
    public void Prepend(string prefix)
    {
        if (_length == 0 || prefix.Length == 0)
            return;
        Characters.At(Chars, 0, out int length);
        var first = _places?[0] ?? default;
        _chars = [.. prefix, .. Chars];
        if (_places is not null)
            _places = [.. Enumerable.Repeat(first, prefix.Length), .. _places.AsSpan(0, _length)];
        _length += prefix.Length;
    }

    /// <summary>Appends a whole stretch with its places.</summary>
    public void Put(AlignedText stretch)
    {
        Grow(_writtenLength + stretch._length);
        stretch.Chars.CopyTo(_written.AsSpan(_writtenLength));
        if (_places is not null)
            stretch._places.AsSpan(0, stretch._length).CopyTo(_writtenPlaces.AsSpan(_writtenLength));
        _writtenLength += stretch._length;
    }

    /// <summary>Takes the end away: so many chars stay.</summary>
    public void Shorten(int length) => _length = length;

    /// <summary>Keeps the characters of which that is true.</summary>
    public void Keep(Func<int, bool> keep)
    {
        Begin();
        for (int at = 0, length; at < _length; at += length)
        {
            int c = Characters.At(Chars, at, out length);
            if (keep(c))
                Copy(at, length);
        }
        End();
    }

    /// <summary>Appends what stands at a place, with its place, whatever came before.</summary>
    public void Copy(int at, int length)
    {
        Grow(_writtenLength + length);
        _chars.AsSpan(at, length).CopyTo(_written.AsSpan(_writtenLength));
        _places?.AsSpan(at, length).CopyTo(_writtenPlaces.AsSpan(_writtenLength));
        _writtenLength += length;
        _at = at + length;
    }

    /// <summary>Passes the old characters up to a place: what is put in next belongs to the last of them.</summary>
    public void PassTo(int at) => _at = at;

    /// <summary>Appends a character in the place of the one that stands there, whatever came before.</summary>
    public void PutAt(int at, char c)
    {
        _at = at;
        Put(c, 0);
    }

    private void PutPair(int point, int change)
    {
        Grow(_writtenLength + 2);
        if (_places is not null)
            _writtenPlaces.AsSpan(_writtenLength, 2).Fill(Advance(change));
        (_written[_writtenLength++], _written[_writtenLength++]) = ((char)(0xD7C0 + (point >> 10)), (char)(0xDC00 + (point & 0x3FF)));
    }

    /// <summary>The place of the next new character; old ones that it replaces or that go away are passed.</summary>
    private TextSpan Advance(int change)
    {
        if (change > 0)
            return _at == 0 ? new(Origin, Origin) : _places![_at - 1];
        if (_at >= _length)
            return _length == 0 ? new(Origin, Origin) : _places![_length - 1];
        var place = _places![_at];
        for (int passed = change; passed <= 0 && _at < _length; passed++)
            _at += char.IsHighSurrogate(_chars[_at]) && _at + 1 < _length ? 2 : 1;
        return place;
    }

    private void Grow(int room)
    {
        if (_written.Length < room)
            Array.Resize(ref _written, Math.Max(room, 2 * _written.Length));
        if (_places is not null && (_writtenPlaces?.Length ?? 0) < _written.Length)
            Array.Resize(ref _writtenPlaces, _written.Length);
    }
}
