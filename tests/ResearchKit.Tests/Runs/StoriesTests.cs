using ResearchKit.Checkpoints;
using ResearchKit.Cli;
using ResearchKit.Models;
using ResearchKit.Tests.Cli;
using ResearchKit.Text;
using Xunit;

namespace ResearchKit.Tests.Runs;

/// <summary>
/// A real model, where it is at hand: llama2.c's stories260K, with the text that its author published for it. To run these, set
/// STORIES260K to a folder with stories260K.bin and tok512.bin (huggingface.co/karpathy/tinyllamas).
/// </summary>
public sealed class StoriesTests
{
    // What llama2.c's run prints at temperature 0, as the model's own page shows it.
    private const string Known = """
        Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.
        Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. She said, "I want to play with your ball, but I can't find it."
        Lily was sad and didn't know what to do. She said, "I'm sorry, Lily. I didn't know what to do."
        Lily didn't want to help her mom, so she said, "I'm sorry, mom. I didn't know what to do." Her mom said, "Don't worry, Lily. We can help you.
        """;

    [SkippableTheory]
    [InlineData("", false)]
    [InlineData("Once upon a time", false)]
    [InlineData("Once upon a time", true)]
    [InlineData("Once upon a time, there was a little girl named Lily. She", false)]
    public void TheKnownTextIsPrintedCharacterForCharacter(string prompt, bool echo)
    {
        // 256 positions make the published text, the first of them the token that begins it.
        int tokens = 256 - TokenizerFile.Load(At("tok512.bin")).Encode(prompt).Length;
        string[] more = echo ? ["--echo"] : [];
        var spoken = Spoken.By(["generate", "--model", At("stories260K.bin"), "--tokenizer", At("tok512.bin"), "--prompt", prompt, "--tokens", $"{tokens}", "--greedy", .. more]);
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        Assert.Empty(spoken.Error);
        Assert.Equal((echo ? Known : Known[prompt.Length..]) + "\n", spoken.Output);
    }

    [SkippableFact]
    public void CacheAndCompanyChangeNothing()
    {
        using var model = Llama2C.Load(At("stories260K.bin"));
        var tokenizer = TokenizerFile.Load(At("tok512.bin"));
        int[] lengths = [0, Known.IndexOf(", there", StringComparison.Ordinal), Known.IndexOf(" She loved", StringComparison.Ordinal), Known.IndexOf(" She wanted", StringComparison.Ordinal)];
        int[][] prompts = [.. lengths.Select(n => (int[])[1, .. tokenizer.Encode(Known[..n])])];
        var options = new GenerationOptions { MaxNewTokens = 60, Greedy = true };
        var together = Generation.Generate(model, prompts, options);
        for (int row = 0; row < prompts.Length; row++)
        {
            Assert.StartsWith(tokenizer.DecodeAfter(prompts[row], together[row].Tokens), Known[lengths[row]..]);
            Assert.Equal(together[row].Tokens, Generation.Generate(model, [prompts[row]], options with { UseCache = false })[0].Tokens);
        }
    }

    [SkippableFact]
    public void AModelWithoutATokenizerSaysSo()
    {
        var spoken = Spoken.By("generate", "--model", At("stories260K.bin"), "--prompt", "x", "--tokens", "1");
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("Give that too, for example --tokenizer tok512.bin", spoken.Error, StringComparison.Ordinal);
    }

    private static string At(string file)
    {
        var folder = Environment.GetEnvironmentVariable("STORIES260K") ?? "";
        Skip.IfNot(File.Exists(Path.Combine(folder, file)), "STORIES260K names no folder with stories260K.bin and tok512.bin");
        return Path.Combine(folder, file);
    }
}
