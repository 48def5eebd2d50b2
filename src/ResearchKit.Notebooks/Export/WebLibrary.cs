using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace ResearchKit.Notebooks.Export;

/// <summary>
/// A JavaScript library at one version: its npm package, fetched the first time it is needed and kept as the registry serves it.
/// Its checksum is looked at whenever it is read, so the file may as well be laid there by hand on a machine without a network.
/// </summary>
internal sealed class WebLibrary(string name, string version, string sha512)
{
    private readonly Lazy<IReadOnlyDictionary<string, byte[]>> _files = new(() => Unpack(Package(name, version, sha512)));

    /// <summary>Draws the figures: the version that Plotly.NET 5.1 writes for, so a figure looks the same in a notebook and in a picture.</summary>
    public static WebLibrary Plotly { get; } =
        new("plotly.js-dist-min", "2.27.1", "fFPFityhOkDtjoIVd/9IJQbEEuKEjfmNALBVLZyHwLIkry5ygE4ZC/XENRqLnWR3rNJdTtEaxhM5zflcWTRlDA==");

    /// <summary>Sets equations.</summary>
    public static WebLibrary Katex { get; } =
        new("katex", "0.16.22", "XCHRdUw4lf3SKBaJe4EvgqIuWwkPSo9XoeO8GjQW94Bp7TWv9hNhzZjZ+OH9yf1UmLygb7DIT5GSFQiyt16zYg==");

    /// <summary>The version.</summary>
    public string Version => version;

    /// <summary>One file of the package.</summary>
    /// <param name="path">Its path in the package, e.g. <c>plotly.min.js</c>.</param>
    /// <exception cref="KitException">The package is not here and cannot be fetched, or is not the published one.</exception>
    public byte[] Bytes(string path) => _files.Value[path];

    /// <summary>One text file of the package, see <see cref="Bytes"/>.</summary>
    public string Text(string path) => System.Text.Encoding.UTF8.GetString(Bytes(path));

    private static byte[] Package(string name, string version, string sha512)
    {
        var file = $"{name}-{version}.tgz";
        var place = Path.Combine(CacheFolder(), file);
        if (File.Exists(place))
        {
            var kept = File.ReadAllBytes(place);
            return Sum(kept) == sha512 ? kept
                : throw new KitException($"{place} is not {name} {version} as published (its sha512 is another): delete it, and it is fetched anew.");
        }
        var registry = Environment.GetEnvironmentVariable("npm_config_registry") is { Length: > 0 } other ? other.TrimEnd('/') : "https://registry.npmjs.org";
        var address = $"{registry}/{name}/-/{file}";
        byte[] fetched;
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
            fetched = http.GetByteArrayAsync(address).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException or InvalidOperationException)
        {
            throw new KitException($"{name} {version} is needed once and could not be fetched from {address}: {e.Message.TrimEnd('.')}. "
                + $"Without a network, save that file as {place}.", e);
        }
        if (Sum(fetched) != sha512)
            throw new KitException($"What {address} served is not {name} {version} as published (its sha512 is another), so it is not used; ask another registry with npm_config_registry=URL.");
        AtomicFile.Write(place, stream => stream.Write(fetched));
        return fetched;
    }

    private static string Sum(byte[] content) => Convert.ToBase64String(SHA512.HashData(content));

    // Every file of an npm package stands in a folder of one name, which is of no interest.
    private static Dictionary<string, byte[]> Unpack(byte[] package)
    {
        var files = new Dictionary<string, byte[]>();
        using var tar = new TarReader(new GZipStream(new MemoryStream(package), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is null) continue;
            using var content = new MemoryStream();
            entry.DataStream.CopyTo(content);
            files[entry.Name[(entry.Name.IndexOf('/') + 1)..]] = content.ToArray();
        }
        return files;
    }

    private static string CacheFolder()
    {
        string? Folder(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? path : null;
        var user = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Folder("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(user, "researchkit", "npm");
    }
}
