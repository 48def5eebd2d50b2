namespace ResearchKit.Text;

/// <summary>Reads Hugging Face's <c>tokenizer.json</c>.</summary>
internal static class TokenizerReader
{
    public static Tokenizer Read(JsonPart root, TokenizerConfig config)
    {
        var added = root["added_tokens"].IsNull ? [] : root["added_tokens"].Items().Select(ReadAdded).ToList();
        var preTokenizer = StageReader.PreTokenizer(root["pre_tokenizer"]);
        var model = ReadModel(root["model"]);
        if (model is BytePairs && IsByteLevel(preTokenizer))
            RequireBytes(model.Vocabulary, root.File);
        return new(new(StageReader.Normalizer(root["normalizer"]), preTokenizer, model, StageReader.PostProcessor(root["post_processor"]),
            StageReader.Decoder(root["decoder"]), added, config["pad_token"], config["eos_token"]), root.File);
    }

    /// <summary>Refuses a byte-level vocabulary that cannot spell every text.</summary>
    public static void RequireBytes(Vocabulary vocabulary, string source)
    {
        for (int b = 0; b < 256; b++)
            if (vocabulary.IdOf(ByteAlphabet.CharOf((byte)b).ToString()) is null)
                throw new KitException($"{source}: the vocabulary lacks the symbol '{ByteAlphabet.CharOf((byte)b)}' of byte {b}, so text "
                    + "would be lost; a byte-level vocabulary holds all 256 (train it with the full byte alphabet).");
    }

    private static bool IsByteLevel(PreTokenizer? preTokenizer) =>
        preTokenizer is ByteLevelWords || preTokenizer is PreTokenizerSequence sequence && sequence.Stages.Any(IsByteLevel);

    private static AddedToken ReadAdded(JsonPart token) => new(token["id"].Whole(), token["content"].Text(), token["special"].Flag(false),
        token["single_word"].Flag(false), token["lstrip"].Flag(false), token["rstrip"].Flag(false), token["normalized"].Flag(false));

    private static SubwordModel ReadModel(JsonPart model) => ModelType(model) switch
    {
        "WordPiece" => ReadWordPiece(model),
        "BPE" => ReadBytePairs(model),
        "Unigram" => ReadUnigram(model),
        var type => throw StageReader.Unknown(model, "model", type, "WordPiece, BPE and Unigram"),
    };

    /// <summary>Files from before 2020 do not name their model; what it consists of tells.</summary>
    private static string ModelType(JsonPart model) => model["type"].TextOrNull() ?? (!model["merges"].IsNull ? "BPE"
        : !model["max_input_chars_per_word"].IsNull ? "WordPiece" : !model["unk_id"].IsNull ? "Unigram" : "none");

    private static WordPiece ReadWordPiece(JsonPart model) => new(ReadVocabulary(model["vocab"]), model["unk_token"].TextOrNull() ?? "[UNK]",
        model["continuing_subword_prefix"].TextOrNull() ?? "##",
        model["max_input_chars_per_word"].IsNull ? 100 : model["max_input_chars_per_word"].Whole(), model.File);

    private static BytePairs ReadBytePairs(JsonPart model)
    {
        if (!model["dropout"].IsNull && model["dropout"].Number() != 0)
            throw model["dropout"].Wrong("null: the kit does not drop merges at random");
        static string? Mark(JsonPart part) => part.TextOrNull() is { Length: > 0 } text ? text : null;
        var options = new BytePairOptions(Mark(model["unk_token"]), model["fuse_unk"].Flag(false), model["byte_fallback"].Flag(false),
            model["ignore_merges"].Flag(false), Mark(model["continuing_subword_prefix"]), Mark(model["end_of_word_suffix"]));
        return new(ReadVocabulary(model["vocab"]), model["merges"].Items().Select(ReadMerge).ToList(), options, model.File);
    }

    /// <summary>A merge is a pair, or in files written before 2024 one text with a blank between.</summary>
    private static (string, string) ReadMerge(JsonPart merge)
    {
        string[] sides = merge.IsText ? merge.Text().Split(' ') : [.. merge.Items().Select(s => s.Text())];
        return sides.Length == 2 ? (sides[0], sides[1]) : throw merge.Wrong("two tokens");
    }

    private static Unigram ReadUnigram(JsonPart model)
    {
        var entries = model["vocab"].Items().Select(e => e.Items().ToList() is [var token, var score] ? (Token: token.Text(), Score: score.Number())
            : throw e.Wrong("a token and its score")).ToList();
        int unknown = model["unk_id"].Whole();
        if (unknown < 0 || unknown >= entries.Count)
            throw model["unk_id"].Wrong($"the id of the unknown token, 0 to {entries.Count - 1}");
        return new(new Vocabulary(entries.Select((e, id) => (e.Token, id)), model.File), [.. entries.Select(e => e.Score)], unknown,
            model["byte_fallback"].Flag(false));
    }

    private static Vocabulary ReadVocabulary(JsonPart vocabulary) => new(vocabulary.Members().Select(m => (m.Name, m.Value.Whole())), vocabulary.File);
}
