using System.Text;
using ResearchKit.Data.WordNet;

namespace ResearchKit.Tests.Data;

/// <summary>A WordNet of a few synsets, written as the real files are, for tests that bend it.</summary>
internal sealed class MiniWordNet : IDisposable
{
    private const string Licence = "  1 This stands where the licence stands.  \n";

    private readonly List<(char Type, int Lexicographer, string[] Words, (string Symbol, int To)[] Pointers, string Gloss)> _synsets = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("mini-wordnet").FullName;

    /// <summary>Adds a synset and returns its number, for pointers.</summary>
    public int Add(char type, int lexicographer, string words, string gloss, params (string Symbol, int To)[] pointers)
    {
        _synsets.Add((type, lexicographer, words.Split(' '), pointers, gloss));
        return _synsets.Count - 1;
    }

    /// <summary>Writes the eight files; numbers of a word's meanings follow the order of the synsets.</summary>
    public MiniWordNet Write()
    {
        var offsets = new int[_synsets.Count];
        for (int pass = 0; pass < 2; pass++) // The first pass finds where the lines begin, the second writes what points there.
            foreach (var (name, types) in new[] { ("noun", "n"), ("verb", "v"), ("adj", "as"), ("adv", "r") })
            {
                var data = new StringBuilder(Licence);
                var senses = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
                for (int i = 0; i < _synsets.Count; i++)
                {
                    var s = _synsets[i];
                    if (!types.Contains(s.Type))
                        continue;
                    offsets[i] = data.Length;
                    foreach (string word in s.Words)
                        (senses.TryGetValue(word.Split('(')[0].ToLowerInvariant(), out var list) ? list : senses[word.Split('(')[0].ToLowerInvariant()] = []).Add(offsets[i]);
                    string frames = s.Type == 'v' ? " 01 + 02 00" : "";
                    data.Append($"{offsets[i]:D8} {s.Lexicographer:D2} {s.Type} {s.Words.Length:x2} {string.Concat(s.Words.Select(w => $"{w} 0 "))}"
                        + $"{s.Pointers.Length:D3}{string.Concat(s.Pointers.Select(p => $" {p.Symbol} {offsets[p.To]:D8} {_synsets[p.To].Type} 0000"))}{frames} | {s.Gloss}  \n");
                }
                File.WriteAllText(Path.Combine(Folder, $"data.{name}"), data.ToString());
                File.WriteAllText(Path.Combine(Folder, $"index.{name}"), Licence + string.Concat(senses.Select(s =>
                    $"{s.Key} {types[0]} {s.Value.Count} 2 @ ~ {s.Value.Count} 0 {string.Join(' ', s.Value.Select(o => o.ToString("D8")))}  \n")));
            }
        return this;
    }

    /// <summary>A small family tree of nouns, a verb, an adjective with its satellite, and an adverb.</summary>
    public static MiniWordNet Typical()
    {
        var mini = new MiniWordNet();
        int entity = mini.Add('n', 3, "entity thing", "that which is; \"an entity\"");
        int animal = mini.Add('n', 5, "animal", "a living thing that moves", ("@", entity));
        mini.Add('n', 5, "dog domestic_dog", "a domestic animal; \"the dog barked\"; \"he walks a dog\"", ("@", animal));
        mini.Add('n', 18, "Rex dog", "a certain dog of ours (called \"Rex\")", ("@i", animal));
        mini.Add('v', 38, "dog chase", "go after; \"chase the cat\"- A. Nonymous; \"dog someone", ("+", animal));
        int big = mini.Add('a', 0, "big(a) large", "above average");
        mini.Add('s', 0, "huge", "very big", ("&", big));
        mini.Add('r', 2, "hugely", "in a huge manner", ("\\", big));
        return mini.Write();
    }

    public Lexicon Open() => Lexicon.Open(Folder);

    /// <summary>Changes a file.</summary>
    public void Edit(string file, Func<string, string> change)
    {
        string path = Path.Combine(Folder, file), text = File.ReadAllText(path), changed = change(text);
        if (changed == text)
            throw new InvalidOperationException($"The edit of {file} changes nothing.");
        File.WriteAllText(path, changed);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
