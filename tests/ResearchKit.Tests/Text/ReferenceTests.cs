using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

/// <summary>Ids and texts must be those of Hugging Face's tokenizers 0.23.2, which read the same files.</summary>
public class ReferenceTests
{
    public static TheoryData<int> Variants => [.. Enumerable.Range(0, Fixture.Reference["variants"]!.AsArray().Count)];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Encodes_and_decodes_as_the_reference_does(int index)
    {
        var variant = Fixture.Reference["variants"]![index]!;
        var tokenizer = Fixture.Load(Fixture.Patched(variant["base"]!.GetValue<string>(), variant["patch"]!.AsObject()));
        var cases = variant["cases"]!.AsArray();
        Assert.Equal(Fixture.Texts.Length, cases.Count);
        for (int i = 0; i < cases.Count; i++)
        {
            int[] expected = [.. cases[i]!["ids"]!.AsArray().Select(x => x!.GetValue<int>())];
            string decoded = cases[i]!["decoded"]!.GetValue<string>();
            Assert.True(expected.SequenceEqual(tokenizer.Encode(Fixture.Texts[i])), $"'{Fixture.Texts[i]}' gave other ids");
            Assert.Equal(decoded, tokenizer.Decode(expected, skipSpecial: false));
            Assert.Equal(cases[i]!["plain"]?.GetValue<string>() ?? decoded, tokenizer.Decode(expected));
        }
    }

    [Fact]
    public void Frames_and_cuts_texts_and_pairs_as_the_reference_does()
    {
        var tokenizer = TokenizerFile.Load(Fixture.PathOf("wordpiece.json"));
        foreach (var framed in Fixture.Reference["framed"]!.AsArray())
        {
            var encoder = new SampleEncoder(tokenizer, framed!["max"]!.GetValue<int>());
            string first = framed["first"]!.GetValue<string>(), second = framed["second"]!.GetValue<string>();
            var single = encoder.Encode(new TextExample(first, null, 3));
            var pair = encoder.Encode(new TextExample(first, second, 4));
            Assert.Equal(Numbers(framed["single"]!), single.Ids);
            Assert.Equal((3, 0), (single.Label, single.SecondFrom));
            Assert.Equal(Numbers(framed["pair"]!), pair.Ids);
            Assert.Equal(Array.IndexOf(Numbers(framed["segments"]!), 1), pair.SecondFrom);
        }
    }

    private static int[] Numbers(JsonNode array) => [.. array.AsArray().Select(x => x!.GetValue<int>())];
}
