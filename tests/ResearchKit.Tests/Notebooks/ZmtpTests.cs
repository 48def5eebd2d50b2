using System.Net;
using System.Net.Sockets;
using System.Text;
using ResearchKit.Notebooks.Jupyter;
using ResearchKit.Notebooks.Jupyter.Zmtp;

namespace ResearchKit.Tests.Notebooks;

/// <summary>The bytes on the wire, by the specification's own examples and between two of our own ends.</summary>
public sealed class ZmtpTests
{
    [Fact]
    public void TheGreetingIsThatOfVersion3WithNull()
    {
        var greeting = ZmtpWire.Greeting();
        Assert.Equal(64, greeting.Length);
        Assert.Equal("FF00000000000000007F03004E554C4C", Convert.ToHexString(greeting[..16]));
        Assert.All(greeting[16..], b => Assert.Equal(0, b));
    }

    [Theory]
    [InlineData(false, false, 3, "0003")]
    [InlineData(true, false, 255, "01FF")]
    [InlineData(false, false, 256, "020000000000000100")]
    [InlineData(true, true, 0, "0500")]
    public async Task AFrameSaysItsFlagsAndLength(bool more, bool command, int length, string head)
    {
        var frame = new ZmtpFrame(more, command, [.. Enumerable.Range(0, length).Select(i => (byte)i)]);
        var bytes = ZmtpWire.Encode(frame);
        Assert.StartsWith(head, Convert.ToHexString(bytes));
        Assert.Equal(head.Length / 2 + length, bytes.Length);
        var read = await ZmtpWire.ReadFrame(new MemoryStream(bytes), CancellationToken.None);
        Assert.Equal((more, command), (read!.More, read.IsCommand));
        Assert.Equal(frame.Body, read.Body);
        Assert.Null(await ZmtpWire.ReadFrame(new MemoryStream(), CancellationToken.None));
    }

    [Fact]
    public void ReadySaysKindAndIdentity()
    {
        var (name, rest) = ZmtpWire.Command(ZmtpWire.Ready("ROUTER", "me").Body);
        Assert.Equal("READY", name);
        Assert.StartsWith("0B536F636B65742D5479706500000006524F55544552", Convert.ToHexString(rest));
        Assert.Equal("me", Encoding.ASCII.GetString(ZmtpWire.Properties(rest)["identity"]));
        Assert.Throws<InvalidDataException>(() => ZmtpWire.Properties(rest[..^1]));
    }

    [Fact]
    public async Task OtherPeersAreRefused()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => ZmtpWire.ReadGreeting(new MemoryStream(Encoding.ASCII.GetBytes(new string('G', 64))), CancellationToken.None));
        var curve = ZmtpWire.Greeting();
        "CURVE"u8.CopyTo(curve.AsSpan(12));
        await Assert.ThrowsAsync<InvalidDataException>(() => ZmtpWire.ReadGreeting(new MemoryStream(curve), CancellationToken.None));
        await Assert.ThrowsAsync<InvalidDataException>(() => ZmtpWire.ReadFrame(new MemoryStream([2, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), CancellationToken.None));
    }

    [Fact]
    public async Task ARouterAnswersWhoAskedAndAPublisherThoseWhoSubscribed()
    {
        await using var router = new ZmtpSocket("ROUTER", "127.0.0.1", 0);
        using var a = await Peer.Connect(router.Port, "DEALER");
        using var b = await Peer.Connect(router.Port, "DEALER");
        a.Connection.Send(["from a"u8.ToArray(), new byte[70_000]]);
        var received = await router.Received.ReadAsync();
        Assert.Equal(70_000, received.Message[1].Length);
        received.From.Send(["to a"u8.ToArray()]);
        Assert.Equal("to a", await a.Text());

        await using var publisher = new ZmtpSocket("PUB", "127.0.0.1", 0);
        using var all = await Peer.Connect(publisher.Port, "SUB");
        using var some = await Peer.Connect(publisher.Port, "SUB");
        all.Connection.Send([new byte[] { 1 }]);
        some.Connection.Send(["\u0001x"u8.ToArray()]);
        do
        {
            publisher.Publish(["x0"u8.ToArray()]); // a subscription takes a moment to arrive
            await Task.Delay(20);
        } while (!all.HasData || !some.HasData);
        publisher.Publish(["y"u8.ToArray()]);
        publisher.Publish(["x1"u8.ToArray()]);
        string text;
        var heard = new List<string>();
        while ((text = await some.Text()) != "x1") heard.Add(text);
        Assert.DoesNotContain("y", heard);
        heard.Clear();
        while ((text = await all.Text()) != "x1") heard.Add(text);
        Assert.Equal("y", heard[^1]);
    }

    [Fact]
    public void MessagesAreSignedWithTheKey()
    {
        var codec = new JupyterCodec("a-key");
        var frames = codec.Encode("stream", new() { ["text"] = "é" }, new() { ["msg_id"] = "1" });
        Assert.Equal("<IDS|MSG>", Encoding.ASCII.GetString(frames[0]));
        // The digest of Python's hmac.new(b"a-key", b"".join(frames[2:6]), hashlib.sha256), whatever the frames are:
        var expected = System.Security.Cryptography.HMACSHA256.HashData("a-key"u8, frames.Skip(2).SelectMany(frame => frame).ToArray());
        Assert.Equal(Convert.ToHexStringLower(expected), Encoding.ASCII.GetString(frames[1]));
        Assert.Equal("é", (string?)codec.Decode(frames)!.Content["text"]);
        Assert.Equal("1", (string?)codec.Decode(["someone"u8.ToArray(), .. frames])!.Parent["msg_id"]);
        frames[5] = "{\"text\":\"e\"}"u8.ToArray();
        Assert.Null(codec.Decode(frames));
        Assert.NotNull(new JupyterCodec("").Decode(frames));
        Assert.Null(codec.Decode(frames[..4]));
    }

    [Theory]
    [InlineData("{\"shell_port\":1,\"transport\":\"ipc\"}", "the kit's kernel speaks tcp alone")]
    [InlineData("{\"shell_port\":1,\"signature_scheme\":\"hmac-md5\"}", "expected hmac-sha256")]
    [InlineData("{}", "no shell_port")]
    [InlineData("{", "no connection file")]
    public void AConnectionThatCannotBeServedIsRefused(string json, string complaint)
    {
        using var book = new Book();
        File.WriteAllText(book.Path, json);
        Assert.Contains(complaint, Assert.Throws<KitException>(() => ConnectionInfo.Load(book.Path)).Message);
    }
}

/// <summary>The other end of a socket.</summary>
internal sealed class Peer(TcpClient client, ZmtpConnection connection) : IDisposable
{
    public ZmtpConnection Connection => connection;

    public bool HasData => client.Available > 0;

    public static async Task<Peer> Connect(int port, string type, string identity = "")
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        return new(client, await ZmtpConnection.Open(client, type, identity, CancellationToken.None));
    }

    public async Task<List<byte[]>> Receive() => (await connection.Receive(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token))!;

    public async Task<string> Text() => Encoding.ASCII.GetString((await Receive())[0]);

    public void Dispose() => client.Dispose();
}
