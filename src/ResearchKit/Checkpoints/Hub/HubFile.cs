using System.Security.Cryptography;
using System.Text;

namespace ResearchKit.Checkpoints.Hub;

/// <summary>A file as the hub describes it.</summary>
/// <param name="Name">Its name in the repository.</param>
/// <param name="ETag">Names its content: the SHA-256 of a large file, git's SHA-1 of a small one.</param>
/// <param name="Size">Bytes, where the hub says it.</param>
public sealed record HubFile(string Name, string ETag, long? Size)
{
    /// <summary>Whether the ETag is a checksum that the content can be held against; on a mirror it may be anything.</summary>
    public bool IsVerifiable => IsHex(64) || IsHex(40);

    /// <summary>Whether an ETag may name a file in the cache.</summary>
    internal static bool IsFileName(string etag) =>
        etag.Length is > 0 and <= 200 && etag[0] != '.' && etag.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>Computes of a file's content what its ETag should be.</summary>
    internal async Task<string> ChecksumOf(string path, CancellationToken stop)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20,
            FileOptions.SequentialScan | FileOptions.Asynchronous);
        if (IsHex(64)) return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, stop).ConfigureAwait(false));
        // Git's name of a blob: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));
        var buffer = new byte[1 << 20];
        while (await stream.ReadAsync(buffer, stop).ConfigureAwait(false) is > 0 and var read) hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private bool IsHex(int length) => ETag.Length == length && ETag.All(char.IsAsciiHexDigitLower);
}

/// <summary>Watches a download. Called from several threads at once.</summary>
public interface IHubObserver
{
    /// <summary>These files will be fetched; called once more when an index named further ones.</summary>
    void Plan(IReadOnlyList<HubFile> files);

    /// <summary>So many bytes of a file are here.</summary>
    void Progress(HubFile file, long bytes);

    /// <summary>A file is in the cache.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fetched">False when it was there before.</param>
    void Done(HubFile file, bool fetched);

    /// <summary>Something worth a line.</summary>
    void Say(string remark);
}
