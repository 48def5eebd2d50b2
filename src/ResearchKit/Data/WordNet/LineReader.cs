using System.Buffers.Text;
using System.Text;

namespace ResearchKit.Data.WordNet;

/// <summary>The fields of one line, read from left to right; an error names file, line and what was expected.</summary>
internal ref struct LineReader(ReadOnlySpan<byte> line, string file, int number)
{
    private readonly ReadOnlySpan<byte> _line = line;
    private ReadOnlySpan<byte> _rest = line;

    /// <summary>The next field, up to a blank.</summary>
    public ReadOnlySpan<byte> Field(string what)
    {
        int end = _rest.IndexOf((byte)' ');
        var field = end < 0 ? _rest : _rest[..end];
        if (field.IsEmpty)
            throw Wrong(what);
        _rest = end < 0 ? default : _rest[(end + 1)..];
        return field;
    }

    /// <summary>A field as text.</summary>
    public string Text(string what) => Encoding.Latin1.GetString(Field(what));

    /// <summary>A whole number of so many digits at least.</summary>
    public int Number(string what, int digits = 1) => Parse(Field(what), what, digits, 'D');

    /// <summary>A hexadecimal number of so many digits.</summary>
    public int Hexadecimal(string what, int digits) => Parse(Field(what), what, digits, 'x');

    /// <summary>Source and target word of a pointer, two hexadecimal digits each.</summary>
    public (int From, int To) Words(string what)
    {
        var field = Field(what);
        return field.Length == 4 ? (Parse(field[..2], what, 2, 'x'), Parse(field[2..], what, 2, 'x')) : throw Wrong(what);
    }

    /// <summary>Everything after the next <c>| </c>.</summary>
    public string Gloss()
    {
        int bar = _rest.IndexOf((byte)'|');
        return bar < 0 ? throw Wrong("'|' and a gloss") : Encoding.Latin1.GetString(_rest[(bar + 1)..]).Trim();
    }

    /// <summary>The error that the line should have gone on otherwise.</summary>
    public readonly KitException Wrong(string expected)
    {
        string shown = Encoding.Latin1.GetString(_line.Length > 60 ? _line[..60] : _line);
        return new($"{file}, line {number}: expected {expected}, in \"{shown}{(_line.Length > 60 ? "..." : "")}\". {Files.Reinstall}");
    }

    private readonly int Parse(ReadOnlySpan<byte> field, string what, int digits, char format) =>
        field.Length >= digits && Utf8Parser.TryParse(field, out int value, out int used, format) && used == field.Length && value >= 0
            ? value : throw Wrong(what);
}
