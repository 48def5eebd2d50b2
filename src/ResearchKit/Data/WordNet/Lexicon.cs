using System.Text;

namespace ResearchKit.Data.WordNet;

/// <summary>
/// WordNet 3.0 (Miller 1995; Fellbaum 1998), read from its <c>data</c> and <c>index</c> files: wndb(5WN) describes them.
/// 117,659 synsets in a second or so.
/// </summary>
public sealed class Lexicon
{
    private readonly Dictionary<SynsetId, Synset> _synsets = new(120_000);

    private Lexicon(string folder) => Folder = folder;

    /// <summary>The folder it was read from.</summary>
    public string Folder { get; }

    /// <summary>Every synset: nouns, verbs, adjectives, adverbs, each in the order of its file.</summary>
    public IReadOnlyCollection<Synset> Synsets => _synsets.Values;

    /// <summary>The synset of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Synset this[SynsetId id] => _synsets[id];

    /// <summary>Reads WordNet.</summary>
    /// <param name="folder">Where <c>data.noun</c> and its seven companions lie; null for what the environment variable
    /// <c>WORDNET</c> names, and else <c>/usr/share/wordnet</c>.</param>
    /// <exception cref="KitException">A file is missing, cut short or malformed; the message says what to do.</exception>
    public static Lexicon Open(string? folder = null)
    {
        var lexicon = new Lexicon(Files.FindFolder(folder));
        foreach (var part in Enum.GetValues<PartOfSpeech>())
        {
            string name = Files.Parts[(int)part];
            var numbers = SenseNumbers(Path.Combine(lexicon.Folder, $"index.{name}"));
            lexicon.ReadData(Path.Combine(lexicon.Folder, $"data.{name}"), part, numbers);
        }
        lexicon.CheckPointers();
        return lexicon;
    }

    /// <summary>Which meaning of a word each synset is, by the lower-case word with its underscores.</summary>
    private static Dictionary<(string Word, int Offset), int> SenseNumbers(string file)
    {
        var numbers = new Dictionary<(string, int), int>(150_000);
        ForEachLine(file, (ref LineReader line) =>
        {
            string word = line.Text("a word");
            line.Field("a part of speech");
            int synsets = line.Number("the count of synsets");
            for (int pointers = line.Number("the count of pointer symbols"); pointers > 0; pointers--)
                line.Field("a pointer symbol");
            line.Number("the count of senses");
            line.Number("the count of tagged senses");
            for (int i = 1; i <= synsets; i++)
                numbers.TryAdd((word, line.Number("an offset of eight digits", 8)), i);
        });
        return numbers;
    }

    private void ReadData(string file, PartOfSpeech part, Dictionary<(string, int), int> numbers) => ForEachLine(file, (ref LineReader line) =>
    {
        int offset = line.Number("an offset of eight digits", 8);
        int lexicographer = line.Number("the number of a lexicographer file, 00 to 44", 2);
        if (lexicographer >= Files.Lexicographers.Length)
            throw line.Wrong("the number of a lexicographer file, 00 to 44");
        char type = (char)line.Field("a synset type: n, v, a, s or r")[0];
        if (PartOf(type) != part)
            throw line.Wrong($"the synset type of a {Files.Parts[(int)part]}");

        var senses = new Sense[line.Hexadecimal("the count of words, two hexadecimal digits", 2)];
        if (senses.Length == 0)
            throw line.Wrong("at least one word");
        for (int i = 0; i < senses.Length; i++)
        {
            string word = WithoutMarker(line.Text("a word"));
            line.Hexadecimal("a lexical id, one hexadecimal digit", 1);
            if (!numbers.TryGetValue((word.ToLowerInvariant(), offset), out int number))
                throw line.Wrong($"words that index.{Files.Parts[(int)part]} lists, which lacks '{word}'");
            senses[i] = new(word.Replace('_', ' '), number);
        }

        var pointers = new Pointer[line.Number("the count of pointers, three digits", 3)];
        for (int i = 0; i < pointers.Length; i++)
        {
            string symbol = string.Intern(line.Text("a pointer symbol"));
            int target = line.Number("a pointer's offset of eight digits", 8);
            char kind = (char)line.Field("a pointer's part of speech: n, v, a, s or r")[0];
            var (from, to) = line.Words("a pointer's source and target, four hexadecimal digits");
            pointers[i] = new(symbol, new(PartOf(kind) ?? throw line.Wrong("a pointer's part of speech: n, v, a, s or r"), target), from, to);
        }

        var (definition, examples) = Gloss.Split(line.Gloss());
        if (definition.Length == 0)
            throw line.Wrong("a definition after '|'");
        var synset = new Synset
        {
            Id = new(part, offset),
            LexicographerFile = Files.Lexicographers[lexicographer],
            IsSatellite = type == 's',
            Senses = senses,
            Pointers = pointers,
            Definition = definition,
            Examples = examples,
        };
        if (!_synsets.TryAdd(synset.Id, synset))
            throw line.Wrong($"an offset that was not used before ({offset:D8})");
    });

    /// <summary>A file that ends too early, at the end of a line, shows by relations that lead nowhere.</summary>
    private void CheckPointers()
    {
        foreach (var synset in Synsets)
            foreach (var pointer in synset.Pointers)
                if (!_synsets.ContainsKey(pointer.Target))
                    throw new KitException($"{Path.Combine(Folder, "data." + Files.Parts[(int)pointer.Target.Part])} lacks the synset "
                        + $"{pointer.Target}, to which {synset.Id} is related. {Files.Reinstall}");
    }

    private delegate void LineAction(ref LineReader line);

    /// <summary>Reads a file line by line, but for the licence at its head, whose lines begin with two blanks.</summary>
    private static void ForEachLine(string file, LineAction action)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Cannot read WordNet's file {file}: {e.Message}", e);
        }
        int number = 0, lines = 0;
        for (int start = 0; start < bytes.Length;)
        {
            number++;
            int length = bytes.AsSpan(start).IndexOf((byte)'\n');
            var text = length < 0 ? bytes.AsSpan(start) : bytes.AsSpan(start, length);
            start += text.Length + 1;
            if (text.StartsWith("  "u8))
                continue;
            var line = new LineReader(text.TrimEnd("\r "u8), file, number);
            if (length < 0)
                throw line.Wrong("a line feed at the end of the line");
            action(ref line);
            lines++;
        }
        if (lines == 0)
            throw new KitException($"{file} holds no synset. {Files.Reinstall}");
    }

    private static PartOfSpeech? PartOf(char type) => type switch
    {
        'n' => PartOfSpeech.Noun,
        'v' => PartOfSpeech.Verb,
        'a' or 's' => PartOfSpeech.Adjective,
        'r' => PartOfSpeech.Adverb,
        _ => null,
    };

    /// <summary>Adjectives may say where they stand, <c>galore(ip)</c>; that is no part of the word.</summary>
    private static string WithoutMarker(string word) =>
        word.EndsWith("(p)", StringComparison.Ordinal) || word.EndsWith("(a)", StringComparison.Ordinal) ? word[..^3]
        : word.EndsWith("(ip)", StringComparison.Ordinal) ? word[..^4] : word;
}
