using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ResearchKit.Tests.Checkpoints;

/// <summary>Sound safetensors files made unsound, or differently sound, in every way that someone has thought of.</summary>
internal sealed partial class SafetensorsMutation(IReadOnlyList<byte[]> sound, Random random)
{
    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "3", "4", "8", "1.0", "1e2", "2147483648", "4294967296", "4611686018427387904", "9223372036854775807", "9223372036854775808",
        "18446744073709551615", "99999999999999999999999", "00", "0x10", "null", "true", "\"4\"", "[]", "{}",
    ];

    private static readonly string[] Types = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL", "U16", "F8_E4M3", "C64", "f32", "", "F32\\u0000"];

    private static readonly string[] Pieces =
    [
        "\"__metadata__\":{\"a\":\"b\"},", "\"__metadata__\":{\"a\":1},", "\"__metadata__\":[],", "\"__metadata__\":null,", "\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"},",
        "\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},", "\"x\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]},",
        "\"\":{\"dtype\":\"F32\",\"shape\":[0,4611686018427387904,4],\"data_offsets\":[0,0]},", "\"x\":{},", "\"x\":1,", "\\ud800", "\\u0000", "\ufeff", "/* */", "NaN", ",", "}", "{", "]", "\"",
    ];

    /// <summary>The next file.</summary>
    public byte[] Next()
    {
        var file = sound[random.Next(sound.Count)];
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        var header = file[8..(8 + length)];
        var data = file[(8 + length)..];
        switch (random.Next(8))
        {
            case 0:
                return Bytes(file, 8 + length);
            case 1:
                return random.Next(3) == 0 ? [.. file, .. new byte[random.Next(1, 100)]] : file[..random.Next(file.Length)];
            case 2:
                BinaryPrimitives.WriteUInt64LittleEndian((file = [.. file]).AsSpan(), Length(length, file.Length));
                return file;
            case 3:
                return Joined(Encoding.UTF8.GetBytes(Deep(Encoding.UTF8.GetString(header))), data);
            case 4:
                // Of a header and the data of another file.
                var other = sound[random.Next(sound.Count)];
                return Joined(header, other[(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(other))..]);
            default:
                var text = Encoding.UTF8.GetString(header);
                for (int n = random.Next(1, 4); n > 0; n--) text = Text(text);
                return Joined(Encoding.UTF8.GetBytes(text), data);
        }
    }

    // Bytes changed, removed, inserted, mostly in the header, where there is something to get wrong.
    private byte[] Bytes(byte[] file, int header)
    {
        var bytes = file.ToList();
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int at = random.Next(random.Next(8) == 0 ? bytes.Count : header);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes[at] = (byte)"0123456789[]{},:\" "[random.Next(18)]; break;
                case 3: bytes.RemoveAt(at); break;
                default: bytes.Insert(at, bytes[random.Next(bytes.Count)]); break;
            }
        }
        return [.. bytes];
    }

    private ulong Length(int length, int file) => random.Next(5) switch
    {
        0 => (ulong)(length + random.Next(-9, 10)),
        1 => (ulong)random.NextInt64(),
        2 => ulong.MaxValue - (ulong)random.Next(16),
        3 => (ulong)(file - 8 + random.Next(-2, 3)),
        _ => (ulong)(100_000_000 + random.Next(-1, 2)),
    };

    private string Deep(string header)
    {
        int depth = random.Next(3) switch { 0 => random.Next(1, 70), 1 => 1000, _ => 50_000 };
        var (open, close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        var nested = new StringBuilder().Insert(0, open, depth).Append('1').Insert(depth * open.Length + 1, close, depth).ToString();
        return random.Next(3) switch
        {
            0 => nested,
            1 => header.Replace("{\"", $"{{\"deep\":{nested},\"", StringComparison.Ordinal),
            _ => Number().Replace(header, nested, 1, random.Next(header.Length)),
        };
    }

    private string Text(string header)
    {
        var numbers = Number().Matches(header);
        var strings = Quoted().Matches(header);
        switch (random.Next(6))
        {
            case 0 when numbers.Count > 0:
                return Put(header, numbers[random.Next(numbers.Count)], Numbers[random.Next(Numbers.Length)]);
            case 1 when numbers.Count > 0:
                var number = numbers[random.Next(numbers.Count)];
                bool whole = long.TryParse(number.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long value);
                return Put(header, number, whole ? (value + random.Next(-8, 9)).ToString(CultureInfo.InvariantCulture) : "1");
            case 2 when numbers.Count > 1:
                return Put(header, numbers[random.Next(numbers.Count)], numbers[random.Next(numbers.Count)].Value);
            case 3 when strings.Count > 1:
                // A name, a key or a type in the place of another: doubled keys among them.
                return Put(header, strings[random.Next(strings.Count)], strings[random.Next(strings.Count)].Value);
            case 4 when strings.Count > 0:
                return Put(header, strings[random.Next(strings.Count)], $"\"{Types[random.Next(Types.Length)]}\"");
            default:
                int at = random.Next(3) == 0 ? Math.Min(1, header.Length) : random.Next(header.Length + 1);
                return header.Insert(at, Pieces[random.Next(Pieces.Length)]);
        }
    }

    private static string Put(string text, Match place, string value) => text[..place.Index] + value + text[(place.Index + place.Length)..];

    private static byte[] Joined(byte[] header, byte[] data)
    {
        var file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        data.CopyTo(file, 8 + header.Length);
        return file;
    }

    [GeneratedRegex("""(?<![\w."])[0-9]+(?![\w."])""")]
    private static partial Regex Number();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();
}
