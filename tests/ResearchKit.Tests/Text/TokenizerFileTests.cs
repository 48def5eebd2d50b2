using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

public class TokenizerFileTests
{
    /// <summary>What is wrong, in which file, where, and what the message must name.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "wordpiece.json", "model.type", "\"WordLevel\"", "model is of the type 'WordLevel'" },
        { "wordpiece.json", "normalizer", "{\"type\":\"ByteLevel\"}", "normalizer is of the type 'ByteLevel'" },
        { "wordpiece.json", "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Odd\"}]}", "normalizer is of the type 'Odd'" },
        { "wordpiece.json", "normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(a|b)\"},\"content\":\"\"}", "normalizer.pattern.Regex" },
        { "wordpiece.json", "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}", "character map is damaged" },
        { "wordpiece.json", "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"?\"}", "bytes in Base64" },
        { "wordpiece.json", "pre_tokenizer", "{\"type\":\"UnicodeScripts\"}", "pre_tokenizer is of the type 'UnicodeScripts'" },
        { "wordpiece.json", "pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"x\"},\"behavior\":\"Isolated\"}", "pre_tokenizer.pattern.Regex" },
        { "wordpiece.json", "pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"ab\"}", "one character" },
        { "wordpiece.json", "decoder", "{\"type\":\"CTC\"}", "decoder is of the type 'CTC'" },
        { "wordpiece.json", "post_processor", "{\"type\":\"Other\"}", "post_processor is of the type 'Other'" },
        { "wordpiece.json", "post_processor", "{\"type\":\"BertProcessing\",\"sep\":[],\"cls\":[]}", "a token and its id at 'post_processor.sep'" },
        { "wordpiece.json", "post_processor", "{\"type\":\"BertProcessing\",\"sep\":[\"[X]\",999],\"cls\":[\"[CLS]\",2]}", "no token with its id 999" },
        { "wordpiece.json", "post_processor.single", "[{\"Sequence\":{\"id\":\"B\",\"type_id\":0}}]", "post_processor.single" },
        { "wordpiece.json", "post_processor.pair", "[]", "post_processor.pair" },
        { "wordpiece.json", "post_processor.special_tokens", "{}", "post_processor.special_tokens.[CLS]" },
        { "wordpiece.json", "model.unk_token", "\"<unk>\"", "'<unk>'" },
        { "wordpiece.json", "model.vocab", "{}", "empty" },
        { "wordpiece.json", "model.vocab", "null", "model.vocab" },
        { "wordpiece.json", "model.vocab", "{\"[UNK]\":0,\"[PAD]\":0}", "'[UNK]' and '[PAD]' both have the id 0" },
        { "wordpiece.json", "model.vocab", "{\"[UNK]\":-1}", "the id -1" },
        { "wordpiece.json", "model.vocab", "{\"[UNK]\":2000000000}", "2000000000" },
        { "wordpiece.json", "model.vocab", "{\"[UNK]\":\"one\"}", "a whole number at 'model.vocab.[UNK]'" },
        { "wordpiece.json", "added_tokens", "[{\"id\":4,\"content\":\"[MASK]\"},{\"id\":4,\"content\":\"[X]\"}]", "belongs to another" },
        { "wordpiece.json", "added_tokens", "[{\"id\":9999,\"content\":\"[MASK]\"}]", "two ids" },
        { "wordpiece.json", "added_tokens", "[{\"id\":9999,\"content\":\"\"}]", "is empty" },
        { "wordpiece.json", "added_tokens", "[{\"content\":\"[MASK]\"}]", "added_tokens[0].id" },
        { "wordpiece.json", "added_tokens", "[7]", "added_tokens[0]" },
        { "bytelevel.json", "model.dropout", "0.1", "model.dropout" },
        { "bytelevel.json", "model.merges", "[[\"a\",\"b\",\"c\"]]", "model.merges[0]" },
        { "bytelevel.json", "model.merges", "[\"a b c\"]", "model.merges[0]" },
        { "bytelevel.json", "model.merges", "[[\"a\",\"never\"]]", "needs the token 'never'" },
        { "bytelevel.json", "model.merges", "[\"i n\",\"i n\"]", "merge 1 ('i' with 'n') is listed twice" },
        { "bytelevel.json", "model.vocab", "{\"<|endoftext|>\":0,\"a\":1}", "of byte 0" },
        { "bytelevel.json", "model.merges", "[[\"a\",\"\\ud800\"]]", "not valid Unicode" },
        { "sp-bpe.json", "model.unk_token", "\"none\"", "'none' is not in the vocabulary" },
        { "sp-unigram.json", "model.unk_id", "null", "a whole number at 'model.unk_id'" },
        { "sp-unigram.json", "model.unk_id", "500000", "the id of the unknown token" },
        { "sp-unigram.json", "model.vocab", "[[\"a\"]]", "a token and its score at 'model.vocab[0]'" },
        { "sp-unigram.json", "model.vocab", "[[\"a\",\"b\"]]", "a number" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Names_what_is_wrong(string file, string where, string value, string named)
    {
        // By text, because a value may be one that no JSON writer would write.
        var json = JsonNode.Parse(File.ReadAllText(Fixture.PathOf(file)))!;
        string[] way = where.Split('.');
        var parent = way.Length == 1 ? json : json[way[0]]!;
        parent[way[^1]] = "HERE";
        if (way[^1] == "vocab" && file == "bytelevel.json")
            json["model"]!["merges"] = new JsonArray();
        var e = Assert.Throws<KitException>(() => Fixture.Load(json.ToJsonString().Replace("\"HERE\"", value)));
        Assert.Contains(named, e.Message);
    }

    [Fact]
    public void A_token_listed_twice_is_refused() => Assert.Contains("'[PAD]' is listed twice", Assert.Throws<KitException>(() =>
        Fixture.Load(File.ReadAllText(Fixture.PathOf("wordpiece.json")).Replace("\"##ing\":", "\"[PAD]\":").Replace("\"##s\":", "\"[PAD]\":"))).Message);

    [Theory]
    [InlineData("wordpiece.json")]
    [InlineData("bytelevel.json")]
    [InlineData("sp-unigram.json")]
    public void A_file_cut_anywhere_is_refused_in_one_sentence(string name)
    {
        byte[] whole = File.ReadAllBytes(Fixture.PathOf(name));
        string path = Path.GetTempFileName();
        int end = Encoding.UTF8.GetString(whole).TrimEnd().Length; // in chars, so no later than the last brace
        for (int length = 0; length < end - 1; length += 499)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, Assert.Throws<KitException>(() => TokenizerFile.Load(path)).Message);
        }
        File.Delete(path);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() => Assert.Contains("no/such/place", Assert.Throws<KitException>(() => TokenizerFile.Load("no/such/place")).Message);

