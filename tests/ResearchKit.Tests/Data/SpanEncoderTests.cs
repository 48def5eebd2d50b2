using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Tests.Text;
using ResearchKit.Text;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Data;

/// <summary>From chars to tokens and back, in every window.</summary>
public class SpanEncoderTests(ITestOutputHelper output)
{
    private static readonly Tokenizer Bert = TokenizerFile.Load(Fixture.PathOf("wordpiece.json"));
    private static readonly Tokenizer Roberta = Fixture.Load(Fixture.Reference["framed"]![1]!);

    // One token a word in the fixture's vocabulary.
    private const string Words = "a b c d e f g h i j k l m n o p q r s t";

    [Fact]
    public void A_short_text_is_one_row_with_the_answer_in_it()
    {
        var window = Assert.Single(new SpanEncoder(Bert, 64, 16).Encode(new SpanExample(" which?", "a small bird, a tree", 2, "small bird")));
        var whole = Bert.EncodeText("which?", "a small bird, a tree");
        Assert.Equal(whole.Ids, window.Sample.Ids);
        Assert.Equal((Array.IndexOf(whole.TypeIds, 1), -1), (window.Sample.SecondFrom, window.Sample.Label));
        Assert.Equal((whole.TokenAt(2, 1), whole.TokenAt(11, 1)), (window.Start, window.End));
        Assert.Equal("small bird", window.Place(window.Start, window.End)!.Value.Of("a small bird, a tree"));
        Assert.Equal((Array.IndexOf(whole.Sequences, 1), whole.Ids.Length - 1), (window.TextFrom, window.TextTo));
    }

    [Fact]
    public void Every_window_that_has_the_whole_answer_points_at_it_and_the_others_at_their_beginning()
    {
        // [CLS] x [SEP] … [SEP]: six tokens of the text in a row of ten, of which two come again: 0-5, 4-9, 8-13, 12-17, 16-19.
        var encoder = new SpanEncoder(Bert, 10, 2);
        (int, int)[] Found(string answer) =>
            [.. encoder.Encode(new SpanExample("x", Words, Words.IndexOf(answer, StringComparison.Ordinal), answer)).Select(w => (w.Start, w.End))];
        Assert.Equal([(0, 0), (0, 0), (3, 5), (0, 0), (0, 0)], Found("i j k"));
        Assert.Equal([(7, 8), (3, 4), (0, 0), (0, 0), (0, 0)], Found("e f"));        // in the overlap: in both
        Assert.Equal([(3, 8), (0, 0), (0, 0), (0, 0), (0, 0)], Found("a b c d e f"));
        Assert.Equal([(0, 0), (0, 0), (0, 0), (0, 0), (6, 6)], Found("t"));
        Assert.All(Found("d e f g"), f => Assert.Equal((0, 0), f));                  // cut through everywhere
        Assert.All(Found("a b c d e f g h"), f => Assert.Equal((0, 0), f));          // longer than a window
        Assert.All(encoder.Encode(new SpanExample("x", Words, 0, "")), w => Assert.False(w.HasAnswer));
    }

