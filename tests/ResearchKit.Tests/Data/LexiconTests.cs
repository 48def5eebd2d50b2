using ResearchKit.Data.WordNet;
using Xunit;

namespace ResearchKit.Tests.Data;

public class LexiconTests
{
    [Fact]
    public void Reads_words_relations_definitions_and_examples()
    {
        using var mini = MiniWordNet.Typical();
        var lexicon = mini.Open();
        Assert.Equal(8, lexicon.Synsets.Count);
        var dog = lexicon.Synsets.Single(s => s.Definition == "a domestic animal");
        Assert.Equal(new[] { new Sense("dog", 1), new Sense("domestic dog", 1) }, dog.Senses);
        Assert.Equal(["the dog barked", "he walks a dog"], dog.Examples);
        Assert.Equal("noun.animal", dog.LexicographerFile);
        var animal = lexicon[dog.Parents.Single()];
        Assert.Equal("animal", animal.Senses[0].Lemma);
        Assert.Matches(@"^\d{8}n$", animal.Id.ToString());

        var rex = lexicon.Synsets.Single(s => s.Senses[0].Lemma == "Rex");
        Assert.Equal(new Sense("dog", 2), rex.Senses[1]);
        Assert.Equal("a certain dog of ours (called \"Rex\")", rex.Definition);
        Assert.Equal([animal.Id], rex.Parents);

        var chase = lexicon.Synsets.Single(s => s.Id.Part == PartOfSpeech.Verb);
        Assert.Equal(("go after", "verb.motion"), (chase.Definition, chase.LexicographerFile));
        Assert.Equal(["chase the cat", "dog someone"], chase.Examples);
        Assert.Equal([new Pointer("+", animal.Id, 0, 0)], chase.Pointers);
        Assert.Empty(chase.Parents);

        Assert.Equal("big", lexicon.Synsets.Single(s => s.Definition == "above average").Senses[0].Lemma);
        Assert.True(lexicon.Synsets.Single(s => s.Definition == "very big").IsSatellite);
        Assert.Equal(PartOfSpeech.Adverb, lexicon.Synsets.Single(s => s.Definition == "in a huge manner").Id.Part);
    }

    /// <summary>File, what to replace, by what, and what the message must name.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "data.noun", " 05 n 01 animal", " 5 n 01 animal", "line 3: expected the number of a lexicographer file" },
        { "data.noun", " 05 n 01 animal", " 45 n 01 animal", "line 3: expected the number of a lexicographer file, 00 to 44" },
        { "data.noun", " 05 n 01 animal", " 05 x 01 animal", "line 3: expected the synset type of a noun" },
        { "data.noun", " 05 n 01 animal", " 05 v 01 animal", "line 3: expected the synset type of a noun" },
        { "data.noun", " 05 n 01 animal", " 05 n 00 animal", "line 3: expected at least one word" },
        { "data.noun", " 05 n 01 animal", " 05 n zz animal", "line 3: expected the count of words" },
        { "data.noun", " 05 n 01 animal", " 05 n 02 animal", "line 3: expected a lexical id" },
        { "data.noun", "animal 0 001", "animal 0 002", "line 3: expected a pointer's offset" },
        { "data.noun", "animal 0 001 @", "animal 0 0x1 @", "line 3: expected the count of pointers" },
        { "data.noun", "dog 0 domestic_dog", "cat 0 domestic_dog", "which lacks 'cat'" },
        { "data.noun", " | a living", " / a living", "line 3: expected '|' and a gloss" },
        { "data.noun", "a living thing that moves", "", "line 3: expected a definition" },
        { "data.noun", "n 0000 | a living", "n 00 | a living", "line 3: expected a pointer's source and target" },
        { "data.noun", "n 0000 | a living", "q 0000 | a living", "line 3: expected a pointer's part of speech" },
        { "data.noun", " | a living thing that moves  \n", "", "data.noun, line 3: expected" },
        { "data.adv", "manner  \n", "manner", "line 2: expected a line feed" },
        { "index.noun", "animal n 1", "animal n one", "index.noun, line 2: expected the count of synsets" },
        { "index.verb", "chase v 1", "chase v 2", "index.verb, line 2: expected an offset of eight digits" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_malformed_line_is_named_with_what_was_expected(string file, string old, string now, string named)
    {
        using var mini = MiniWordNet.Typical();
        mini.Edit(file, text => text.Replace(old, now));
        var e = Assert.Throws<KitException>(mini.Open);
        Assert.Contains(named, e.Message);
        Assert.Contains(Path.Combine(mini.Folder, file), e.Message);
        Assert.Contains("wordnet-base", e.Message);
    }

    [Fact]
    public void A_file_that_lost_its_last_line_is_noticed()
    {
        using var mini = MiniWordNet.Typical();
        mini.Edit("data.adj", text => text[..(text.TrimEnd().LastIndexOf('\n') + 1)]);
        mini.Edit("data.noun", text => text[..(text.TrimEnd().LastIndexOf('\n') + 1)].Replace("| a living", "~ 00009999 n 0000 | a living").Replace("animal 0 001", "animal 0 002"));
        Assert.Contains("lacks the synset 00009999n", Assert.Throws<KitException>(mini.Open).Message);
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_refused()
    {
        using var mini = MiniWordNet.Typical();
        string path = Path.Combine(mini.Folder, "data.noun");
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<KitException>(mini.Open);
        }
    }

    [Fact]
    public void Lines_that_end_as_on_windows_are_read()
    {
        using var mini = MiniWordNet.Typical();
        foreach (string file in Directory.GetFiles(mini.Folder))
            mini.Edit(Path.GetFileName(file), text => text.Replace("\n", "\r\n"));
        Assert.Equal(8, mini.Open().Synsets.Count);
    }

    [Fact]
    public void What_is_missing_is_named_with_what_to_do()
    {
        using var mini = MiniWordNet.Typical();
        File.Delete(Path.Combine(mini.Folder, "index.adv"));
        var file = Assert.Throws<KitException>(mini.Open);
        Assert.Contains("lacks the file index.adv", file.Message);
        var folder = Assert.Throws<KitException>(() => Lexicon.Open("/nowhere/at/all"));
        Assert.Contains("/nowhere/at/all", folder.Message);
        Assert.Contains("apt-get install wordnet-base", folder.Message);
        Assert.Contains("WORDNET=", folder.Message);
    }

    [Fact]
    public void The_folder_of_the_tarball_is_entered()
    {
        using var mini = MiniWordNet.Typical();
        string above = Directory.CreateTempSubdirectory().FullName;
        Directory.CreateSymbolicLink(Path.Combine(above, "dict"), mini.Folder);
        Assert.Equal(Path.Combine(above, "dict"), Lexicon.Open(above).Folder);
        Directory.Delete(above, recursive: true);
    }
}
