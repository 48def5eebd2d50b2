using System.Text.Encodings.Web;

namespace ResearchKit.Text;

/// <summary>Escapes what JSON demands and nothing else, as <c>tokenizers</c> does; .NET's own encoders also escape emoji.</summary>
public sealed unsafe class PlainJsonEncoder : JavaScriptEncoder
{
    /// <summary>The one there is: it has no state.</summary>
    public static PlainJsonEncoder Instance { get; } = new();

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => 6;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < ' ' or '"' or '\\';

    /// <inheritdoc/>
    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        for (int i = 0; i < textLength; i++)
            if (WillEncode(text[i]))
                return i;
        return -1;
    }

    /// <inheritdoc/>
    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        string escaped = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\b' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\f' => "\\f",
            '\r' => "\\r",
            _ => $"\\u{unicodeScalar:x4}",
        };
        bool fits = escaped.AsSpan().TryCopyTo(new Span<char>(buffer, bufferLength));
        numberOfCharactersWritten = fits ? escaped.Length : 0;
        return fits;
    }
}
