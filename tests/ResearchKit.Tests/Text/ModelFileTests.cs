using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Text;

/// <summary>SentencePiece's and llama2.c's files, damaged and otherwise.</summary>
public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("bpe.model")]
    [InlineData("unigram.model")]
    [InlineData("bpe.bin")]
    public void A_damaged_file_is_refused_in_a_sentence_or_still_a_tokenizer(string name)
    {
        byte[] whole = File.ReadAllBytes(Fixture.PathOf(name));
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = [.. whole];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                bytes[random.Next(Math.Min(bytes.Length, i % 2 == 0 ? 400 : bytes.Length))] ^= (byte)(1 << random.Next(8));
            Check(bytes[..(i % 3 == 0 ? random.Next(bytes.Length) : bytes.Length)], name);
        }

        void Check(byte[] bytes, string file)
        {
            string path = Write(file, bytes);
            try
            {
                var tokenizer = TokenizerFile.Load(path);
                Assert.All(tokenizer.Encode("Some text, ünd 中文 😀."), id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
            }
            catch (KitException e)
            {
                Assert.Contains(path, e.Message);
            }
        }
    }

    [Theory]
    [InlineData("bpe.model", 100, "claims")]
    [InlineData("bpe.model", 1, "ends inside a number")]
    [InlineData("bpe.bin", 3, "begins with 4")]
    [InlineData("bpe.bin", 10, "cut short inside token 0: 6 bytes")]
    [InlineData("bpe.bin", 15, "token 0 claims 5 bytes, where the longest has")]
    [InlineData("bpe.bin", 1000, "is cut short inside token")]
    public void A_file_that_is_cut_says_where(string name, int length, string named)
    {
        string path = Write(name, File.ReadAllBytes(Fixture.PathOf(name))[..length]);
        Assert.Contains(named, Assert.Throws<KitException>(() => TokenizerFile.Load(path)).Message);
    }

    [Fact]
    public void Lengths_that_lie_are_refused()
    {
        byte[] binary = File.ReadAllBytes(Fixture.PathOf("bpe.bin"));
        BitConverter.TryWriteBytes(binary.AsSpan(8), int.MaxValue);
        Assert.Contains("token 0 claims 2147483647 bytes", Refused("x.bin", binary));
        BitConverter.TryWriteBytes(binary.AsSpan(8), -1);
        Assert.Contains("token 0 claims -1 bytes", Refused("x.bin", binary));
        Assert.Contains("claims 4294967295 bytes", Refused("x.model", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]));
        Assert.Contains("more than 64 bits", Refused("x.model", [0x0A, .. Enumerable.Repeat((byte)0xFF, 11)]));
    }

    [Fact]
    public void Models_of_other_kinds_are_refused_by_name()
    {
        byte[] piece = [0x0A, 0x05, .. "<unk>"u8, 0x18, 0x02], model = [0x0A, (byte)piece.Length, .. piece];
        Assert.Contains("the type word", Refused("x.model", [.. model, 0x12, 2, 0x18, 3]));
        Assert.Contains("the type char", Refused("x.model", [.. model, 0x12, 2, 0x18, 4]));
        Assert.Contains("at the end of words", Refused("x.model", [.. model, 0x12, 3, 0xC0, 0x01, 1]));
        Assert.Contains("no piece is the unknown one", Refused("x.model", [0x0A, 3, 0x0A, 1, (byte)'a']));
        Assert.Contains("the vocabulary is empty", Refused("x.model", []));
        Assert.Contains("no tokenizer of llama2.c", Refused("x.bin", [8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, (byte)'a']));
    }

    [Fact]
    public void A_unigram_model_ends_its_texts_and_a_BPE_model_begins_them()
    {
        var (unigram, bpe) = (TokenizerFile.Load(Fixture.PathOf("unigram.model")), TokenizerFile.Load(Fixture.PathOf("bpe.model")));
        Assert.Equal((null, 1, 0), (unigram.BeginId, unigram.EndId, unigram.PaddingId));
        Assert.Equal(1, unigram.EncodeText("a").Ids[^1]);
        Assert.Equal((1, 2, null), (bpe.BeginId, bpe.EndId, bpe.PaddingId));
        Assert.Equal(1, bpe.EncodeText("a").Ids[0]);
    }

    [Fact]
    public void A_continuation_keeps_the_blank_that_decoding_it_alone_drops()
    {
        var bpe = TokenizerFile.Load(Fixture.PathOf("bpe.model"));
        int[] before = bpe.Encode("a small"), all = bpe.Encode("a small bird");
        Assert.Equal(before, all[..before.Length]);
        Assert.Equal("bird", bpe.Decode(all.AsSpan(before.Length)));
        Assert.Equal(" bird", bpe.DecodeAfter(before, all.AsSpan(before.Length)));
    }

    [Theory]
    [InlineData("bpe.model")]
    [InlineData("unigram.model")]
    [InlineData("bpe.bin")]
    public void Saves_as_a_tokenizer_json(string name)
    {
        var tokenizer = TokenizerFile.Load(Fixture.PathOf(name));
        string path = Path.Combine(_folder, "tokenizer.json");
        tokenizer.Save(path);
        var again = TokenizerFile.Load(path);
        Assert.Equal((tokenizer.BeginId, tokenizer.EndId, tokenizer.VocabularySize), (again.BeginId, again.EndId, again.VocabularySize));
        // Hugging Face's stages have no equal for a table in which one entry begins another; definitions have none of those.
        Assert.All(Fixture.Corpus, text => Assert.Equal(tokenizer.Encode(text), again.Encode(text)));
    }

    private string Refused(string name, byte[] bytes) => Assert.Throws<KitException>(() => TokenizerFile.Load(Write(name, bytes))).Message;

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
