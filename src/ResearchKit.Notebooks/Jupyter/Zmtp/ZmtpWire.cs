using System.Buffers.Binary;
using System.Text;

namespace ResearchKit.Notebooks.Jupyter.Zmtp;

/// <summary>One frame: a part of a message, or a command of the protocol itself.</summary>
internal sealed record ZmtpFrame(bool More, bool IsCommand, byte[] Body);

/// <summary>
/// The bytes of ZMTP 3.0 (https://rfc.zeromq.org/spec/23), the protocol of ZeroMQ's sockets, with the NULL mechanism: greeting, frames and
/// the READY command.
/// </summary>
internal static class ZmtpWire
{
    private const int GreetingLength = 64;
    private const byte MoreFlag = 1, LongFlag = 2, CommandFlag = 4;

    /// <summary>More than any message of Jupyter; what asks for more is no ZeroMQ peer.</summary>
    private const long LongestFrame = 1L << 30;

    /// <summary>The first 64 bytes of either side: signature, version 3.0, mechanism NULL.</summary>
    public static byte[] Greeting()
    {
        var greeting = new byte[GreetingLength];
        greeting[0] = 0xFF;
        greeting[9] = 0x7F;
        greeting[10] = 3;
        Encoding.ASCII.GetBytes("NULL", greeting.AsSpan(12));
        return greeting;
    }

    /// <summary>Reads the other side's greeting.</summary>
    /// <exception cref="InvalidDataException">It is no ZeroMQ of version 3, or it wants another mechanism.</exception>
    public static async Task ReadGreeting(Stream stream, CancellationToken stop)
    {
        var greeting = new byte[GreetingLength];
        await stream.ReadExactlyAsync(greeting, stop);
        if (greeting[0] != 0xFF || (greeting[9] & 1) == 0 || greeting[10] < 3) throw new InvalidDataException("The peer does not speak ZMTP 3.");
        var mechanism = Encoding.ASCII.GetString(greeting, 12, 20).TrimEnd('\0');
        if (mechanism != "NULL") throw new InvalidDataException($"The peer wants the mechanism {mechanism}, but only NULL is spoken here.");
    }

    /// <summary>A frame as bytes.</summary>
    public static byte[] Encode(ZmtpFrame frame)
    {
        bool isLong = frame.Body.Length > 255;
        byte flags = (byte)((frame.More ? MoreFlag : 0) | (isLong ? LongFlag : 0) | (frame.IsCommand ? CommandFlag : 0));
        var bytes = new byte[frame.Body.Length + (isLong ? 9 : 2)];
        bytes[0] = flags;
        if (isLong) BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), frame.Body.Length);
        else bytes[1] = (byte)frame.Body.Length;
        frame.Body.CopyTo(bytes.AsSpan(isLong ? 9 : 2));
        return bytes;
    }

    /// <summary>A message as bytes, its frames one behind the other.</summary>
    public static byte[] Encode(IReadOnlyList<byte[]> message)
    {
        using var bytes = new MemoryStream();
        for (int i = 0; i < message.Count; i++) bytes.Write(Encode(new ZmtpFrame(i < message.Count - 1, false, message[i])));
        return bytes.ToArray();
    }

    /// <summary>Reads a frame; null where the stream ends before one begins.</summary>
    /// <exception cref="InvalidDataException">A length that no message has.</exception>
    public static async Task<ZmtpFrame?> ReadFrame(Stream stream, CancellationToken stop)
    {
        var head = new byte[9];
        if (await stream.ReadAsync(head.AsMemory(0, 1), stop) == 0) return null;
        bool isLong = (head[0] & LongFlag) != 0;
        await stream.ReadExactlyAsync(head.AsMemory(1, isLong ? 8 : 1), stop);
        long length = isLong ? BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(1)) : head[1];
        if (length is < 0 or > LongestFrame) throw new InvalidDataException($"A frame of {length} bytes is no message of Jupyter.");
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stop);
        return new((head[0] & MoreFlag) != 0, (head[0] & CommandFlag) != 0, body);
    }

    /// <summary>The READY command that ends the handshake.</summary>
    public static ZmtpFrame Ready(string socketType, string identity)
    {
        using var body = new MemoryStream();
        Name(body, "READY");
        Property(body, "Socket-Type", socketType);
        Property(body, "Identity", identity);
        return new(false, true, body.ToArray());
    }

    /// <summary>A command's name and what follows it.</summary>
    public static (string Name, byte[] Body) Command(byte[] body)
    {
        if (body.Length == 0 || body.Length <= body[0]) throw new InvalidDataException("A command without a name.");
        return (Encoding.ASCII.GetString(body, 1, body[0]), body[(1 + body[0])..]);
    }

    /// <summary>The properties of a READY command.</summary>
    public static Dictionary<string, byte[]> Properties(byte[] rest)
    {
        var properties = new Dictionary<string, byte[]>(StringComparer.OrdinalIgnoreCase);
        for (int at = 0; at < rest.Length;)
        {
            int nameLength = rest[at];
            if (at + 1 + nameLength + 4 > rest.Length) throw new InvalidDataException("A property that ends too soon.");
            var name = Encoding.ASCII.GetString(rest, at + 1, nameLength);
            int length = BinaryPrimitives.ReadInt32BigEndian(rest.AsSpan(at + 1 + nameLength));
            int start = at + 1 + nameLength + 4;
            if (length < 0 || start + length > rest.Length) throw new InvalidDataException("A property that ends too soon.");
            properties[name] = rest[start..(start + length)];
            at = start + length;
        }
        return properties;
    }

    private static void Name(MemoryStream body, string name)
    {
        body.WriteByte((byte)name.Length);
        body.Write(Encoding.ASCII.GetBytes(name));
    }

    private static void Property(MemoryStream body, string name, string value)
    {
        Name(body, name);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        body.Write(length);
        body.Write(Encoding.ASCII.GetBytes(value));
    }
}
