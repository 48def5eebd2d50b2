using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ResearchKit.Tests.Checkpoints.Hub;

/// <summary>What a client asked.</summary>
internal sealed record HttpAsked(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());

    /// <summary>The first byte that a Range asks for.</summary>
    public long? From => Header("Range") is { } range ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;
}

/// <summary>What a server answers; <paramref name="Cut"/> drops the connection after so many bytes of the body.</summary>
internal sealed record HttpAnswer(int Status, byte[] Body, int? Cut = null, bool Stall = false)
{
    public Dictionary<string, string> Headers { get; } = [];

    public HttpAnswer With(string name, string value)
    {
        Headers[name] = value;
        return this;
    }

    public static HttpAnswer Of(int status, string text = "") => new(status, Encoding.UTF8.GetBytes(text));
}

/// <summary>A few lines of HTTP/1.1 on the loopback, one connection a request: what a test needs to misbehave on purpose.</summary>
internal sealed class HttpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<HttpAsked, HttpAnswer> _answer;
    private readonly List<HttpAsked> _asked = [];

    public HttpServer(Func<HttpAsked, HttpAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(Accept);
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Everything that was asked so far.</summary>
    public HttpAsked[] Asked
    {
        get { lock (_asked) return [.. _asked]; }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
    }

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_end.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => Serve(client));
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var closing = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync(_end.Token) is not { } first) return;
            var headers = new Dictionary<string, string>();
            while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } line)
                headers[line[..line.IndexOf(':')].ToLowerInvariant()] = line[(line.IndexOf(':') + 1)..].Trim();
            var words = first.Split(' ');
            var asked = new HttpAsked(words[0], words[1], headers);
            lock (_asked) _asked.Add(asked);

            var answer = _answer(asked);
            var head = new StringBuilder($"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\nConnection: close\r\n");
            if (!answer.Headers.ContainsKey("Content-Length")) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}\r\n");
            foreach (var (name, value) in answer.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _end.Token);
            if (asked.Method != "HEAD") await stream.WriteAsync(answer.Body.AsMemory(0, answer.Cut ?? answer.Body.Length), _end.Token);
            if (answer.Stall) await Task.Delay(Timeout.Infinite, _end.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            return;   // the client went away, or the test is over
        }
    }
}
