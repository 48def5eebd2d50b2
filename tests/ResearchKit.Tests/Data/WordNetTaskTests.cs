using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Data.WordNet;
using Xunit;

namespace ResearchKit.Tests.Data;

/// <summary>The four tasks on the real WordNet 3.0, where it is installed, against the card in datasets/wordnet.json.</summary>
public class WordNetTaskTests
{
    private static readonly Lazy<Lexicon?> Installed = new(() =>
        Directory.Exists(Environment.GetEnvironmentVariable("WORDNET") is { Length: > 0 } named ? named : "/usr/share/wordnet") ? Lexicon.Open() : null);

    private static readonly Dictionary<string, ITask> Opened = [];

    private static readonly Lazy<JsonNode> Card = new(() => JsonNode.Parse(File.ReadAllText(FindCard()))!);

    private static Lexicon Lexicon
    {
        get
        {
            Skip.If(Installed.Value is null, "WordNet is not installed: apt-get install wordnet-base, or WORDNET=/path/to/dict");
            return Installed.Value!;
        }
    }

    private static ITask Open(string name) => Opened.TryGetValue(name, out var task) ? task : Opened[name] = TaskCatalog.Open(name, Lexicon);

    public static TheoryData<string> Tasks => [.. TaskCatalog.Names.Where(n => n.StartsWith("wordnet-", StringComparison.Ordinal))];

    [SkippableTheory]
    [MemberData(nameof(Tasks))]
    public void Splits_hold_what_the_card_says_to_the_last_letter(string name)
    {
        var task = Open(name);
        var card = Card.Value["tasks"]![name]!;
        Assert.Equal(card["kind"]!.GetValue<string>(), task.Kind.ToString().ToLowerInvariant());
        foreach (var split in Enum.GetValues<Split>())
        {
            var (stated, examples) = (card["splits"]![split.ToString().ToLowerInvariant()]!, task.Examples(split));
            Assert.Equal(stated["examples"]!.GetValue<int>(), examples.Count);
            Assert.Equal(stated["sha256"]!.GetValue<string>(), Digest(examples));
            if (stated["classes"] is { } classes)
                Assert.Equal(task.Labels.Select((l, i) => (l, examples.Count(e => ((TextExample)e).Label == i))),
                    classes.AsObject().Select(c => (c.Key, c.Value!.GetValue<int>())));
        }
    }

    [SkippableFact]
    public void Has_the_published_number_of_synsets()
    {
        Assert.Equal([82115, 13767, 18156, 3621], Enum.GetValues<PartOfSpeech>().Select(p => Lexicon.Synsets.Count(s => s.Id.Part == p)));
        var dog = Lexicon.Synsets.First(s => s.Senses.Contains(new Sense("dog", 1)));
        Assert.Equal("02084071n", dog.Id.ToString());
        Assert.Equal(["dog", "domestic dog", "Canis familiaris"], dog.Senses.Select(s => s.Lemma));
        Assert.Equal(["the dog barked all night"], dog.Examples);
    }

    [SkippableFact]
    public void No_definition_and_no_word_is_in_two_splits()
    {
        var splits = new SynsetSplits(Lexicon);
        IEnumerable<string> Torn(Func<Synset, string?> key) => Lexicon.Synsets.Where(s => key(s) is not null)
            .GroupBy(key).Where(g => g.Select(s => splits[s.Id]).Distinct().Skip(1).Any()).Select(g => g.Key!);
        Assert.Empty(Torn(s => SynsetSplits.Comparable(s.Definition)));
        Assert.Empty(Torn(s => SynsetSplits.Headword(s)?.ToLowerInvariant()));
        var prompts = Enum.GetValues<Split>().SelectMany(s => Open(DefineTask.Name).Examples(s).Select(e => ((InstructionExample)e).Prompt)).ToList();
        Assert.Equal(prompts.Count, prompts.Distinct().Count());
    }

    [SkippableFact]
    public void Pairs_share_a_parent_where_they_say_so_and_are_half_and_half()
    {
        var byDefinition = Lexicon.Synsets.Where(s => s.Id.Part == PartOfSpeech.Noun).ToLookup(s => s.Definition);
        foreach (var split in new[] { Split.Validation, Split.Test })
        {
            var pairs = Open(PairTask.Name).Examples(split).Cast<TextExample>().ToList();
            Assert.Equal(pairs.Count, 2 * pairs.Count(p => p.Label == 1));
            Assert.Equal(pairs.Count, pairs.Select(p => string.CompareOrdinal(p.Text, p.Second) < 0 ? (p.Text, p.Second) : (p.Second, p.Text)).Distinct().Count());
            foreach (var pair in pairs)
            {
                // A definition may belong to several synsets; one choice of them must agree with the label.
                var shared = byDefinition[pair.Text].SelectMany(a => byDefinition[pair.Second!].Select(b => a.Parents.Intersect(b.Parents).Any()));
                Assert.Contains(pair.Label == 1, shared);
                Assert.NotEqual(pair.Text, pair.Second);
            }
            var different = pairs.Where(p => p.Label == 0).Select(p => byDefinition[p.Text].First().LexicographerFile == byDefinition[p.Second!].First().LexicographerFile);
            Assert.True(different.Count(same => same) > 0.9 * pairs.Count / 2);
        }
    }

