using System.Text.Json.Nodes;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

/// <summary>Folders without a tokenizer.json: the files of BERT, GPT-2, RoBERTa and OPT.</summary>
public sealed class VocabularyFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_list_of_tokens_is_BERTs_tokenizer()
    {
        Write("vocab.txt", string.Join("\n", Tokens("wordpiece.json")) + "\n");
        Alike(TokenizerFile.Load(Fixture.PathOf("wordpiece.json")), TokenizerFile.Load(_folder));
    }

    [Fact]
    public void A_list_of_tokens_is_cased_if_the_configuration_or_a_capital_letter_says_so()
    {
        Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhut\n");
        Assert.Equal([5], TokenizerFile.Load(_folder).Encode("Hut"));
        Write("tokenizer_config.json", "{\"do_lower_case\":false}");
        Assert.Equal([1], TokenizerFile.Load(_folder).Encode("Hut"));
        File.Delete(Path.Combine(_folder, "tokenizer_config.json"));
        Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nHut\n");
        Assert.Equal([5, 1], TokenizerFile.Load(_folder).Encode("Hut hut"));
    }

    [Fact]
    public void Names_of_special_tokens_come_from_the_configuration()
    {
        Write("vocab.txt", "<pad>\n<unk>\n<cls>\n<sep>\nhut\n");
        Assert.Contains("'[UNK]' is not in the vocabulary", Assert.Throws<KitException>(() => TokenizerFile.Load(_folder)).Message);
        Write("special_tokens_map.json", "{\"unk_token\":\"<unk>\",\"pad_token\":{\"content\":\"<pad>\"},\"cls_token\":\"<cls>\",\"sep_token\":\"<sep>\"}");
        var tokenizer = TokenizerFile.Load(_folder);
        Assert.Equal((0, 2, 3), (tokenizer.PaddingId, tokenizer.BeginId, tokenizer.EndId));
        Assert.Equal([2, 4, 1, 3], tokenizer.EncodeText("hut dog").Ids);
    }

    [Fact]
    public void A_vocabulary_with_merges_is_GPT_2s_tokenizer()
    {
        WriteByteLevel();
        Alike(TokenizerFile.Load(Fixture.PathOf("bytelevel.json")), TokenizerFile.Load(_folder));
        Alike(TokenizerFile.Load(_folder), TokenizerFile.Load(Path.Combine(_folder, "merges.txt")));
    }

    [Fact]
    public void RoBERTas_tokens_are_put_around_texts()
    {
        WriteByteLevel("<s>", "</s>", "<mask>");
        var tokenizer = TokenizerFile.Load(_folder);
        int begin = tokenizer.IdOf("<s>")!.Value, end = tokenizer.IdOf("</s>")!.Value, mask = tokenizer.IdOf("<mask>")!.Value;
        int a = tokenizer.IdOf("a")!.Value;
        var pair = tokenizer.EncodeText("a <mask>", "a");
        Assert.Equal([begin, a, mask, end, end, a, end], pair.Ids);
        Assert.All(pair.TypeIds, type => Assert.Equal(0, type));
        Assert.Equal(new TextSpan(2, 8), pair.Spans[2]); // the mask takes the blank before it along, and its place leaves the blank out
    }

    [Fact]
    public void OPTs_texts_begin_with_the_token_that_its_configuration_names()
    {
        WriteByteLevel("</s>");
        Write("tokenizer_config.json", "{\"tokenizer_class\":\"GPT2Tokenizer\",\"add_bos_token\":true,\"bos_token\":\"</s>\",\"eos_token\":\"</s>\",\"pad_token\":\"<|endoftext|>\"}");
        var tokenizer = TokenizerFile.Load(_folder);
        Assert.Equal((tokenizer.IdOf("</s>"), tokenizer.IdOf("</s>"), tokenizer.IdOf("<|endoftext|>")), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PaddingId));
        Assert.Equal([tokenizer.BeginId!.Value, tokenizer.IdOf("a")!.Value], tokenizer.EncodeText("a").Ids);
    }

    [Fact]
    public void A_tokenizer_json_goes_before_other_files_and_heeds_the_configuration()
    {
        WriteByteLevel();
        File.Copy(Fixture.PathOf("wordpiece.json"), Path.Combine(_folder, "tokenizer.json"));
        Write("tokenizer_config.json", "{\"pad_token\":\"[MASK]\"}");
        var tokenizer = TokenizerFile.Load(_folder);
        Assert.Equal((700, 4), (tokenizer.VocabularySize, tokenizer.PaddingId));
    }

    [Theory]
    [InlineData("#version: 0.2\na b c\n", "merges.txt, line 2: expected two tokens with a blank between, found 'a b c'")]
    [InlineData("#version: 0.2\n\na\n", "line 3")]
    [InlineData("a never\n", "needs the token 'never'")]
    public void Merges_that_are_none_are_refused(string merges, string named)
    {
        WriteByteLevel();
        Write("merges.txt", merges);
        Assert.Contains(named, Assert.Throws<KitException>(() => TokenizerFile.Load(_folder)).Message);
    }

    [Fact]
    public void A_vocabulary_without_merges_or_with_a_token_twice_is_refused()
    {
        WriteByteLevel();
        File.Delete(Path.Combine(_folder, "merges.txt"));
        Assert.Contains("merges.txt", Assert.Throws<KitException>(() => TokenizerFile.Load(_folder)).Message);
        Write("vocab.txt", "[UNK]\nhut\nhut\n");
        Assert.Contains("token 'hut' is listed twice, with ids 1 and 2", Assert.Throws<KitException>(() => TokenizerFile.Load(_folder)).Message);
        Write("tokenizer_config.json", "{");
        Assert.Contains("tokenizer_config.json is damaged", Assert.Throws<KitException>(() => TokenizerFile.Load(_folder)).Message);
    }

    private static void Alike(Tokenizer expected, Tokenizer found)
    {
        Assert.Equal((expected.VocabularySize, expected.BeginId, expected.EndId), (found.VocabularySize, found.BeginId, found.EndId));
        Assert.All(Fixture.Texts, text =>
        {
            Assert.Equal(expected.EncodeText(text, text).Ids, found.EncodeText(text, text).Ids);
            Assert.Equal(expected.Decode(expected.Encode(text)), found.Decode(expected.Encode(text)));
        });
    }

    private static JsonNode Model(string name) => JsonNode.Parse(File.ReadAllText(Fixture.PathOf(name)))!["model"]!;

    private static IEnumerable<string> Tokens(string name) => Model(name)["vocab"]!.AsObject().OrderBy(v => v.Value!.GetValue<int>()).Select(v => v.Key);

    private void WriteByteLevel(params string[] more)
    {
        string[] tokens = [.. Tokens("bytelevel.json"), .. more];
        Write("vocab.json", new JsonObject(tokens.Select((t, id) => KeyValuePair.Create(t, (JsonNode?)id))).ToJsonString());
        Write("merges.txt", "#version: 0.2\n" + string.Concat(Model("bytelevel.json")["merges"]!.AsArray().Select(m => $"{m![0]} {m[1]}\n")));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
