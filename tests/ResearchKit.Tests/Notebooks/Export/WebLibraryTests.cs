using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ResearchKit.Notebooks.Export;
using ResearchKit.Tests.Checkpoints;
using Xunit;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>A library is fetched once, is the published one or none, and can be laid there by hand.</summary>
public sealed class WebLibraryTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();
    private readonly TcpListener _registry = new(IPAddress.Loopback, 0);
    private readonly Variable _place, _address;
    private readonly byte[] _package = Package("lib.js", "hello");

    public WebLibraryTests()
    {
        _registry.Start();
        _place = new(OperatingSystem.IsWindows() ? "LOCALAPPDATA" : "XDG_CACHE_HOME", _cache["."]);
        _address = new("npm_config_registry", $"http://127.0.0.1:{((IPEndPoint)_registry.LocalEndpoint).Port}/");
    }

    public void Dispose()
    {
        _place.Dispose();
        _address.Dispose();
        _registry.Dispose();
        _cache.Dispose();
    }

    private string Kept => _cache[Path.Combine("researchkit", "npm", "lib-1.2.3.tgz")];

    private WebLibrary Library => new("lib", "1.2.3", Convert.ToBase64String(SHA512.HashData(_package)));

    [SkippableFact]
    public async Task ItIsFetchedOnceAndThenKept()
    {
        Skip.If(OperatingSystem.IsWindows(), "the user's folder is not a variable there");
        var served = Serve("200 OK", _package);
        Assert.Equal("hello", Library.Text("lib.js"));
        Assert.StartsWith("GET /lib/-/lib-1.2.3.tgz HTTP/1.1", await served);
        _registry.Stop();
        Assert.Equal("hello", Library.Text("lib.js"));
    }

    [SkippableFact]
    public async Task AnythingElseIsNotKept()
    {
        Skip.If(OperatingSystem.IsWindows(), "the user's folder is not a variable there");
        var served = Serve("200 OK", Package("lib.js", "other"));
        Assert.Contains("is not lib 1.2.3 as published", Assert.Throws<KitException>(() => Library.Text("lib.js")).Message);
        await served;
        Assert.False(File.Exists(Kept));
    }

    [SkippableFact]
    public void WithoutANetworkItSaysWhatToSaveWhere()
    {
        Skip.If(OperatingSystem.IsWindows(), "the user's folder is not a variable there");
        _registry.Stop();
        var message = Assert.Throws<KitException>(() => Library.Text("lib.js")).Message;
        Assert.Contains("/lib/-/lib-1.2.3.tgz", message);
        Assert.Contains($"save that file as {Path.GetFullPath(Kept)}", message.Replace("/./", "/"));

        Directory.CreateDirectory(Path.GetDirectoryName(Kept)!);
        File.WriteAllBytes(Kept, _package);
        Assert.Equal("hello", Library.Text("lib.js"));
        File.WriteAllBytes(Kept, _package[..^1]);
        Assert.Contains("delete it", Assert.Throws<KitException>(() => Library.Text("lib.js")).Message);
    }

    private async Task<string> Serve(string status, byte[] content)
    {
        using var client = await _registry.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        var request = await reader.ReadLineAsync();
        while (await reader.ReadLineAsync() is { Length: > 0 }) { }
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n"));
        await stream.WriteAsync(content);
        return request!;
    }

    private static byte[] Package(string name, string text)
    {
        using var file = new MemoryStream();
        using (var zip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip))
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"package/{name}") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        return file.ToArray();
    }
}
