using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace ResearchKit.Notebooks.Jupyter.Zmtp;

/// <summary>A message and whom it came from.</summary>
internal sealed record ZmtpReceived(ZmtpConnection From, List<byte[]> Message);

/// <summary>
/// A socket that others connect to. Three kinds suffice for a kernel: ROUTER (who receives a message answers on its connection), PUB (every
/// message to those who subscribed to its beginning) and REP, which here only echoes.
/// </summary>
internal sealed class ZmtpSocket : IAsyncDisposable
{
    private readonly string _type;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _closing = new();
    private readonly Dictionary<ZmtpConnection, List<byte[]>> _peers = [];
    private readonly Channel<ZmtpReceived> _received = Channel.CreateUnbounded<ZmtpReceived>();
    private readonly Task _accepting;

    /// <summary>Begins to listen.</summary>
    /// <param name="type"><c>ROUTER</c>, <c>PUB</c> or <c>REP</c>.</param>
    /// <param name="ip">The address, or <c>*</c> for all.</param>
    /// <param name="port">The port; 0 lets the system choose.</param>
    /// <exception cref="KitException">The port is taken or the address is not this machine's.</exception>
    public ZmtpSocket(string type, string ip, int port)
    {
        _type = type;
        _listener = new TcpListener(ip == "*" ? IPAddress.Any : ip == "localhost" ? IPAddress.Loopback : IPAddress.Parse(ip), port);
        try
        {
            _listener.Start();
        }
        catch (SocketException e)
        {
            throw new KitException($"The kernel cannot listen on {ip}, port {port}: {e.Message}. Start it anew from Jupyter, which then chooses other ports.", e);
        }
        _accepting = Accept();
    }

    /// <summary>The port that is listened on.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What came in, in order.</summary>
    public ChannelReader<ZmtpReceived> Received => _received.Reader;

    /// <summary>The peer that calls itself so, or null.</summary>
    public ZmtpConnection? Peer(string identity)
    {
        lock (_peers) return _peers.Keys.FirstOrDefault(peer => peer.Identity == identity);
    }

    /// <summary>Sends a message to all who subscribed to what its first frame begins with.</summary>
    public void Publish(IReadOnlyList<byte[]> message)
    {
        lock (_peers)
            foreach (var (peer, topics) in _peers)
                if (topics.Any(topic => message[0].AsSpan().StartsWith(topic)))
                    peer.Send(message);
    }

    private async Task Accept()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(Serve(await _listener.AcceptTcpClientAsync(_closing.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving); // closed
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var peer = await ZmtpConnection.Open(client, _type, "", _closing.Token);
                lock (_peers) _peers[peer] = [];
                try
                {
                    while (await peer.Receive(_closing.Token) is { } message) Take(peer, message);
                }
                finally
                {
                    lock (_peers) _peers.Remove(peer);
                }
            }
            catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException or SocketException)
            {
                return; // one peer that leaves in the middle, or speaks otherwise, is no matter of the others
            }
        }
    }

    private void Take(ZmtpConnection peer, List<byte[]> message)
    {
        switch (_type)
        {
            case "REP":
                peer.Send(message);
                break;
            case "PUB" when message[0].Length > 0:
                lock (_peers)
                {
                    var topic = message[0][1..];
                    if (message[0][0] == 1) _peers[peer].Add(topic);
                    else _peers[peer].RemoveAll(known => known.AsSpan().SequenceEqual(topic));
                }
                break;
            case "ROUTER":
                _received.Writer.TryWrite(new(peer, message));
                break;
        }
    }

    /// <summary>Sends what stands in line, then closes every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _received.Writer.TryComplete();
        _listener.Stop();
        ZmtpConnection[] peers;
        lock (_peers) peers = [.. _peers.Keys];
        foreach (var peer in peers) await peer.DisposeAsync();
        await _closing.CancelAsync();
        await _accepting;
        _closing.Dispose();
    }
}
