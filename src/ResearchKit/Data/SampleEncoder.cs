using ResearchKit.Data.Tasks;
using ResearchKit.Text;

namespace ResearchKit.Data;

/// <summary>What happens to an example with more tokens than are allowed.</summary>
public enum TooLong
{
    /// <summary>It is cut, by the rule that <see cref="SampleEncoder"/> states for its kind.</summary>
    Cut,

    /// <summary>It is refused.</summary>
    Refuse,
}

/// <summary>Turns the examples of a task into samples: ids with special tokens in place, no longer than allowed.</summary>
/// <remarks>
/// <para>Texts and pairs: as the tokenizer's own file frames them, <c>[CLS] a [SEP] b [SEP]</c> or <c>&lt;s> a &lt;/s> &lt;/s> b &lt;/s></c>; where
/// it does not, with the beginning token if there is one and the end token after each text. Cut longest first: the longer text loses
/// tokens from its end until both are equally long, then both do, where the longer keeps an odd token (<c>longest_first</c> of
/// Hugging Face).</para>
/// <para>Instructions: beginning token if there is one, prompt, response, end token; scored from the response on, the end token included.
/// Cut: the prompt loses its beginning, down to half of the room; if that is not enough, the response loses its end, and with it the end
/// token, because the answer does not end there.</para>
/// </remarks>
public sealed class SampleEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly PostProcessor _frame;
    private readonly int _maxLength, _begin, _end;
    private readonly TooLong _tooLong;
    private readonly bool _words;

    /// <summary>Makes an encoder.</summary>
    /// <param name="tokenizer">How text becomes ids.</param>
    /// <param name="maxLength">Most tokens of a sample, special tokens included; 8 at least.</param>
    /// <param name="tooLong">What happens to longer examples.</param>
    /// <param name="words">Say of each token of a text or a pair which word it is a piece of (<see cref="Sample.Words"/>).</param>
    /// <exception cref="KitException">The length is below 8.</exception>
    public SampleEncoder(Tokenizer tokenizer, int maxLength, TooLong tooLong = TooLong.Cut, bool words = false)
    {
        if (maxLength < 8)
            throw new KitException($"The longest row is set to {maxLength} tokens; it must be 8 or more, special tokens included.");
        (_tokenizer, _maxLength, _tooLong, _words) = (tokenizer, maxLength, tooLong, words);
        (string, int)? Named(int? id) => id is { } i ? (tokenizer.TokenOf(i), i) : null;
        _frame = tokenizer.Parts.PostProcessor is { Frames: true } own ? own
            : TemplateProcessing.Around(Named(tokenizer.BeginId), Named(tokenizer.EndId));
        _begin = tokenizer.BeginId is null ? 0 : 1;
        _end = tokenizer.EndId is null ? 0 : 1;
    }

    /// <summary>Most tokens of a sample.</summary>
    public int MaxLength => _maxLength;

    /// <summary>The samples of examples, in their order.</summary>
    /// <exception cref="KitException">As for one example.</exception>
    public Sample[] Encode(IEnumerable<Example> examples) => [.. examples.Select(Encode)];

    /// <summary>The examples whose prompt has at most so many tokens, special ones not counted; MiniLLM leaves out the others, in training and in evaluation.</summary>
    /// <param name="examples">Any; those that have no prompt stay.</param>
    /// <param name="most">Null for all.</param>
    public IReadOnlyList<Example> WithPromptsUpTo(int? most, IReadOnlyList<Example> examples) =>
        most is null ? examples : [.. examples.Where(e => e is not InstructionExample instruction || _tokenizer.Encode(instruction.Prompt).Length <= most)];

    /// <summary>The sample of one example.</summary>
    /// <exception cref="KitException">It is too long and such are refused, it has no token at all, the tokenizer cannot part the texts of a
    /// pair, or the example asks for a span, which <see cref="SpanEncoder"/> encodes.</exception>
    public Sample Encode(Example example)
    {
        var sample = example switch
        {
            TextExample text => EncodeText(text),
            InstructionExample instruction => EncodeInstruction(instruction),
            _ => throw new KitException(
                "The example asks for a span, and a text that is too long for one row becomes several: spans are encoded by SpanEncoder."),
        };
        return sample.Ids.Length > 0 ? sample : throw new KitException($"An example has no tokens at all: {Show(example)}.");
    }

    /// <summary>The ids of a prompt to be continued: the beginning token if there is one, and the prompt, which loses its beginning
    /// where it is longer than the room that is left.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="room">Most ids.</param>
    /// <exception cref="KitException">The prompt is too long and such are refused, or there is no room or no token.</exception>
    public int[] EncodePrompt(string prompt, int room)
    {
        int[] ids = _tokenizer.Encode(prompt);
        if (_tooLong == TooLong.Refuse && _begin + ids.Length > room)
            throw Refused(_begin + ids.Length, room, prompt);
        int[] result = [.. Begin(), .. ids.AsSpan(Math.Max(0, ids.Length - Math.Max(0, room - _begin)))];
        return result.Length > 0 && result.Length <= room ? result
            : throw new KitException(
                $"The prompt '{Shorten(prompt)}' has no tokens within the room of {room}; give a prompt, and leave room for it.");
    }

    private Sample EncodeText(TextExample example)
    {
        bool pair = example.Second is not null;
        var template = _frame.Template(pair);
        if (template.Zip(template.Skip(1)).Any(p => p is ({ Sequence: 0 }, { Sequence: 1 })))
            throw new KitException(
                "The tokenizer has no token that ends a text, so a pair of texts would run together; use one with [SEP] or the like.");
        int[] a = _tokenizer.Encode(example.Text), b = pair ? _tokenizer.Encode(example.Second!) : [];
        int room = Room(a.Length + b.Length, template.Sum(p => p.Ids.Count), example);
        var (keepA, keepB) = Windows.Keep(a.Length, b.Length, pair, room, Truncation.LongestFirst);
        int[] wordsA = _words ? WordsOf(example.Text, keepA, 0) : [], wordsB = _words && pair ? WordsOf(example.Second!, keepB, wordsA.DefaultIfEmpty(-1).Max() + 1) : [];
        List<int> ids = new(_maxLength), words = [];
        int? secondFrom = null;
        foreach (var part in template)
        {
            if (part.Type > 0) secondFrom ??= ids.Count;
            ids.AddRange(part.Sequence switch { 0 => a[..keepA], 1 => b[..keepB], _ => part.Ids });
            if (_words) words.AddRange(part.Sequence switch { 0 => wordsA, 1 => wordsB, _ => part.Ids.Select(_ => -1) });
        }
        return new([.. ids], example.Label, secondFrom ?? 0) { Score = (float?)example.Score, Words = _words ? [.. words] : null };
    }

    // The words of a text's first tokens, counted from a number.
    private int[] WordsOf(string text, int tokens, int from) =>
        [.. _tokenizer.EncodeText(text, null, new EncodeOptions(AddSpecial: false)).Words.Take(tokens).Select(w => w + from)];

    private Sample EncodeInstruction(InstructionExample example)
    {
        int[] prompt = _tokenizer.Encode(example.Prompt), response = _tokenizer.Encode(example.Response);
        int room = Room(prompt.Length + response.Length, _begin + _end, example);
        int keepPrompt = Math.Min(prompt.Length, Math.Max(room - response.Length, room / 2));
        bool whole = response.Length <= room - keepPrompt;
        int keepResponse = whole ? response.Length : room - keepPrompt + _end;
        int[] before = [.. Begin(), .. prompt.AsSpan(prompt.Length - keepPrompt)];
        return new([.. before, .. response.AsSpan(0, keepResponse), .. whole ? End() : []], ScoredFrom: before.Length);
    }

    /// <summary>Tokens that fit beside the special ones.</summary>
    private int Room(int tokens, int special, Example example)
    {
        if (_tooLong == TooLong.Refuse && tokens + special > _maxLength) throw Refused(tokens + special, _maxLength, Show(example));
        return _maxLength > special ? _maxLength - special
            : throw new KitException($"Rows of {_maxLength} tokens have no room for text beside the tokenizer's {special} special ones; allow more.");
    }

    private int[] Begin() => _tokenizer.BeginId is { } id ? [id] : [];

    private int[] End() => _tokenizer.EndId is { } id ? [id] : [];

    private static KitException Refused(int tokens, int allowed, string text) =>
        new($"An example has {tokens} tokens where {allowed} are allowed; allow more, or have longer examples cut. It begins: {Shorten(text)}");

    private static string Show(Example example) => Shorten(string.Join(" | ", example.Texts()));

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..77] + "...";
}
