using System.Net.Sockets;
using System.Threading.Channels;

namespace ResearchKit.Notebooks.Jupyter.Zmtp;

/// <summary>One peer of a socket. What is sent waits in line, so that a slow reader holds nobody up.</summary>
internal sealed class ZmtpConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Channel<byte[]> _line = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });
    private readonly Task _sending;

    private ZmtpConnection(Stream stream, string identity)
    {
        _stream = stream;
        Identity = identity;
        _sending = Send();
    }

    /// <summary>What the peer calls itself; empty for most.</summary>
    public string Identity { get; }

    /// <summary>Shakes hands.</summary>
    /// <exception cref="InvalidDataException">The peer does not speak ZMTP 3 with the NULL mechanism.</exception>
    public static async Task<ZmtpConnection> Open(TcpClient client, string socketType, string identity, CancellationToken stop)
    {
        client.NoDelay = true;
        var stream = client.GetStream();
        await stream.WriteAsync(ZmtpWire.Greeting(), stop);
        await ZmtpWire.ReadGreeting(stream, stop);
        await stream.WriteAsync(ZmtpWire.Encode(ZmtpWire.Ready(socketType, identity)), stop);
        var answer = await ZmtpWire.ReadFrame(stream, stop) ?? throw new InvalidDataException("The peer left before it was ready.");
        var (name, rest) = ZmtpWire.Command(answer.Body);
        if (!answer.IsCommand || name != "READY") throw new InvalidDataException($"The peer said {name} where READY was expected.");
        var theirs = ZmtpWire.Properties(rest);
        return new(stream, theirs.TryGetValue("Identity", out var bytes) ? Convert.ToHexString(bytes) : "");
    }

    /// <summary>Puts a message in line.</summary>
    public void Send(IReadOnlyList<byte[]> message) => _line.Writer.TryWrite(ZmtpWire.Encode(message));

    /// <summary>The next message; null once the peer has left.</summary>
    public async Task<List<byte[]>?> Receive(CancellationToken stop)
    {
        var message = new List<byte[]>();
        while (await ZmtpWire.ReadFrame(_stream, stop) is { } frame)
        {
            if (frame.IsCommand)
            {
                if (Answer(frame.Body) is { } subscription) return [subscription];
                continue;
            }
            message.Add(frame.Body);
            if (!frame.More) return message;
        }
        return null;
    }

    /// <summary>What a later version of the protocol says with commands: a ping is answered, a subscription turned into the message it used to be.</summary>
    private byte[]? Answer(byte[] command)
    {
        var (name, rest) = ZmtpWire.Command(command);
        switch (name)
        {
            case "PING" when rest.Length >= 2:
                _line.Writer.TryWrite(ZmtpWire.Encode(new ZmtpFrame(false, true, [4, .. "PONG"u8, .. rest[2..]])));
                return null;
            case "SUBSCRIBE":
                return [1, .. rest];
            case "CANCEL":
                return [0, .. rest];
            default:
                return null;
        }
    }

    private async Task Send()
    {
        try
        {
            await foreach (var bytes in _line.Reader.ReadAllAsync()) await _stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
            _line.Writer.TryComplete(); // the peer has left; who reads from it hears of it
        }
    }

    /// <summary>Sends what stands in line and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _line.Writer.TryComplete();
        await Task.WhenAny(_sending, Task.Delay(TimeSpan.FromSeconds(1)));
        await _stream.DisposeAsync();
    }
}
