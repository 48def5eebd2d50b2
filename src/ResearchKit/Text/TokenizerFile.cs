using System.Text.Json;
using System.Text.Unicode;

namespace ResearchKit.Text;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>: reading the WordPiece and byte-level BPE kinds, writing as <c>tokenizers</c> 0.21 and
/// later write, to the byte. Truncation and padding that a file asks for are left to the recipe; every part that would
/// change the ids and is not known here is refused by name.
/// </summary>
public static class TokenizerFile
{
    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">A <c>tokenizer.json</c>, or a folder that holds one.</param>
    /// <exception cref="KitException">The file is missing, damaged, or of a kind that the kit does not know.</exception>
    public static Tokenizer Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        JsonDocument document;
        try
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (!Utf8.IsValid(bytes))
                throw new KitException($"{file} is damaged: it is not UTF-8 text. Fetch or train the tokenizer again.");
            document = JsonDocument.Parse(bytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KitException(
                $"There is no tokenizer at {file}; give the path of a tokenizer.json or of the folder that holds it.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Cannot read the tokenizer {file}: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new KitException($"{file} is damaged at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {Reason(e)} "
                + "Fetch or train the tokenizer again.", e);
        }
        using (document)
            return Read(new JsonPart(document.RootElement, file, ""), file);
    }

    /// <summary>Writes a tokenizer, beside and renamed.</summary>
    internal static void Save(WordPieceTokenizer tokenizer, string path) =>
        AtomicFile.Write(path, s => TokenizerWriter.Write(tokenizer, s));

    /// <summary>Writes a tokenizer, beside and renamed.</summary>
    internal static void Save(ByteLevelBpeTokenizer tokenizer, string path) =>
        AtomicFile.Write(path, s => TokenizerWriter.Write(tokenizer, s));

    private static Tokenizer Read(JsonPart root, string file)
    {
        var added = root["added_tokens"].IsNull ? [] : root["added_tokens"].Items().Select(ReadAdded).ToList();
        var model = root["model"];
        return ModelType(model) switch
        {
            "WordPiece" => ReadWordPiece(root, model, added, file),
            "BPE" => ReadByteLevel(root, model, added, file),
            var type => throw Unknown(file, "model", type, "WordPiece and BPE"),
        };
    }

    /// <summary>Files from before 2020 do not name their model; what it consists of tells.</summary>
    private static string ModelType(JsonPart model) => !model["type"].IsNull ? TypeOf(model)
        : !model["merges"].IsNull ? "BPE"
        : !model["max_input_chars_per_word"].IsNull ? "WordPiece" : "none";

    private static WordPieceTokenizer ReadWordPiece(JsonPart root, JsonPart model, List<AddedToken> added, string file)
    {
        Require(file, "pre_tokenizer", root["pre_tokenizer"], "BertPreTokenizer");
        var decoder = root["decoder"];
        Require(file, "decoder", decoder, "WordPiece");
        var (begin, end) = ReadFrame(root["post_processor"], file);
        var settings = new WordPieceSettings(ReadNormalizer(root["normalizer"], file),
            model["unk_token"].TextOrNull() ?? "[UNK]",
            model["continuing_subword_prefix"].TextOrNull() ?? "##",
            model["max_input_chars_per_word"].IsNull ? 100 : model["max_input_chars_per_word"].Whole(),
            begin, end, decoder["cleanup"].Flag(true));
        if (decoder["prefix"].TextOrNull() is { } prefix && prefix != settings.Prefix)
            throw decoder["prefix"].Wrong($"the model's prefix '{settings.Prefix}'");
        return new WordPieceTokenizer(ReadVocabulary(model["vocab"], file), added, settings, file);
    }

    private static ByteLevelBpeTokenizer ReadByteLevel(JsonPart root, JsonPart model, List<AddedToken> added, string file)
    {
        if (!root["normalizer"].IsNull)
            throw Unknown(file, "normalizer", TypeOf(root["normalizer"]), "none, for a byte-level BPE");
        Require(file, "pre_tokenizer", root["pre_tokenizer"], "ByteLevel");
        Require(file, "decoder", root["decoder"], "ByteLevel");
        foreach (string option in new[] { "byte_fallback", "ignore_merges" })
            if (model[option].Flag(false))
                throw model[option].Wrong("false: the kit does not know this option of BPE");
        foreach (string option in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
            if (!model[option].IsNull && !(model[option].IsText && model[option].Text().Length == 0))
                throw model[option].Wrong("null: the kit does not know this option of BPE");
        var (begin, end) = ReadFrame(root["post_processor"], file);
        var before = root["pre_tokenizer"];
        var settings = new ByteLevelSettings(before["add_prefix_space"].Flag(false), before["use_regex"].Flag(true), begin, end);
        var merges = model["merges"].Items().Select(ReadMerge).ToList();
        return new ByteLevelBpeTokenizer(ReadVocabulary(model["vocab"], file), merges, added, settings, file);
    }

    /// <summary>A merge is a pair, or in files written before 2024 one text with a blank between.</summary>
    private static (string, string) ReadMerge(JsonPart merge)
    {
        string[] sides = merge.IsText ? merge.Text().Split(' ') : [.. merge.Items().Select(s => s.Text())];
        return sides.Length == 2 ? (sides[0], sides[1]) : throw merge.Wrong("two tokens");
    }

    private static Vocabulary ReadVocabulary(JsonPart vocabulary, string file) =>
        new(vocabulary.Members().Select(m => (m.Name, m.Value.Whole())), file);

    private static AddedToken ReadAdded(JsonPart token) => new(token["id"].Whole(), token["content"].Text(), token["special"].Flag(false),
        token["single_word"].Flag(false), token["lstrip"].Flag(false), token["rstrip"].Flag(false), token["normalized"].Flag(false));

    private static BertNormalizer? ReadNormalizer(JsonPart part, string file)
    {
        if (part.IsNull)
            return null;
        Require(file, "normalizer", part, "BertNormalizer");
        return new(part["clean_text"].Flag(true), part["handle_chinese_chars"].Flag(true),
            part["strip_accents"].IsNull ? null : part["strip_accents"].Flag(false), part["lowercase"].Flag(true));
    }

    /// <summary>What the post-processor puts before and after a text.</summary>
    private static (string? Begin, string? End) ReadFrame(JsonPart part, string file)
    {
        switch (part.IsNull ? "ByteLevel" : TypeOf(part))
        {
            case "ByteLevel":
                return (null, null);
            case "BertProcessing":
                return (FirstOf(part["cls"]), FirstOf(part["sep"]));
            case "TemplateProcessing":
                return ReadTemplate(part, file);
            case var type:
                throw Unknown(file, "post_processor", type, "TemplateProcessing, BertProcessing and ByteLevel");
        }
    }

    /// <summary>The token of a pair of a token and its id.</summary>
    private static string FirstOf(JsonPart pair) => pair.Items().ToList() is [var token, _] ? token.Text() : throw pair.Wrong("a token and its id");

    /// <summary>Of templates, those of BERT's shape: an optional token before, an optional one after each text.</summary>
    private static (string? Begin, string? End) ReadTemplate(JsonPart part, string file)
    {
        string[] single = [.. part["single"].Items().Select(Piece)], pair = [.. part["pair"].Items().Select(Piece)];
        int a = Array.IndexOf(single, "A:0");
        if (a is 0 or 1 && single.Length - a is 1 or 2)
        {
            string? begin = a == 1 ? single[0] : null, end = single.Length > a + 1 ? single[^1] : null;
            string[] after = end is null ? [] : [end[..^2]];
            string[] expected = [.. single, "B:1", .. after.Select(e => e + ":1")];
            if (single.All(p => p.EndsWith(":0", StringComparison.Ordinal)) && pair.SequenceEqual(expected))
                return (begin?[..^2], end?[..^2]);
        }
        throw new KitException(
            $"{file}: the template '{string.Join(' ', single)}' with '{string.Join(' ', pair)}' for pairs is not one the kit "
            + "knows; it knows [begin] A [end] with [begin] A [end] B:1 [end]:1.");
    }

    private static string Piece(JsonPart piece)
    {
        var content = piece["Sequence"].IsNull ? piece["SpecialToken"] : piece["Sequence"];
        return $"{content["id"].Text()}:{content["type_id"].Whole()}";
    }

    private static string TypeOf(JsonPart part) => part.IsNull ? "none" : part["type"].Text();

    private static void Require(string file, string where, JsonPart part, string type)
    {
        if (TypeOf(part) is var found && found != type)
            throw Unknown(file, where, found, type);
    }

    private static KitException Unknown(string file, string where, string type, string known) =>
        new($"{file}: the {where} is of the type '{type}', which the kit does not know here; it knows {known}.");

    // The runtime appends the position, which the message names already.
    private static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0];
}