    [Fact]
    public void Rows_are_the_windows_of_the_reference()
    {
        for (int i = 0; i < 2; i++)
        {
            var framed = Fixture.Reference["framed"]![i]!;
            var tokenizer = Fixture.Load(framed);
            foreach (var item in framed["cases"]!.AsArray())
            {
                string first = item!["first"]!.GetValue<string>(), second = item["second"]!.GetValue<string>();
                var whole = tokenizer.EncodeText(first, second);
                var windows = new SpanEncoder(tokenizer, whole.Ids.Length - whole.Sequences.Count(s => s == 1) + 6, 2).Encode(new SpanExample(first, second, 0, ""));
                var expected = item["right"]!["windows"]!.AsArray().Select(w => w!["ids"]!.AsArray().Select(x => x!.GetValue<int>()).ToArray());
                Assert.Equal(expected, windows.Select(w => w.Sample.Ids));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_stretch_of_any_text_is_found_and_found_again(bool roberta)
    {
        var tokenizer = roberta ? Roberta : Bert;
        var texts = Gen.Elements(Fixture.Texts.Where(t => t.Length > 0).ToArray()).ToArbitrary();
        Prop.ForAll(texts, Gen.Choose(0, 1 << 20).ToArbitrary(), Gen.Choose(0, 40).ToArbitrary(), (text, from, length) =>
        {
            int start = from % text.Length, end = Math.Min(text.Length, start + length);
            Check(new SpanEncoder(tokenizer, 24, 5).Encode(new SpanExample("is it", text, start, text[start..end])), 5, tokenizer, text, new TextSpan(start, end));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Characters_in_several_tokens_are_whole_and_blanks_belong_to_nobody()
    {
        const string text = "so 👩‍👩 naïve";
        foreach (string answer in new[] { "👩‍👩", " 👩", "naïve", "so " })
        {
            int start = text.IndexOf(answer, StringComparison.Ordinal);
            var window = Assert.Single(new SpanEncoder(Roberta, 64, 8).Encode(new SpanExample("?", text, start, answer)));
            Check([window], 8, Roberta, text, new TextSpan(start, start + answer.Length));
            Assert.Equal(answer.Trim(), window.Place(window.Start, window.End)!.Value.Of(text));
        }
    }

    [Fact]
    public void What_is_no_stretch_of_the_text_has_no_place()
    {
        var window = new SpanEncoder(Bert, 64, 16).Encode(new SpanExample("which one", "a small bird", 2, "small"))[0];
        Assert.Null(window.Place(SpanWindow.None, SpanWindow.None));
        Assert.Null(window.Place(window.TextFrom - 2, window.TextFrom));
        Assert.Null(window.Place(window.TextFrom + 1, window.TextFrom));
        Assert.Null(window.Place(window.TextFrom, window.TextTo));
        Assert.Equal(new TextSpan(0, 12), window.Place(window.TextFrom, window.TextTo - 1));
        var nothing = Assert.Single(new SpanEncoder(Bert, 64, 16).Encode(new SpanExample("which one", " ", 0, " ")));
        Assert.False(nothing.HasAnswer);
        Assert.Null(nothing.Place(0, 0));
    }

    [Fact]
    public void Rows_become_a_batch()
    {
        var windows = new SpanEncoder(Bert, 10, 2).Encode(new SpanExample("x", Words, 0, "a"));
        using var batch = new Collator(0, CPU).Make([.. windows.Select(w => w.Sample)]);
        Assert.Equal((windows.Count, 10), (batch.Rows, batch.Width));
        Assert.Equal([0, 0, 0, 1, 1, 1, 1, 1, 1, 1], batch.Segments![0].data<long>().ToArray());
        Assert.Null(batch.Labels);
    }

    [Fact]
    public void What_cannot_be_encoded_is_refused()
    {
        string Says(Action act) => Assert.Throws<KitException>(act).Message;
        Assert.Contains("8 or more", Says(() => new SpanEncoder(Bert, 7)));
        Assert.Contains("0 or more", Says(() => new SpanEncoder(Bert, 8, -1)));
        Assert.Contains("frames a pair", Says(() => new SpanEncoder(TokenizerFile.Load(Fixture.PathOf("bytelevel.json")))));
        var encoder = new SpanEncoder(Bert, 16, 4);
        Assert.Contains("does not stand at char 1", Says(() => encoder.Encode(new SpanExample("q", "a bird", 1, "bird"))));
        Assert.Contains("does not stand at char -1", Says(() => encoder.Encode(new SpanExample("q", "a bird", -1, "bird"))));
        Assert.Contains("does not stand at char 4", Says(() => encoder.Encode(new SpanExample("q", "a bird", 4, "birds"))));
        Assert.Contains("leaves too little of 16 tokens", Says(() => encoder.Encode(new SpanExample(Words, Words, 0, "a"))));
        Assert.Contains("leaves no progress", Says(() => encoder.Encode(new SpanExample("a b c d e f g h i", Words, 0, "a"))));
    }

    /// <summary>Real questions and vocabularies, where they are at hand: set KIT_SQUAD to a file in the form of SQuAD v1.1, and KIT_TOKENIZERS to
    /// a folder that holds bert-base-uncased and gpt2.</summary>
    [SkippableTheory]
    [InlineData("bert-base-uncased")]
    [InlineData("gpt2")]
    public void Answers_of_real_questions_come_back_to_the_char(string name)
    {
        string squad = Environment.GetEnvironmentVariable("KIT_SQUAD") ?? "";
        Skip.IfNot(File.Exists(squad), "KIT_SQUAD names no file of questions in the form of SQuAD v1.1.");
        var tokenizer = Named(name);
        int questions = 0, rows = 0, held = 0, exact = 0;
        foreach (var (maxLength, stride) in new[] { (384, 128), (128, 32) })
        {
            var encoder = new SpanEncoder(tokenizer, maxLength, stride);
            foreach (var example in Questions(squad))
            {
                questions++;
                var windows = encoder.Encode(example);
                var answer = new TextSpan(example.AnswerStart, example.AnswerStart + example.Answer.Length);
                Check(windows, stride, tokenizer, example.Text, answer);
                rows += windows.Count;
                if (windows.FirstOrDefault(w => w.HasAnswer) is not { } has) continue;
                held++;
                var place = has.Place(has.Start, has.End)!.Value;
                Assert.True(place.Start <= answer.Start && place.End >= answer.End, $"{example}: {place}");
                if (place == answer) exact++;
            }
        }
        output.WriteLine($"{name}: {questions} questions in {rows} rows; {held} have a row with the whole answer, {exact} come back to the char.");
        Assert.Equal(questions, held);
        Assert.True(exact > 0.97 * held);   // the rest are parts of a word that is one token
    }

    private static Tokenizer Named(string name)
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("KIT_TOKENIZERS") ?? "", name), file = Path.Combine(folder, "tokenizer.json");
        Skip.IfNot(File.Exists(file), $"KIT_TOKENIZERS names no folder with {name}/tokenizer.json.");
        if (name != "gpt2") return TokenizerFile.Load(folder);
        // RoBERTa's vocabulary is GPT-2's in another order; its frame, with tokens that are there.
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json["post_processor"] = JsonNode.Parse("""{"type":"RobertaProcessing","sep":["<|endoftext|>",50256],"cls":["<|endoftext|>",50256],"trim_offsets":true,"add_prefix_space":false}""");
        return Fixture.Load(json.ToJsonString());
    }

    private static IEnumerable<SpanExample> Questions(string squad)
    {
        foreach (var article in JsonNode.Parse(File.ReadAllText(squad))!["data"]!.AsArray())
            foreach (var paragraph in article!["paragraphs"]!.AsArray())
            {
                string text = paragraph!["context"]!.GetValue<string>();
                var places = new CodePoints(text);
                foreach (var question in paragraph["qas"]!.AsArray())
                {
                    var answer = question!["answers"]![0]!;
                    yield return new(question["question"]!.GetValue<string>(), text, places.ToChar(answer["answer_start"]!.GetValue<int>()), answer["text"]!.GetValue<string>());
                }
            }
    }

    /// <summary>Holds windows against what the tokens of the text say that are found without any window.</summary>
    private static void Check(IReadOnlyList<SpanWindow> windows, int stride, Tokenizer tokenizer, string text, TextSpan answer)
    {
        var whole = tokenizer.EncodeText(text, options: new(AddSpecial: false));
        answer = answer.Trim(text);
        bool[] wanted = [.. whole.Spans.Select(s => Enumerable.Range(s.Start, s.Length).Any(answer.Contains))];
        int first = Array.IndexOf(wanted, true), last = Array.LastIndexOf(wanted, true), reached = 0;
        foreach (var window in windows)
        {
            // Each window begins a stride before the end of the one before, and together they are the text.
            int at = reached == 0 ? 0 : reached - stride;
            reached = at + window.TextTo - window.TextFrom;
            Assert.Equal(whole.Ids[at..reached], window.Sample.Ids[window.TextFrom..window.TextTo]);
            bool has = first >= at && last < reached && first >= 0;
            Assert.Equal(has ? (first - at + window.TextFrom, last - at + window.TextFrom) : (0, 0), (window.Start, window.End));
            Assert.Equal(has, window.HasAnswer);
            if (has) Assert.Equal(new TextSpan(whole.Spans[first].Start, whole.Spans[last].End).Trim(text), window.Place(window.Start, window.End));
        }
        Assert.Equal(whole.Ids.Length, reached);
    }
}
