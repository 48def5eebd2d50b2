using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Tests.Text;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Data;

/// <summary>Texts and pairs are compared with the reference in Text/ReferenceTests; here is what has no reference.</summary>
public class SampleEncoderTests
{
    private static readonly Tokenizer Decoder = TokenizerFile.Load(Fixture.PathOf("bytelevel.json"));
    private static readonly Tokenizer Encoder = TokenizerFile.Load(Fixture.PathOf("wordpiece.json"));

    [Fact]
    public void An_instruction_is_prompt_response_and_end_scored_from_the_response()
    {
        var sample = new SampleEncoder(Decoder, 64).Encode(new InstructionExample("Define bird:", " a small animal"));
        int[] prompt = Decoder.Encode("Define bird:"), response = Decoder.Encode(" a small animal");
        Assert.Equal([.. prompt, .. response, Decoder.EndId!.Value], sample.Ids);
        Assert.Equal((prompt.Length, -1, 0), (sample.ScoredFrom, sample.Label, sample.SecondFrom));
    }

    [Fact]
    public void A_prompt_loses_its_beginning_and_a_response_its_end()
    {
        string asked = new('q', 20), answered = " xyxyxy";
        int[] prompt = Decoder.Encode(asked), response = Decoder.Encode(answered);
        Assert.Equal((20, 7), (prompt.Length, response.Length));
        int end = Decoder.EndId!.Value;
        Sample Cut(int max) => new SampleEncoder(Decoder, max).Encode(new InstructionExample(asked, answered));
        Assert.Equal([.. prompt, .. response, end], Cut(28).Ids);
        Assert.Equal([.. prompt[9..], .. response, end], Cut(19).Ids);
        Assert.Equal(11, Cut(19).ScoredFrom);
        // Below half of the room the prompt is not cut: now the response loses its end, and with it the end token.
        Assert.Equal([.. prompt[^6..], .. response], Cut(13).Ids);
        Assert.Equal([.. prompt[^5..], .. response[..6]], Cut(11).Ids);
        Assert.Equal(5, Cut(11).ScoredFrom);
    }

    [Fact]
    public void Nothing_is_ever_longer_than_allowed_and_something_is_always_scored()
    {
        var texts = Gen.Elements(Fixture.Texts).ToArbitrary();
        Prop.ForAll(texts, texts, Gen.Choose(8, 40).ToArbitrary(), (first, second, max) =>
        {
            var instruction = new SampleEncoder(Decoder, max).Encode(new InstructionExample(first, " " + second));
            var pair = new SampleEncoder(Encoder, max).Encode(new TextExample(first, second, 0));
            return instruction.Ids.Length <= max && instruction.ScoredFrom < instruction.Ids.Length
                && pair.Ids.Length <= max && pair.Ids.Count(i => i == Encoder.EndId) >= 2 && pair.Ids[pair.SecondFrom - 1] == Encoder.EndId;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_too_long_can_be_refused()
    {
        var encoder = new SampleEncoder(Encoder, 8, TooLong.Refuse);
        Assert.Equal(8, encoder.Encode(new TextExample("a a a a a a", null, 0)).Ids.Length);
        var e = Assert.Throws<KitException>(() => encoder.Encode(new TextExample("a a a a a a b", null, 0)));
        Assert.Contains("has 9 tokens where 8 are allowed", e.Message);
        Assert.Contains("a a a a a a b", e.Message);
        Assert.Contains("9 tokens", Assert.Throws<KitException>(() => encoder.Encode(new TextExample("a a a", "a a a", 0))).Message);
    }

    [Fact]
    public void Prompts_to_be_continued_keep_their_end()
    {
        var encoder = new SampleEncoder(Decoder, 64);
        int[] whole = Decoder.Encode("Define the noun bird:");
        Assert.Equal(whole, encoder.EncodePrompt("Define the noun bird:", 40));
        Assert.Equal(whole[^4..], encoder.EncodePrompt("Define the noun bird:", 4));
        Assert.Contains("room of 0", Assert.Throws<KitException>(() => encoder.EncodePrompt("Define", 0)).Message);
        Assert.Throws<KitException>(() => encoder.EncodePrompt("", 10));
        Assert.Throws<KitException>(() => new SampleEncoder(Decoder, 64, TooLong.Refuse).EncodePrompt("Define the noun bird:", 4));
    }

    [Fact]
    public void Pieces_say_which_word_they_are_of()
    {
        const string One = "unhappiness , and", Two = "other things";
        var encoder = new SampleEncoder(Encoder, 64, words: true);
        var (one, two) = (Encoder.EncodeText(One, null, new(AddSpecial: false)), Encoder.EncodeText(Two, null, new(AddSpecial: false)));
        Assert.True(one.Words.Length > one.Words.Distinct().Count(), "the fixture's vocabulary knows these words whole");
        Assert.Equal([-1, .. one.Words, -1], encoder.Encode(new TextExample(One, null, 0)).Words!);
        var pair = encoder.Encode(new TextExample(One, Two, 0));
        int words = one.Words.Max() + 1;
        Assert.Equal(pair.Ids.Length, pair.Words!.Length);
        Assert.Equal([-1, .. one.Words, -1, .. two.Words.Select(w => w + words), -1], pair.Words);
        Assert.Null(new SampleEncoder(Encoder, 64).Encode(new TextExample(One, Two, 0)).Words);
    }

    [Fact]
    public void Words_are_those_of_the_tokens_whatever_is_cut()
    {
        var texts = Gen.Elements(Fixture.Texts).ToArbitrary();
        Prop.ForAll(texts, texts, Gen.Choose(8, 40).ToArbitrary(), (first, second, max) =>
        {
            var encoder = new SampleEncoder(Encoder, max, words: true);
            foreach (var example in (TextExample[])[new(first, null, 0), new(first, second, 0)])
            {
                var sample = encoder.Encode(example);
                var without = new SampleEncoder(Encoder, max).Encode(example);
                int[] ends = [Encoder.BeginId!.Value, Encoder.EndId!.Value], words = sample.Words!;
                if (!without.Ids.SequenceEqual(sample.Ids) || words.Length != sample.Ids.Length || words[0] != -1 || words[^1] != -1) return false;
                // The numbers rise by one at most, and a pair's second text begins a word of its own.
                int[] inside = [.. words.Where(w => w >= 0)];
                if (inside.Length > 0 && (inside[0] != 0 || inside.Zip(inside.Skip(1)).Any(p => p.Second - p.First is not (0 or 1)))) return false;
                if (example.Second is not null && words[sample.SecondFrom - 1] != -1) return false;
                if (example.Second is not null && words[..sample.SecondFrom].Intersect(words[sample.SecondFrom..]).Any(w => w >= 0)) return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_score_goes_along()
    {
        var sample = new SampleEncoder(Encoder, 64).Encode(new TextExample("a", "b", -1) { Score = 2.5 });
        Assert.Equal((2.5f, -1), (sample.Score!.Value, sample.Label));
    }

    [Fact]
    public void What_cannot_be_encoded_is_refused()
    {
        Assert.Contains("spans", Assert.Throws<KitException>(() => new SampleEncoder(Encoder, 64).Encode(new SpanExample("q", "text", 0, "t"))).Message);
        Assert.Contains("8 or more", Assert.Throws<KitException>(() => new SampleEncoder(Encoder, 7)).Message);
    }
}
