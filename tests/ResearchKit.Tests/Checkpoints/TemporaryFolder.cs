namespace ResearchKit.Tests.Checkpoints;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("researchkit-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string[] Files => [.. Directory.GetFiles(_folder.FullName).Select(f => Path.GetFileName(f)).Order()];

    public void Dispose() => _folder.Delete(recursive: true);
}
