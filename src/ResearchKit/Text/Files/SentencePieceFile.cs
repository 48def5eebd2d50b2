namespace ResearchKit.Text;

/// <summary>
/// Reads SentencePiece's <c>.model</c> (<c>sentencepiece_model.proto</c> of google/sentencepiece): BPE and unigram, encoded as that
/// library does.
/// </summary>
/// <remarks>
/// A BPE model (LLaMA) puts its beginning token before a text, a unigram model without one (T5) its end token after it;
/// <c>add_bos_token</c> and <c>add_eos_token</c> of <c>tokenizer_config.json</c> decide otherwise. Control tokens written in a text become
/// their ids, as in Hugging Face; SentencePiece would spell them.
/// </remarks>
internal static class SentencePieceFile
{
    private enum PieceType { Normal = 1, Unknown, Control, UserDefined, Unused, Byte }

    private sealed class Model
    {
        public List<(string Text, float Score, PieceType Type)> Pieces { get; } = [];
        public int Type { get; set; } = 1;
        public bool ByteFallback { get; set; }
        public bool BlankAsSuffix { get; set; }
        public int Begin { get; set; } = 1;
        public int End { get; set; } = 2;
        public int Padding { get; set; } = -1;
        public byte[] Charsmap { get; set; } = [];
        public bool AddPrefix { get; set; } = true;
        public bool RemoveExtraBlanks { get; set; } = true;
        public bool EscapeBlanks { get; set; } = true;
    }

    public static Tokenizer Read(byte[] bytes, string file, TokenizerConfig config)
    {
        var model = ReadModel(bytes, file);
        if (model.BlankAsSuffix || !model.EscapeBlanks)
            throw new KitException($"{file}: blanks are kept {(model.BlankAsSuffix ? "at the end of words" : "as they are")}, which the kit does not know; "
                + "it knows models that mark the blank before a word.");
        var vocabulary = new Vocabulary(model.Pieces.Select((p, id) => (p.Text, id)), file);
        int unknown = model.Pieces.FindIndex(p => p.Type == PieceType.Unknown);
        if (unknown < 0)
            throw new KitException($"{file}: no piece is the unknown one, so there is nothing for a character that is not in the vocabulary.");
        bool Normal(int id) => model.Pieces[id].Type == PieceType.Normal;
        float Score(int id) => model.Pieces[id].Score;

        SubwordModel subwords = model.Type switch
        {
            1 => new Unigram(vocabulary, [.. model.Pieces.Select(p => (double)p.Score)], unknown, model.ByteFallback, Normal),
            2 => new BytePairs(vocabulary, BytePairs.FromScores(vocabulary, Normal, Score),
                new(model.Pieces[unknown].Text, FuseUnknown: true, model.ByteFallback), file, Score),
            _ => throw new KitException($"{file}: the model is of the type {(model.Type switch { 3 => "word", 4 => "char", var t => t.ToString() })}, "
                + "which the kit does not know; it knows unigram and bpe."),
        };
        var normalizer = new SentencePieceNormalizer(model.Charsmap.Length == 0 ? null : new Charsmap(model.Charsmap, file), model.RemoveExtraBlanks, model.AddPrefix);
        var added = model.Pieces.Select((p, id) => (p.Text, p.Type, Id: id))
            .Where(p => p.Text.Length > 0 && p.Type is PieceType.Unknown or PieceType.Control or PieceType.UserDefined)
            .Select(p => new AddedToken(p.Id, p.Text, Special: p.Type != PieceType.UserDefined));

        (string Token, int Id)? Token(int id) => id >= 0 && id < model.Pieces.Count ? (model.Pieces[id].Text, id) : null;
        bool decoder = model.Type == 2;
        var begin = config.Flag("add_bos_token", decoder) ? Token(model.Begin) : null;
        var end = config.Flag("add_eos_token", !decoder && model.Begin < 0) ? Token(model.End) : null;
        PostProcessor? frame = begin is null && end is null ? null : TemplateProcessing.Around(begin, end, again: true);
        return new(new(normalizer, null, subwords, frame, Decoder(model.AddPrefix), [.. added], config["pad_token"] ?? Token(model.Padding)?.Token,
            config["eos_token"] ?? Token(model.End)?.Token), file);
    }

    /// <summary>Blanks for their marks, bytes for byte tokens, and the blank before the text away: LLaMA's decoder in Hugging Face.</summary>
    private static Decoder Decoder(bool prefixed)
    {
        Decoder[] stages = [new ReplaceDecoder(TextPattern.Of(SentencePieceNormalizer.Blank.ToString()), " "), new ByteFallbackDecoder(), new Fuse()];
        return new DecoderSequence(prefixed ? [.. stages, new StripDecoder(" ", 1, 0)] : stages);
    }

    private static Model ReadModel(byte[] bytes, string file)
    {
        var model = new Model();
        var reader = new ProtobufReader(bytes, file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: ReadPiece(model, new(reader.Bytes(), file)); break;
                case 2: ReadTrainer(model, new(reader.Bytes(), file)); break;
                case 3: ReadNormalizer(model, new(reader.Bytes(), file)); break;
                default: reader.Skip(); break;
            }
        }
        return model;
    }

    private static void ReadPiece(Model model, ProtobufReader reader)
    {
        var (text, score, type) = ("", 0f, PieceType.Normal);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: text = reader.Text(); break;
                case 2: score = reader.Float(); break;
                case 3: type = (PieceType)reader.Int(); break;
                default: reader.Skip(); break;
            }
        }
        model.Pieces.Add((text, score, type));
    }

    private static void ReadTrainer(Model model, ProtobufReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3: model.Type = reader.Int(); break;
                case 24: model.BlankAsSuffix = reader.Bool(); break;
                case 35: model.ByteFallback = reader.Bool(); break;
                case 41: model.Begin = reader.Int(); break;
                case 42: model.End = reader.Int(); break;
                case 43: model.Padding = reader.Int(); break;
                default: reader.Skip(); break;
            }
        }
    }

    private static void ReadNormalizer(Model model, ProtobufReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: model.Charsmap = reader.Bytes().ToArray(); break;
                case 3: model.AddPrefix = reader.Bool(); break;
                case 4: model.RemoveExtraBlanks = reader.Bool(); break;
                case 5: model.EscapeBlanks = reader.Bool(); break;
                default: reader.Skip(); break;
            }
        }
    }
}
