using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace ResearchKit.Text;

/// <summary>
/// Reads llama2.c's <c>tokenizer.bin</c>: the length of the longest token, then for each token its score, its length and its bytes, to
/// the end of the file. Tokens 0, 1 and 2 are unknown, beginning and end; the next 256 are the bytes. Encoded as <c>run.c</c> does: a blank
/// before the text, characters or their bytes, and of all pairs the one of the highest score first. No blank is ever taken away.
/// </summary>
internal static class Llama2TokenizerFile
{
    private const int Unknown = 0, Begin = 1, End = 2, FirstByte = 3;

    public static Tokenizer Read(byte[] bytes, string file)
    {
        var entries = ReadEntries(bytes, file);
        for (int b = 0; b < 256; b++)
            if (entries.Count <= FirstByte + b || entries[FirstByte + b].Token != SubwordModel.ByteToken(b))
                throw new KitException($"{file}: token {FirstByte + b} should be {SubwordModel.ByteToken(b)}; this is no tokenizer of llama2.c.");
        // The beginning and the end are written with line ends around them, as they are printed.
        string[] tokens = [.. entries.Select((e, id) => id is Begin or End ? e.Token.Trim() : e.Token)];
        var vocabulary = new Vocabulary(tokens.Select((t, id) => (t, id)), file);
        bool Normal(int id) => id >= FirstByte + 256;
        float Score(int id) => entries[id].Score;
        var model = new BytePairs(vocabulary, BytePairs.FromScores(vocabulary, Normal, Score),
            new(tokens[Unknown], FuseUnknown: true, ByteFallback: true), file, Score);
        AddedToken[] added = [new(Unknown, tokens[Unknown]), new(Begin, tokens[Begin]), new(End, tokens[End])];
        var decoder = new DecoderSequence([new ByteFallbackDecoder(), new Fuse(), new StripDecoder(" ", 1, 0)]);
        return new(new(new Prepend(" "), null, model, TemplateProcessing.Around((tokens[Begin], Begin), null, again: true), decoder, added,
            EndToken: tokens[End]), file);
    }

    private static List<(string Token, float Score)> ReadEntries(byte[] bytes, string file)
    {
        if (bytes.Length < 4)
            throw new KitException($"{file} is cut short: it has {bytes.Length} bytes, and a tokenizer of llama2.c begins with 4.");
        int longest = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var entries = new List<(string, float)>();
        for (int at = 4; at < bytes.Length;)
        {
            if (bytes.Length - at < 8)
                throw new KitException($"{file} is cut short inside token {entries.Count}: {bytes.Length - at} bytes are left where its score and length take 8.");
            float score = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at));
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4));
            at += 8;
            if (length < 0 || length > longest || length > bytes.Length - at)
                throw new KitException($"{file}: token {entries.Count} claims {length} bytes, where the longest has {longest} and {bytes.Length - at} are left; "
                    + "the file is damaged, or no tokenizer of llama2.c.");
            var utf8 = bytes.AsSpan(at, length);
            if (!Utf8.IsValid(utf8) || !float.IsFinite(score))
                throw new KitException($"{file}: token {entries.Count} is not UTF-8 text with a finite score; the file is damaged, or no tokenizer of llama2.c.");
            entries.Add((Encoding.UTF8.GetString(utf8), score));
            at += length;
        }
        return entries;
    }
}