    [SkippableFact]
    public void Answers_stand_where_they_are_said_to_stand()
    {
        var places = new HashSet<int>();
        foreach (var example in Open(SpanTask.Name).Examples(Split.Test).Cast<SpanExample>())
        {
            Assert.Equal(example.Answer, example.Text.Substring(example.AnswerStart, example.Answer.Length));
            var word = example.Question["What is ".Length..^1];
            Assert.Equal($"What is {word}?", example.Question);
            // The word stands before its definition, at the beginning or behind another's full stop.
            int at = example.AnswerStart - word.Length - 2;
            Assert.Equal($"{word}: {example.Answer}.", example.Text.Substring(at, word.Length + 2 + example.Answer.Length + 1));
            Assert.True(at == 0 || example.Text[(at - 2)..at] == ". ");
            places.Add(example.Text[..at].Split(". ").Length);
        }
        Assert.True(places.Count >= 5);
    }

    [SkippableTheory]
    [MemberData(nameof(Tasks))]
    public void A_small_wordnet_has_all_tasks_or_says_which_split_is_empty(string name)
    {
        using var mini = MiniWordNet.Typical();
        var task = TaskCatalog.Open(name, mini.Folder);
        Assert.Equal(name, task.Name);
        foreach (var split in Enum.GetValues<Split>())
        {
            try
            {
                Assert.NotEmpty(task.Examples(split));
            }
            catch (KitException e)
            {
                Assert.Contains($"'{name}' has no {split.ToString().ToLowerInvariant()} examples", e.Message);
            }
        }
    }

    [Theory]
    [InlineData("an entity that has physical existence", Split.Train)]
    [InlineData("a discrete unit of living matter", Split.Test)]
    [InlineData("a mutual or reciprocal action interacting", Split.Validation)]
    public void The_split_of_a_definition_is_its_hash_modulo_twenty(string key, Split split)
    {
        Assert.Equal(split, SynsetSplits.Of(key));
        ulong hash = Convert.ToUInt64(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..16], 16);
        Assert.Equal(split, (hash % 20) switch { 0 => Split.Test, 1 => Split.Validation, _ => Split.Train });
    }

    [Fact]
    public void Definitions_are_compared_by_letters_and_digits() =>
        Assert.Equal("the 2nd dog s owner e g a man", SynsetSplits.Comparable("(the 2nd)  Dog's owner; e.g. \"a man\"."));

    [Fact]
    public void What_is_alike_stays_together()
    {
        using var mini = new MiniWordNet();
        // A chain: the first two by their words (noun and verb), the second and third by their definitions.
        int top = mini.Add('n', 3, "top", "the top");
        mini.Add('n', 5, "Seal", "a swimming animal", ("@", top));
        mini.Add('v', 35, "seal", "close tightly!");
        mini.Add('r', 2, "tightly", "(close) tightly");
        mini.Add('a', 0, "tight", "the top");
        mini.Write();
        var lexicon = mini.Open();
        var splits = new SynsetSplits(lexicon);
        string smallest = new[] { "a swimming animal", "close tightly" }.Min(StringComparer.Ordinal)!;
        Assert.All(lexicon.Synsets.Where(s => s.Definition != "the top"), s => Assert.Equal(SynsetSplits.Of(smallest), splits[s.Id]));
        Assert.All(lexicon.Synsets.Where(s => s.Definition == "the top"), s => Assert.Equal(SynsetSplits.Of("the top"), splits[s.Id]));
    }

    /// <summary>SHA-256 of the examples, a JSON-like line each: the fields with tabs between, a line feed at the end.</summary>
    private static string Digest(IEnumerable<Example> examples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var example in examples)
            hash.AppendData(Encoding.UTF8.GetBytes((example switch
            {
                TextExample e => $"{e.Label}\t{e.Text}\t{e.Second}",
                InstructionExample e => $"{e.Prompt}\t{e.Response}",
                SpanExample e => $"{e.Question}\t{e.Text}\t{e.AnswerStart}\t{e.Answer}",
                _ => throw new InvalidOperationException(),
            }) + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string FindCard()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "datasets", "wordnet.json")))
                return Path.Combine(folder.FullName, "datasets", "wordnet.json");
        throw new FileNotFoundException("datasets/wordnet.json stands above no folder of this test.");
    }
}
