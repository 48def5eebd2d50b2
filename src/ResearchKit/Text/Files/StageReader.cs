namespace ResearchKit.Text;

/// <summary>Reads the stages of a <c>tokenizer.json</c> by their types; a type that is not known is refused by name.</summary>
internal static class StageReader
{
    public static Normalizer? Normalizer(JsonPart part) => part.IsNull ? null : TypeOf(part) switch
    {
        "BertNormalizer" => new BertNormalizer(part["clean_text"].Flag(true), part["handle_chinese_chars"].Flag(true),
            part["strip_accents"].IsNull ? null : part["strip_accents"].Flag(false), part["lowercase"].Flag(true)),
        "Lowercase" => LowerCase.Instance,
        "NFC" or "NFD" or "NFKC" or "NFKD" => new NormalForm(TypeOf(part)),
        "Nmt" => new Nmt(),
        "StripAccents" => new StripAccents(),
        "Strip" => new StripEnds(part["strip_left"].Flag(true), part["strip_right"].Flag(true)),
        "Prepend" => new Prepend(part["prepend"].Text()),
        "Replace" => new Replace(Pattern(part["pattern"]), part["content"].Text()),
        "Precompiled" => new Precompiled(new Charsmap(Base64(part["precompiled_charsmap"]), part.File)),
        "Sequence" => new NormalizerSequence([.. part["normalizers"].Items().Select(p => Normalizer(p) ?? throw p.Wrong("a normalizer"))]),
        var type => throw Unknown(part, "normalizer", type, "BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, StripAccents, Strip, Prepend, "
            + "Replace, Precompiled and Sequence"),
    };

    public static PreTokenizer? PreTokenizer(JsonPart part) => part.IsNull ? null : TypeOf(part) switch
    {
        "BertPreTokenizer" => new BertWords(),
        "ByteLevel" => new ByteLevelWords(part["add_prefix_space"].Flag(true), part["trim_offsets"].Flag(true), part["use_regex"].Flag(true)),
        "Metaspace" => new Metaspace(Blank(part["replacement"]), Scheme(part), part["split"].Flag(true)),
        "WhitespaceSplit" => new WhitespaceSplit(),
        "Whitespace" => new WordsAndMarks(),
        "Digits" => new Digits(part["individual_digits"].Flag(false)),
        "Split" => new PatternSplit(Words(part)),
        "Sequence" => new PreTokenizerSequence([.. part["pretokenizers"].Items().Select(p => PreTokenizer(p) ?? throw p.Wrong("a pre-tokenizer"))]),
        var type => throw Unknown(part, "pre_tokenizer", type,
            "BertPreTokenizer, ByteLevel, Metaspace, WhitespaceSplit, Whitespace, Digits, Split and Sequence"),
    };

    public static PostProcessor? PostProcessor(JsonPart part) => part.IsNull ? null : TypeOf(part) switch
    {
        "ByteLevel" => new ByteLevelProcessing(part["add_prefix_space"].Flag(true), part["trim_offsets"].Flag(true), part["use_regex"].Flag(true)),
        "BertProcessing" => new BertProcessing(TokenAndId(part["sep"]), TokenAndId(part["cls"])),
        "RobertaProcessing" => new RobertaProcessing(TokenAndId(part["sep"]), TokenAndId(part["cls"]), part["trim_offsets"].Flag(true),
            part["add_prefix_space"].Flag(true)),
        "TemplateProcessing" => Template(part),
        "Sequence" => ProcessorSequence(part["processors"]),
        var type => throw Unknown(part, "post_processor", type, "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel and Sequence"),
    };

    public static Decoder? Decoder(JsonPart part) => part.IsNull ? null : TypeOf(part) switch
    {
        "WordPiece" => new WordPieceDecoder(part["prefix"].TextOrNull() ?? "##", part["cleanup"].Flag(true)),
        "ByteLevel" => new ByteLevelDecoder(part["add_prefix_space"].Flag(true), part["trim_offsets"].Flag(true), part["use_regex"].Flag(true)),
        "Metaspace" => new MetaspaceDecoder(Blank(part["replacement"]), Scheme(part), part["split"].Flag(true)),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new Fuse(),
        "Strip" => new StripDecoder(part["content"].Text(), part["start"].Whole(), part["stop"].Whole()),
        "Replace" => new ReplaceDecoder(Pattern(part["pattern"]), part["content"].Text()),
        "BPEDecoder" => new SuffixDecoder(part["suffix"].TextOrNull() ?? "</w>"),
        "Sequence" => new DecoderSequence([.. part["decoders"].Items().Select(p => Decoder(p) ?? throw p.Wrong("a decoder"))]),
        var type => throw Unknown(part, "decoder", type, "WordPiece, ByteLevel, Metaspace, ByteFallback, Fuse, Strip, Replace, BPEDecoder and Sequence"),
    };

