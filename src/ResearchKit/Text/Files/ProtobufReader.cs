using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace ResearchKit.Text;

/// <summary>Reads a message of Protocol Buffers field by field; everything that the bytes claim is checked against their number.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes, string file)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private int _wire;

    /// <summary>The number of the field that was found last.</summary>
    public int Field { get; private set; }

    /// <summary>Finds the next field; what it holds is to be read or skipped.</summary>
    /// <returns>False at the end of the message.</returns>
    public bool Next()
    {
        if (_at == _bytes.Length)
            return false;
        ulong tag = Varint();
        (Field, _wire) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        return Field > 0 ? true : throw Damaged("a field has the number 0");
    }

    /// <summary>A whole number of 32 bits, which may be negative.</summary>
    public int Int() => _wire == 0 ? (int)(long)Varint() : throw Damaged($"field {Field} should be a whole number");

    /// <summary>A truth value.</summary>
    public bool Bool() => Int() != 0;

    /// <summary>A number in single precision.</summary>
    public float Float() => _wire == 5 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw Damaged($"field {Field} should be a number of 4 bytes");

    /// <summary>Bytes: those of a text or of a message inside this one.</summary>
    public ReadOnlySpan<byte> Bytes() => _wire == 2 ? Take(Varint()) : throw Damaged($"field {Field} should have a length");

    /// <summary>A text.</summary>
    public string Text() => Bytes() is var utf8 && Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : throw Damaged($"the text of field {Field} is not UTF-8");

    /// <summary>Passes what the field holds.</summary>
    public void Skip()
    {
        switch (_wire)
        {
            case 0: Varint(); break;
            case 1: Take(8); break;
            case 2: Take(Varint()); break;
            case 5: Take(4); break;
            default: throw Damaged($"field {Field} is of the unknown kind {_wire}");
        }
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at))
            throw Damaged($"field {Field} claims {count} bytes where {_bytes.Length - _at} are left");
        _at += (int)count;
        return _bytes.Slice(_at - (int)count, (int)count);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_at == _bytes.Length)
                throw Damaged("it ends inside a number");
            byte b = _bytes[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
        throw Damaged("a number has more than 64 bits");
    }

    private readonly KitException Damaged(string what) =>
        new($"{file} is damaged, or no SentencePiece model: {what} (byte {_at} of a part of {_bytes.Length}). Fetch it again.");
}
