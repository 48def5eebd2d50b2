using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Text;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Analysis;

public sealed class SentenceSaliencyTests
{
    // So few entries that most words fall into pieces.
    private static readonly Tokenizer s_tokenizer = WordPieceTrainer.Train(["the cat of the house", "an axe of the house, too"], 60);

    [Theory]
    [InlineData("The axe, the cat!", null, 64, new[] { "The", "axe", ",", "the", "cat", "!" })]
    [InlineData("The house", "cat of  house", 64, new[] { "The", "house", "cat", "of", "house" })]
    [InlineData("the the the the the the the the the", null, 8, new[] { "the", "the", "the", "the", "the", "the" })]
    public void WordsAreAsWrittenAndEachHasItsNumber(string text, string? second, int maxLength, string[] words)
    {
        using var scope = NewDisposeScope();
        using LanguageModel teacher = Model(3), student = Model(4);
        student.train();
        var sentence = SentenceSaliency.Of(new TextExample(text, second, 1), s_tokenizer, maxLength, ("teacher", teacher), ("student", student));
        Assert.Equal(words, sentence.Words);
        Assert.Equal(["teacher", "student"], sentence.Models.Select(m => m.Name));
        Assert.True(student.training);
        Sample[] sample = [new SampleEncoder(s_tokenizer, maxLength, words: true).Encode(new TextExample(text, second, -1))];
        foreach (var (model, found) in new[] { teacher, student }.Zip(sentence.Models))
        {
            Assert.Equal(Saliency.OfWords(model, sample, new Collator(0, CPU), 1)[0], found.Values);
            Assert.Equal(words.Length, found.Values.Count);
            using var quiet = new EvaluationMode(model);
            using var batch = new Collator(0, CPU).Make(sample);
            var p = model.Forward(batch).Logits.softmax(1);
            Assert.Equal(p.argmax(1).ToInt64(), found.Class);
            Assert.Equal(p.max().ToDouble(), found.Confidence, 1e-6);
        }
    }

    [Fact]
    public void APairWithoutSegmentsIsReadToItsEnd()
    {
        // RoBERTa's frame: two end tokens between the texts, which are of one segment.
        var tokenizer = Text.Fixture.Load(Text.Fixture.Reference["framed"]![1]!);
        var example = new TextExample("one two", "three, four", -1);
        Assert.Equal(0, new SampleEncoder(tokenizer, 64, words: true).Encode(example).SecondFrom);
        using var model = ModelFactory.Create(Tiny.Bert with { VocabularySize = tokenizer.VocabularySize, MaxLength = 64 }, 3);
        var sentence = SentenceSaliency.Of(example, tokenizer, 64, ("model", model));
        Assert.Equal(["one", "two", "three", ",", "four"], sentence.Words.Select(w => w.Trim()));
        Assert.Equal(5, sentence.Models[0].Values.Count);
    }

    private static LanguageModel Model(long seed) =>
        ModelFactory.Create(Tiny.Bert with { InitializerRange = 0.4, VocabularySize = s_tokenizer.VocabularySize, MaxLength = 64 }, seed, type: ScalarType.Float64);
}