    /// <summary>The error that a part is of a type that the kit does not know.</summary>
    public static KitException Unknown(JsonPart part, string where, string type, string known) =>
        new($"{part.File}: the {where} is of the type '{type}', which the kit does not know here; it knows {known}.");

    private static string TypeOf(JsonPart part) => part["type"].Text();

    private static TextPattern Pattern(JsonPart part) => part.IsText ? TextPattern.Of(part.Text())
        : part["String"].TextOrNull() is { } literal ? TextPattern.Of(literal)
        : TextPattern.OfRegex(part["Regex"].Text()) ?? throw part["Regex"].Wrong("one character or \\s, repeated: the kit knows no other expressions here");

    private static WordPattern Words(JsonPart part)
    {
        var pattern = WordPattern.Of(part["pattern"]["Regex"].Text())
            ?? throw part["pattern"]["Regex"].Wrong("the expression of GPT-2, LLaMA 3 or Qwen 2: the kit knows no others here");
        // These expressions leave nothing out, so to keep the matches is the same as to remove what is none.
        bool whole = (part["behavior"].Text(), part["invert"].Flag(false)) is ("Isolated", _) or ("Removed", true);
        return whole ? pattern : throw part["behavior"].Wrong("'Isolated', or 'Removed' inverted");
    }

    private static string Blank(JsonPart part) => part.Text() is { Length: 1 } text && !char.IsSurrogate(text[0]) ? text : throw part.Wrong("one character");

    private static PrependScheme Scheme(JsonPart part) => part["prepend_scheme"].TextOrNull() switch
    {
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        null => part["add_prefix_space"].Flag(true) ? PrependScheme.Always : PrependScheme.Never,
        _ => throw part["prepend_scheme"].Wrong("always, first or never"),
    };

    private static byte[] Base64(JsonPart part)
    {
        string text = part.Text();
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : throw part.Wrong("bytes in Base64");
    }

    private static (string, int) TokenAndId(JsonPart pair) =>
        pair.Items().ToList() is [var token, var id] ? (token.Text(), id.Whole()) : throw pair.Wrong("a token and its id");

    private static TemplateProcessing Template(JsonPart part)
    {
        TemplatePart[] single = [.. part["single"].Items().Select(p => Piece(p, part["special_tokens"]))];
        TemplatePart[] pair = [.. part["pair"].Items().Select(p => Piece(p, part["special_tokens"]))];
        if (single.Count(p => p.Token is null) != 1 || single.Any(p => p.Sequence == 1))
            throw part["single"].Wrong("a template that holds the text A once");
        if (pair.Count(p => p.Token is null) != 2 || !pair.Any(p => p.Sequence == 0) || !pair.Any(p => p.Sequence == 1))
            throw part["pair"].Wrong("a template that holds the texts A and B once each");
        return new(single, pair);
    }

    private static TemplatePart Piece(JsonPart piece, JsonPart specials)
    {
        if (!piece["Sequence"].IsNull)
            return TemplatePart.Text(piece["Sequence"]["id"].Text() switch
            {
                "A" => 0,
                "B" => 1,
                _ => throw piece["Sequence"]["id"].Wrong("A or B"),
            }, piece["Sequence"]["type_id"].Whole());
        var special = specials[piece["SpecialToken"]["id"].Text()];
        int[] ids = [.. special["ids"].Items().Select(i => i.Whole())];
        string[] tokens = [.. special["tokens"].Items().Select(t => t.Text())];
        if (ids.Length == 0 || ids.Length != tokens.Length)
            throw special["ids"].Wrong("as many ids as tokens, one at least");
        return new(-1, piece["SpecialToken"]["id"].Text(), ids, tokens, piece["SpecialToken"]["type_id"].Whole());
    }

    private static PostProcessorSequence ProcessorSequence(JsonPart part)
    {
        PostProcessor[] stages = [.. part.Items().Select(p => PostProcessor(p) ?? throw p.Wrong("a post-processor"))];
        return stages.Count(s => s.Frames) < 2 ? new(stages) : throw part.Wrong("one stage at most that puts tokens around a text");
    }
}
