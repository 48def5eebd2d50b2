using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// GPT-2's alphabet: each of the 256 bytes is written as one visible character, so that a token is a plain string. Printable
/// Latin-1 stands for itself; the other bytes take the characters from U+0100 on, in order (<c>bytes_to_unicode</c>, openai/gpt-2).
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>The character of the blank.</summary>
    public const char Blank = '\u0120';

    private static readonly char[] Chars = MakeChars();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The character of a byte.</summary>
    public static char CharOf(byte value) => Chars[value];

    /// <summary>The byte of a character, or -1 where the character stands for none.</summary>
    public static int ByteOf(char value) => value < Bytes.Length ? Bytes[value] : -1;

    /// <summary>The text whose UTF-8 bytes these tokens spell; a token with a foreign character stands for itself.</summary>
    public static string Decode(IEnumerable<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.All(c => ByteOf(c) >= 0))
                bytes.AddRange(token.Select(c => (byte)ByteOf(c)));
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static char[] MakeChars()
    {
        var chars = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
            chars[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
        return chars;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Chars.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++)
            bytes[Chars[b]] = (short)b;
        return bytes;
    }
}
