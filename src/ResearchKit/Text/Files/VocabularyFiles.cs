using System.Text;
using System.Text.Unicode;

namespace ResearchKit.Text;

/// <summary>The files of the first models: BERT's <c>vocab.txt</c>, and <c>vocab.json</c> with <c>merges.txt</c> of GPT-2, RoBERTa and OPT.</summary>
internal static class VocabularyFiles
{
    /// <summary>BERT's tokenizer from a token a line. Lower-cases as <c>tokenizer_config.json</c> says; where nothing says so, if no token
    /// has a capital letter.</summary>
    public static Tokenizer ReadWordPiece(byte[] bytes, string file, TokenizerConfig config)
    {
        var vocabulary = new Vocabulary(Lines(bytes, file).Select((line, id) => (line.TrimEnd(), id)), file);
        string Named(string role, string usual) => config[role] ?? usual;
        string unknown = Named("unk_token", "[UNK]"), sep = Named("sep_token", "[SEP]"), cls = Named("cls_token", "[CLS]");
        string[] special = [Named("pad_token", "[PAD]"), unknown, cls, sep, Named("mask_token", "[MASK]")];
        var added = special.Distinct().Select(t => (Token: t, Id: vocabulary.IdOf(t))).Where(t => t.Id is not null).Select(t => new AddedToken(t.Id!.Value, t.Token));
        bool cased = vocabulary.Entries.Any(e => e.Token.AsSpan().ContainsAnyInRange('A', 'Z') && !e.Token.StartsWith('['));
        var normalizer = new BertNormalizer(HandleChineseChars: config.Flag("tokenize_chinese_chars", true), StripAccents: config.FlagOrNull("strip_accents"),
            Lowercase: config.Flag("do_lower_case", !cased));
        PostProcessor? frame = vocabulary.IdOf(cls) is { } begin && vocabulary.IdOf(sep) is { } end
            ? TemplateProcessing.Around((cls, begin), (sep, end)) : null;
        return new(new(normalizer, new BertWords(), new WordPiece(vocabulary, unknown, "##", 100, file), frame, new WordPieceDecoder("##", CleanUp: true),
            [.. added], config["pad_token"], config["eos_token"]), file);
    }

    /// <summary>GPT-2's tokenizer, or RoBERTa's where the class or the tokens say so.</summary>
    public static Tokenizer ReadByteLevel(byte[] bytes, string file, TokenizerConfig config)
    {
        var vocabulary = TokenizerFile.Parse(bytes, file, root => new Vocabulary(root.Members().Select(m => (m.Name, m.Value.Whole())), file));
        string mergesFile = Path.Combine(TokenizerFile.FolderOf(file), "merges.txt");
        var merges = ReadMerges(mergesFile);
        TokenizerReader.RequireBytes(vocabulary, file);

        (string Token, int Id)? Token(string? token) => token is not null && vocabulary.IdOf(token) is { } id ? (token, id) : null;
        bool roberta = config["tokenizer_class"] is { } name ? name.StartsWith("Roberta", StringComparison.Ordinal)
            : Token("<s>") is not null && Token("<mask>") is not null;
        string? usual = roberta ? "</s>" : "<|endoftext|>";
        var (begin, end) = (Token(config["bos_token"] ?? (roberta ? "<s>" : usual)), Token(config["eos_token"] ?? usual));
        (string Token, int Id)?[] special = [begin, end, Token(config["unk_token"] ?? (roberta ? "<unk>" : usual)),
            Token(config["pad_token"] ?? (roberta ? "<pad>" : null)), Token(config["sep_token"]), Token(config["cls_token"])];
        var added = special.OfType<(string Token, int Id)>().Distinct().Select(t => new AddedToken(t.Id, t.Token)).ToList();
        if (Token(config["mask_token"] ?? (roberta ? "<mask>" : null)) is { } mask && added.TrueForAll(t => t.Id != mask.Id))
            added.Add(new(mask.Id, mask.Token, LeftStrip: true));

        bool prefix = config.Flag("add_prefix_space", false);
        PostProcessor frame = roberta && begin is { } cls && end is { } sep ? new RobertaProcessing(sep, cls, TrimOffsets: true, prefix)
            : config.Flag("add_bos_token", false) && begin is { } bos ? TemplateProcessing.Around(bos, null, again: true)
            : new ByteLevelProcessing(prefix);
        return new(new(null, new ByteLevelWords(prefix), new BytePairs(vocabulary, merges, new(), mergesFile), frame, new ByteLevelDecoder(),
            added, config["pad_token"], config["eos_token"]), file);
    }

    private static List<(string Left, string Right)> ReadMerges(string file)
    {
        var merges = new List<(string, string)>();
        int number = 0;
        foreach (string line in Lines(TokenizerFile.Bytes(file), file))
        {
            number++;
            if (line.Length == 0 || number == 1 && line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            string[] sides = line.TrimEnd('\r').Split(' ');
            if (sides.Length != 2 || sides[0].Length == 0 || sides[1].Length == 0)
                throw new KitException($"{file}, line {number}: expected two tokens with a blank between, found '{line}'.");
            merges.Add((sides[0], sides[1]));
        }
        return merges;
    }

    private static IEnumerable<string> Lines(byte[] bytes, string file)
    {
        if (!Utf8.IsValid(bytes))
            throw new KitException($"{file} is damaged: it is not UTF-8 text. Fetch or train the tokenizer again.");
        // By line feeds alone: other ends of lines are tokens of some vocabularies.
        string text = Encoding.UTF8.GetString(bytes);
        return (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
    }
}