    [Fact]
    public void Bytes_that_are_not_text_are_refused()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, [(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        Assert.Contains("UTF-8", Assert.Throws<KitException>(() => TokenizerFile.Load(path)).Message);
        File.Delete(path);
    }

    [Theory]
    [InlineData("wordpiece.json")]
    [InlineData("bytelevel.json")]
    public void Loads_from_a_folder_and_saves_the_same_bytes(string name)
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "tokenizer.json");
        File.Copy(Fixture.PathOf(name), path);
        var tokenizer = TokenizerFile.Load(folder);
        tokenizer.Save(Path.Combine(folder, "deeper", "tokenizer.json"));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(folder, "deeper", "tokenizer.json")));
        Assert.Equal(2, Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Every_variant_survives_saving()
    {
        string path = Path.GetTempFileName();
        foreach (var variant in Fixture.Reference["variants"]!.AsArray())
        {
            var tokenizer = Fixture.Load(variant!);
            tokenizer.Save(path);
            var again = TokenizerFile.Load(path);
            Assert.All(Fixture.Texts, text => Assert.Equal(tokenizer.Encode(text), again.Encode(text)));
            Assert.Equal((tokenizer.BeginId, tokenizer.EndId, tokenizer.PaddingId), (again.BeginId, again.EndId, again.PaddingId));
        }
        File.Delete(path);
    }

    [Fact]
    public void Files_of_before_2020_name_no_model_and_write_merges_as_text()
    {
        var json = JsonNode.Parse(File.ReadAllText(Fixture.PathOf("bytelevel.json")))!;
        var model = json["model"]!.AsObject();
        model.Remove("type");
        model["merges"] = new JsonArray([.. model["merges"]!.AsArray().Select(m => (JsonNode)$"{m![0]} {m[1]}")]);
        var (old, current) = (Fixture.Load(json.ToJsonString()), TokenizerFile.Load(Fixture.PathOf("bytelevel.json")));
        Assert.All(Fixture.Texts, text => Assert.Equal(current.Encode(text), old.Encode(text)));
    }
}
