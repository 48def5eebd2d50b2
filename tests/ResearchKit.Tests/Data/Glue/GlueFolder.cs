namespace ResearchKit.Tests.Data.Glue;

/// <summary>A folder of data with invented rows in the forms of GLUE's official files.</summary>
internal sealed class GlueFolder : IDisposable
{
    /// <summary>The folder that <c>KIT_DATA</c> would name.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("kit-glue-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Writes a file, by its path below <c>glue</c>; lines without a line feed at the last one, as some official files are.</summary>
    public GlueFolder Write(string path, params string[] lines)
    {
        var file = Path.Combine(Root, "glue", path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, string.Join('\n', lines));
        return this;
    }

    /// <summary>SST-2 with so many training rows, that a small model can learn something of.</summary>
    public GlueFolder WithSst2(int train = 60, int dev = 8, int test = 7)
    {
        string[] good = ["good", "fine", "lovely"], bad = ["bad", "dull", "awful"];
        string Text(int i) => $"a {(i % 2 == 1 ? good : bad)[i / 2 % 3]} film number {i}";
        return Write("SST-2/train.tsv", ["sentence\tlabel", .. Enumerable.Range(0, train).Select(i => $"{Text(i)} \t{i % 2}")])
            .Write("SST-2/dev.tsv", ["sentence\tlabel", .. Enumerable.Range(1000, dev).Select(i => $"{Text(i)}\t{i % 2}")])
            .Write("SST-2/test.tsv", ["index\tsentence", .. Enumerable.Range(0, test).Select(i => $"{i}\t{Text(2000 + i)}")]);
    }

    /// <summary>STS-B with scores that go with the number of words both texts share.</summary>
    public GlueFolder WithStsb(int train = 60, int dev = 8, int test = 7)
    {
        const string Columns = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2";
        string[] words = ["cat", "dog", "cow", "hen", "pig", "fox"];
        string Texts(int i) => $"{string.Join(' ', words)} {i}\t" + string.Join(' ', words.Take(1 + i % 5).Concat(Enumerable.Repeat("saw", 5 - i % 5)));
        string Row(int i) => $"{i}\tmain-news\tmade up\t2016\t{i}\tnone\tnone\t{Texts(i)}";
        return Write("STS-B/train.tsv", [Columns + "\tscore", .. Enumerable.Range(0, train).Select(i => $"{Row(i)}\t{1 + i % 5}.000")])
            .Write("STS-B/dev.tsv", [Columns + "\tscore", .. Enumerable.Range(0, dev).Select(i => $"{Row(i)}\t{1 + i % 5}.000")])
            .Write("STS-B/test.tsv", [Columns, .. Enumerable.Range(0, test).Select(Row)]);
    }
}
