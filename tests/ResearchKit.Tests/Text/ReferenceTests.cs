using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

/// <summary>Ids, places and texts must be those of Hugging Face's tokenizers 0.23.2, which read the same files.</summary>
public class ReferenceTests
{
    public static TheoryData<int> Variants => [.. Enumerable.Range(0, Fixture.Reference["variants"]!.AsArray().Count)];

    public static TheoryData<int> Frames => [.. Enumerable.Range(0, Fixture.Reference["framed"]!.AsArray().Count)];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Encodes_and_decodes_as_the_reference_does(int index)
    {
        var variant = Fixture.Reference["variants"]![index]!;
        var tokenizer = Fixture.Load(variant);
        for (int i = 0; i < Fixture.Texts.Length; i++)
        {
            string text = Fixture.Texts[i], line = Torture.Line(tokenizer, text);
            int[] ids = tokenizer.Encode(text);
            if (variant["cases"] is { } cases)
            {
                Assert.Equal($"{string.Join(',', Numbers(cases[i]!["ids"]!))};{cases[i]!["places"]}", line);
                Assert.Equal(cases[i]!["words"]!.ToString(), string.Join(',', tokenizer.EncodeText(text, options: new(AddSpecial: false)).Words));
                string decoded = cases[i]!["decoded"]!.GetValue<string>();
                Assert.Equal(decoded, tokenizer.Decode(ids, skipSpecial: false));
                Assert.Equal(cases[i]!["plain"]?.GetValue<string>() ?? decoded, tokenizer.Decode(ids));
            }
            else
                Assert.Equal(variant["texts"]!.GetValue<string>().Split(' ')[i], Digest($"{line}|{tokenizer.Decode(ids, skipSpecial: false)}|{tokenizer.Decode(ids)}\n"));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Ten_thousand_random_strings_give_the_same_ids_and_places(int index)
    {
        var variant = Fixture.Reference["variants"]![index]!;
        Assert.Equal(Strings(variant["random"]!), Torture.Digests(Fixture.Load(variant), Torture.Random, block: 500));
    }

    /// <summary>The vocabularies of published models are not part of the project.</summary>
    [SkippableTheory]
    [InlineData("bert-base-uncased")]
    [InlineData("gpt2")]
    public void Published_vocabularies_give_the_same_ids_and_places(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("KIT_TOKENIZERS");
        string file = Path.Combine(folder ?? "", name, "tokenizer.json");
        Skip.IfNot(File.Exists(file), $"There is no {name}/tokenizer.json in the folder that the variable KIT_TOKENIZERS names ('{folder}').");
        var real = JsonNode.Parse(File.ReadAllText(Fixture.PathOf("real.json")))![name]!;
        Skip.IfNot(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) == real["sha256"]!.GetValue<string>(),
            $"{file} is another version than the one that the reference was made with.");
        var tokenizer = TokenizerFile.Load(Path.Combine(folder!, name));
        Assert.Equal(Strings(real["texts"]!), Torture.Digests(tokenizer, Fixture.Texts, block: 100));
        Assert.Equal(Strings(real["random"]!), Torture.Digests(tokenizer, Torture.Random, block: 100));
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Frames_and_cuts_texts_and_pairs_as_the_reference_does(int index)
    {
        var framed = Fixture.Reference["framed"]![index]!;
        var tokenizer = Fixture.Load(framed);
        foreach (var item in framed["cases"]!.AsArray())
        {
            string first = item!["first"]!.GetValue<string>(), second = item["second"]!.GetValue<string>();
            var options = new EncodeOptions(MaxLength: item["max"]!.GetValue<int>());
            Same(item["single"]!, tokenizer.EncodeText(first, options: options));
            Same(item["pair"]!, tokenizer.EncodeText(first, second, options));
            var whole = tokenizer.EncodeText(first, second);
            Same(item["whole"]!, whole);
            foreach (bool left in new[] { false, true })
            {
                // The second text in windows of six tokens, two of which come again.
                var windows = item[left ? "left" : "right"]!["windows"]!.AsArray();
                int others = whole.Ids.Length - whole.Sequences.Count(s => s == 1);
                var cut = tokenizer.EncodeText(first, second, new(MaxLength: others + 6, Truncate: Truncation.OnlySecond, Stride: 2, FromLeft: left));
                Assert.Equal(windows.Count, cut.Windows.Count());
                Assert.All(cut.Windows.Zip(windows), w => Same(w.Second!, w.First, whole: false)); // the reference forgets which text is which when it cuts
            }
        }

        void Same(JsonNode expected, EncodedText encoded, bool whole = true)
        {
            Assert.Equal(Numbers(expected["ids"]!), encoded.Ids);
            Assert.Equal(expected["places"]!.ToString(), string.Join(',', encoded.Spans.Select(s => $"{s.Start}-{s.End}"))); // no text here leaves the basic plane
            if (!whole)
                return;
            Assert.Equal(Numbers(expected["types"]!), encoded.TypeIds);
            Assert.Equal(Numbers(expected["sequences"]!), encoded.Sequences);
        }
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Samples_are_framed_and_cut_as_the_reference_does(int index)
    {
        var framed = Fixture.Reference["framed"]![index]!;
        var tokenizer = Fixture.Load(framed);
        foreach (var item in framed["cases"]!.AsArray())
        {
            var encoder = new SampleEncoder(tokenizer, item!["max"]!.GetValue<int>());
            string first = item["first"]!.GetValue<string>(), second = item["second"]!.GetValue<string>();
            var single = encoder.Encode(new TextExample(first, null, 3));
            var pair = encoder.Encode(new TextExample(first, second, 4));
            Assert.Equal(Numbers(item["single"]!["ids"]!), single.Ids);
            Assert.Equal((3, 0), (single.Label, single.SecondFrom));
            Assert.Equal(Numbers(item["pair"]!["ids"]!), pair.Ids);
            int[] types = Numbers(item["pair"]!["types"]!);
            Assert.Equal(types, types.Select((_, i) => pair.SecondFrom > 0 && i >= pair.SecondFrom ? 1 : 0));
        }
    }

    [Theory]
    [InlineData("bpe")]
    [InlineData("unigram")]
    public void SentencePiece_models_give_the_ids_of_SentencePiece(string name)
    {
        var expected = JsonNode.Parse(File.ReadAllText(Fixture.PathOf("sentencepiece.json")))![name]!;
        var tokenizer = TokenizerFile.Load(Fixture.PathOf(name + ".model"));
        for (int i = 0; i < Fixture.Texts.Length; i++)
        {
            if (expected["texts"]![i] is not { } ids)
                continue; // it holds a control token, which SentencePiece spells
            Assert.Equal(Numbers(ids), tokenizer.Encode(Fixture.Texts[i]));
            string text = expected["decoded"]![i]!.GetValue<string>();
            if (!text.Contains('\u2047')) // SentencePiece's way of showing the unknown token, which is left out here
                Assert.Equal(text, tokenizer.Decode(Numbers(ids)));
        }
        string[] control = ["<s>", "</s>", "<unk>", "<pad>", "<extra_0>"];
        var blocks = Torture.Random.Chunk(100).Select(b => Torture.Digests(tokenizer, b.Where(t => !control.Any(t.Contains)), 100, places: false)[0]);
        Assert.Equal(Strings(expected["random"]!), blocks);
    }

    [Fact]
    public void The_file_of_llama2_c_and_the_tokenizer_json_give_the_ids_of_the_model_that_they_were_made_from()
    {
        var (model, binary, json) = (TokenizerFile.Load(Fixture.PathOf("bpe.model")), TokenizerFile.Load(Fixture.PathOf("bpe.bin")), TokenizerFile.Load(Fixture.PathOf("sp-bpe.json")));
        Assert.Equal((1, 2, "</s>"), (binary.BeginId, binary.EndId, binary.TokenOf(2)));
        Assert.Equal((model.BeginId, model.EndId, model.VocabularySize), (binary.BeginId, binary.EndId, binary.VocabularySize));
        Assert.Equal((model.BeginId, model.EndId, model.VocabularySize), (json.BeginId, json.EndId, json.VocabularySize));
        foreach (string text in Fixture.Texts.Concat(Torture.Random.Take(1000)).Where(t => !t.Contains("<s>") && !t.Contains("</s>") && !t.Contains("<unk>")))
        {
            int[] ids = model.Encode(text);
            Assert.Equal(ids, json.Encode(text));
            if (text.Contains('▁'))
                continue; // llama2.c has blanks where the others have this, which is no blank there
            Assert.Equal(ids, binary.Encode(text));
            Assert.Equal(model.Decode(ids), binary.Decode(ids));
        }
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];

    private static int[] Numbers(JsonNode array) => [.. array.AsArray().Select(x => x!.GetValue<int>())];

    private static string[] Strings(JsonNode array) => [.. array.AsArray().Select(x => x!.GetValue<string>())];
}
