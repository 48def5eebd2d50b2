using System.Text.Json;
using System.Text.Unicode;

namespace ResearchKit.Text;

/// <summary>
/// Reads tokenizers in the forms that models come with: Hugging Face's <c>tokenizer.json</c> (WordPiece, BPE, unigram), BERT's
/// <c>vocab.txt</c>, GPT-2's <c>vocab.json</c> with <c>merges.txt</c>, SentencePiece's <c>.model</c> and llama2.c's <c>.bin</c>.
/// Every part that would change the ids and is not known here is refused by name. Truncation and padding that a file asks for are left
/// to whoever encodes.
/// </summary>
public static class TokenizerFile
{
    // The first of these that a folder has is its tokenizer.
    private static readonly string[] Names = ["tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
        "tokenizer.bin"];

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">One of these files, or a folder that holds one: <c>tokenizer.json</c> before <c>vocab.txt</c>, <c>vocab.json</c> and
    /// <c>*.model</c>. <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> beside it are heeded.</param>
    /// <exception cref="KitException">The file is missing, damaged, or of a kind that the kit does not know.</exception>
    public static Tokenizer Load(string path)
    {
        string file = Directory.Exists(path) ? InFolder(path) : path;
        byte[] bytes = Bytes(file);
        string name = Path.GetFileName(file);
        return Path.GetExtension(file) switch
        {
            ".model" => SentencePieceFile.Read(bytes, file, TokenizerConfig.Beside(file)),
            ".bin" => Llama2TokenizerFile.Read(bytes, file),
            ".txt" when name == "merges.txt" => Load(Path.Combine(FolderOf(file), "vocab.json")),
            ".txt" => VocabularyFiles.ReadWordPiece(bytes, file, TokenizerConfig.Beside(file)),
            ".json" when name == "vocab.json" => VocabularyFiles.ReadByteLevel(bytes, file, TokenizerConfig.Beside(file)),
            _ => ReadJson(bytes, file),
        };
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="KitException">It is missing or cannot be read.</exception>
    internal static byte[] Bytes(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KitException($"There is no tokenizer at {file}; give the path of a tokenizer.json, vocab.txt, vocab.json, .model or "
                + "llama2.c .bin, or of the folder that holds it.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Cannot read the tokenizer {file}: {e.Message}", e);
        }
    }

    /// <summary>Parses a JSON file and reads it.</summary>
    /// <exception cref="KitException">It is no JSON in UTF-8.</exception>
    internal static T Parse<T>(byte[] bytes, string file, Func<JsonPart, T> read)
    {
        if (!Utf8.IsValid(bytes))
            throw new KitException($"{file} is damaged: it is not UTF-8 text. Fetch or train the tokenizer again.");
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return read(new JsonPart(document.RootElement, file, ""));
        }
        catch (JsonException e)
        {
            throw new KitException($"{file} is damaged at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {Reason(e)} "
                + "Fetch or train the tokenizer again.", e);
        }
    }

    /// <summary>The folder of a file.</summary>
    internal static string FolderOf(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;

    private static Tokenizer ReadJson(byte[] bytes, string file)
    {
        var config = Path.GetFileName(file) == "tokenizer.json" ? TokenizerConfig.Beside(file) : TokenizerConfig.None;
        return Parse(bytes, file, root => TokenizerReader.Read(root, config));
    }

    private static string InFolder(string folder)
    {
        string? name = Names.FirstOrDefault(n => File.Exists(Path.Combine(folder, n)));
        if (name is not null)
            return Path.Combine(folder, name);
        string[] models = Directory.GetFiles(folder, "*.model");
        return models is [var only] ? only : Path.Combine(folder, Names[0]);
    }

    // The runtime appends the position, which the message names already.
    private static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0];
}
