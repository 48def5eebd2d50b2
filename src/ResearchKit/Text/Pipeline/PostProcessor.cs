using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>A part of a template: one of the texts, or a special token of its own.</summary>
/// <param name="Sequence">0 for the first text, 1 for the second, -1 for a special token.</param>
/// <param name="Token">The special token's name, or null.</param>
/// <param name="Ids">The ids that it stands for; none for a text.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Type">The type id of all its tokens.</param>
internal sealed record TemplatePart(int Sequence, string? Token, IReadOnlyList<int> Ids, IReadOnlyList<string> Tokens, int Type)
{
    /// <summary>A text.</summary>
    public static TemplatePart Text(int sequence, int type) => new(sequence, null, [], [], type);

    /// <summary>A special token with one id.</summary>
    public static TemplatePart Special(string token, int id, int type) => new(-1, token, [id], [token], type);
}

/// <summary>Puts special tokens around texts, and takes blanks off the places of tokens: the fourth stage of a tokenizer.</summary>
internal abstract record PostProcessor
{
    /// <summary>What a text, or a pair, is framed in.</summary>
    public virtual IReadOnlyList<TemplatePart> Template(bool pair) => pair ? Plain : Plain[..1];

    /// <summary>Whether the places of tokens leave out the blanks that the tokens begin and end with.</summary>
    public virtual bool TrimsOffsets => false;

    /// <summary>Whether a single blank before the first token was put there by the pre-tokenizer, and so is none of the text's.</summary>
    public virtual bool AddsPrefixSpace => false;

    /// <summary>Whether the stage frames texts at all.</summary>
    public virtual bool Frames => false;

    /// <summary>Writes the stage as <c>tokenizer.json</c> has it.</summary>
    public abstract void Write(Utf8JsonWriter json);

    private static readonly TemplatePart[] Plain = [TemplatePart.Text(0, 0), TemplatePart.Text(1, 1)];

    /// <summary>Writes a token and its id as a list.</summary>
    protected static void WritePair(Utf8JsonWriter json, string name, (string Token, int Id) token)
    {
        json.WriteStartArray(name);
        json.WriteStringValue(token.Token);
        json.WriteNumberValue(token.Id);
        json.WriteEndArray();
    }
}

/// <summary>Byte-level vocabularies': no special tokens.</summary>
internal sealed record ByteLevelProcessing(bool AddPrefixSpace = true, bool TrimOffsets = false, bool UseRegex = true) : PostProcessor
{
    public override bool TrimsOffsets => TrimOffsets;

    public override bool AddsPrefixSpace => AddPrefixSpace;

    public override void Write(Utf8JsonWriter json) =>
        json.WritePart("ByteLevel", ("add_prefix_space", AddPrefixSpace), ("trim_offsets", TrimOffsets), ("use_regex", UseRegex));
}

/// <summary>BERT's: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>.</summary>
internal sealed record BertProcessing((string Token, int Id) Sep, (string Token, int Id) Cls) : PostProcessor
{
    public override bool Frames => true;

    public override IReadOnlyList<TemplatePart> Template(bool pair)
    {
        TemplatePart[] single = [TemplatePart.Special(Cls.Token, Cls.Id, 0), TemplatePart.Text(0, 0), TemplatePart.Special(Sep.Token, Sep.Id, 0)];
        return pair ? [.. single, TemplatePart.Text(1, 1), TemplatePart.Special(Sep.Token, Sep.Id, 1)] : single;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "BertProcessing");
        WritePair(json, "sep", Sep);
        WritePair(json, "cls", Cls);
        json.WriteEndObject();
    }
}

/// <summary>RoBERTa's: <c>&lt;s> A &lt;/s></c>, <c>&lt;s> A &lt;/s> &lt;/s> B &lt;/s></c>, all of type 0.</summary>
internal sealed record RobertaProcessing((string Token, int Id) Sep, (string Token, int Id) Cls, bool TrimOffsets, bool AddPrefixSpace) : PostProcessor
{
    public override bool Frames => true;

    public override bool TrimsOffsets => TrimOffsets;

    public override bool AddsPrefixSpace => AddPrefixSpace;

    public override IReadOnlyList<TemplatePart> Template(bool pair)
    {
        var sep = TemplatePart.Special(Sep.Token, Sep.Id, 0);
        TemplatePart[] single = [TemplatePart.Special(Cls.Token, Cls.Id, 0), TemplatePart.Text(0, 0), sep];
        return pair ? [.. single, sep, TemplatePart.Text(1, 0), sep] : single;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "RobertaProcessing");
        WritePair(json, "sep", Sep);
        WritePair(json, "cls", Cls);
        json.WriteBoolean("trim_offsets", TrimOffsets);
        json.WriteBoolean("add_prefix_space", AddPrefixSpace);
        json.WriteEndObject();
    }
}

/// <summary>Any order of texts and special tokens, one for a text and one for a pair.</summary>
internal sealed record TemplateProcessing(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair) : PostProcessor
{
    public override bool Frames => true;

    public override IReadOnlyList<TemplatePart> Template(bool pair) => pair ? Pair : Single;

    /// <summary>A token before and one after each text, where there are such.</summary>
    /// <param name="begin">The token before.</param>
    /// <param name="end">The token after.</param>
    /// <param name="again">Whether the second text has a beginning of its own: decoders' have, BERT's has not.</param>
    public static TemplateProcessing Around((string Token, int Id)? begin, (string Token, int Id)? end, bool again = false)
    {
        TemplatePart[] Special((string Token, int Id)? token, int type) => token is { } t ? [TemplatePart.Special(t.Token, t.Id, type)] : [];
        TemplatePart[] single = [.. Special(begin, 0), TemplatePart.Text(0, 0), .. Special(end, 0)];
        return new(single, [.. single, .. Special(again ? begin : null, 1), TemplatePart.Text(1, 1), .. Special(end, 1)]);
    }

    /// <summary>In the map of special tokens they come in the order of their spelling.</summary>
    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        WriteParts(json, "single", Single);
        WriteParts(json, "pair", Pair);
        json.WriteStartObject("special_tokens");
        foreach (var part in Single.Concat(Pair).Where(p => p.Token is not null).DistinctBy(p => p.Token).OrderBy(p => p.Token, StringComparer.Ordinal))
        {
            json.WriteStartObject(part.Token!);
            json.WriteString("id", part.Token);
            json.WriteStartArray("ids");
            foreach (int id in part.Ids)
                json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            foreach (string token in part.Tokens)
                json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, string name, IReadOnlyList<TemplatePart> parts)
    {
        json.WriteStartArray(name);
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WritePropertyName(part.Token is null ? "Sequence" : "SpecialToken");
            json.WriteMembers(("id", part.Token ?? (part.Sequence == 0 ? "A" : "B")), ("type_id", part.Type));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}

/// <summary>Several, of which one at most frames texts.</summary>
internal sealed record PostProcessorSequence(IReadOnlyList<PostProcessor> Stages) : PostProcessor
{
    public override bool Frames => Stages.Any(s => s.Frames);

    public override bool TrimsOffsets => Stages.Any(s => s.TrimsOffsets);

    public override bool AddsPrefixSpace => Stages.Any(s => s.TrimsOffsets && s.AddsPrefixSpace);

    public override IReadOnlyList<TemplatePart> Template(bool pair) => Stages.FirstOrDefault(s => s.Frames)?.Template(pair) ?? base.Template(pair);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("processors");
        foreach (var stage in Stages)
            stage.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
