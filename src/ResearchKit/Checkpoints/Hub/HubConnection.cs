using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Checkpoints.Hub;

/// <summary>A failure that another attempt may mend.</summary>
/// <param name="message">What happened.</param>
/// <param name="wait">How long the hub asks to wait.</param>
/// <param name="inner">What it came from.</param>
internal sealed class TransientHubException(string message, TimeSpan? wait = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the hub asks to wait, if it does.</summary>
    public TimeSpan? Wait => wait;
}

/// <summary>What a server answered.</summary>
/// <param name="Message">The answer.</param>
/// <param name="ETag">The hub's own name for the content; null where only the storage behind it spoke, which has names of its own.</param>
internal sealed record HubAnswer(HttpResponseMessage Message, string? ETag) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Message.Dispose();
}

/// <summary>Asks the hub: tries again where that may help, follows redirects, and gives the token to the hub's own host alone.</summary>
internal sealed class HubConnection : IDisposable
{
    private const int Redirects = 10;

    // What the API says of the largest repositories is a few megabytes.
    private const int LongestAnswer = 64 << 20;

    private readonly HubSettings _settings;
    private readonly IHubObserver _observer;
    private readonly HttpClient _client;

    public HubConnection(HubSettings settings, IHubObserver observer)
    {
        (_settings, _observer) = (settings, observer);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = settings.Silence };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ResearchKit", "1.0"));
    }

    /// <summary>Which commit a revision is at, and the names of the files it has.</summary>
    public Task<(string Commit, IReadOnlyList<string> Files)> Describe(HubName name, CancellationToken stop) => Retried($"{name}", async () =>
    {
        var uri = new Uri($"{_settings.Endpoint}/api/models/{name.Repository}/revision/{Uri.EscapeDataString(name.Revision)}");
        using var answer = await Send(HttpMethod.Get, uri, r => Refusal(r, name, null), null, stop).ConfigureAwait(false);
        try
        {
            var json = JsonNode.Parse(await ReadAll(answer.Message, stop).ConfigureAwait(false)) as JsonObject;
            if (json?["sha"]?.GetValue<string>() is { } commit && HubName.IsCommitId(commit) && json["siblings"] is JsonArray siblings)
                return (commit, (IReadOnlyList<string>)[.. siblings.Select(s => s!["rfilename"]!.GetValue<string>())]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            throw NoHub(uri, e);
        }
        throw NoHub(uri, null);
    }, stop);

    /// <summary>The content's name and size of a file.</summary>
    public Task<HubFile> Describe(HubName name, string commit, string file, CancellationToken stop) => Retried(file, async () =>
    {
        var uri = FileUri(name, commit, file);
        using var answer = await Send(HttpMethod.Head, uri, r => Refusal(r, name, file), null, stop).ConfigureAwait(false);
        var response = answer.Message;
        var etag = answer.ETag ?? throw NoHub(uri, null);
        if (!HubFile.IsFileName(etag)) throw new KitException(
            $"{uri} answers with the ETag '{etag}', which is none of a hub's. Check HF_ENDPOINT.");
        long? size = long.TryParse(Header(response, "X-Linked-Size"), out long linked) ? linked
            : IsRedirect(response) ? null : response.Content.Headers.ContentLength;
        return new HubFile(file, etag, size);
    }, stop);

    /// <summary>Begins to fetch a file from a byte on.</summary>
    /// <returns>The answer, whose status says whether it begins there or at the start.</returns>
    public Task<HubAnswer> Fetch(HubName name, string commit, HubFile file, long from, EntityTagHeaderValue? unchanged, CancellationToken stop) =>
        Send(HttpMethod.Get, FileUri(name, commit, file.Name), r => Refusal(r, name, file.Name), From(from, unchanged), stop);

    /// <summary>Begins to fetch from an address of whatever server.</summary>
    public Task<HubAnswer> Fetch(Uri uri, long from, EntityTagHeaderValue? unchanged, CancellationToken stop) =>
        Send(HttpMethod.Get, uri, r => Refusal(r, uri), From(from, unchanged), stop);

    /// <summary>Asks until there is an answer, an error that stays, or no more patience.</summary>
    public async Task<T> Retried<T>(string what, Func<Task<T>> ask, CancellationToken stop, Func<bool>? progressed = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (TransientHubException e)
            {
                if (progressed?.Invoke() ?? false) attempt = 1;
                var wait = e.Wait ?? _settings.FirstWait * Math.Pow(2, attempt - 1);
                if (attempt >= _settings.Attempts)
                    throw new KitException(
                        $"{what} could not be fetched in {attempt} attempts: {e.Message}. What has arrived is kept; the same "
                        + "command goes on from there.", e);
                if (wait > _settings.LongestWait)
                    throw new KitException(
                        $"{what} could not be fetched: {e.Message}, and asks to wait {wait.TotalSeconds:F0} seconds. Start "
                        + "the same command again after that; a token (HF_TOKEN) raises the limit.", e);
                _observer.Say($"{what}: {e.Message}; trying again in {wait.TotalSeconds:0.#} s");
                await Task.Delay(wait, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Runs a network operation; one that says nothing for too long, or breaks, may be tried again.</summary>
    public async Task<T> Patiently<T>(Func<CancellationToken, Task<T>> operation, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(_settings.Silence);
        try
        {
            return await operation(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new TransientHubException($"the connection brought nothing for {_settings.Silence.TotalSeconds:0.#} s", null, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new TransientHubException(Reason(e), null, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Sends a request and follows where it leads; HEAD stops at the door of another host, for the hub has said all it
    /// knows by then.</summary>
    private async Task<HubAnswer> Send(
        HttpMethod method, Uri uri, Func<HttpResponseMessage, Exception> refusal, Action<HttpRequestMessage>? prepare, CancellationToken stop)
    {
        string? etag = null;
        for (int hop = 0; hop <= Redirects; hop++)
        {
            using var request = new HttpRequestMessage(method, uri);
            prepare?.Invoke(request);
            bool home = IsHome(uri);
            if (home && _settings.Token is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var response = await Patiently(s => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, s), stop).ConfigureAwait(false);
            if (home) etag = Unquoted(Header(response, "X-Linked-Etag")) ?? etag ?? Unquoted(Header(response, "ETag"));
            if (IsRedirect(response) && response.Headers.Location is { } location)
            {
                var next = new Uri(uri, location);
                if (method == HttpMethod.Head && !IsHome(next)) return new(response, etag);
                response.Dispose();
                if (next.Scheme != Uri.UriSchemeHttps && (next.Scheme != Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
                    throw new KitException(
                        $"{uri} leads to {next}, which is not a safe address. Nothing was fetched from there; check "
                        + "HF_ENDPOINT.");
                uri = next;
                continue;
            }
            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                return new(response, etag);
            using (response) throw refusal(response);
        }
        throw new KitException($"The hub leads from one address to the next, {Redirects} times, the last being {uri}. Check HF_ENDPOINT.");
    }

    private static Action<HttpRequestMessage> From(long from, EntityTagHeaderValue? unchanged) => request =>
    {
        if (from == 0) return;
        request.Headers.Range = new RangeHeaderValue(from, null);
        if (unchanged is { IsWeak: false }) request.Headers.IfRange = new RangeConditionHeaderValue(unchanged);
    };

    private static Exception Refusal(HttpResponseMessage response, Uri uri) => (int)response.StatusCode is 408 or 429 or >= 500
        ? new TransientHubException($"{uri.Host} answers {(int)response.StatusCode} ({response.ReasonPhrase})", RetryAfter(response))
        : new KitException($"{uri.Host} answers {(int)response.StatusCode} ({response.ReasonPhrase}) for {uri}.");

    private Exception Refusal(HttpResponseMessage response, HubName name, string? file)
    {
        var code = Header(response, "X-Error-Code");
        bool known = _settings.Token is not null;
        switch ((int)response.StatusCode)
        {
            case 401 when known:
                return new KitException(
                    $"The hub refuses your token for {name}. Make a new one at {_settings.Endpoint}/settings/tokens and set "
                    + "HF_TOKEN to it; or is the name mistyped?");
            case 401:
                return new KitException(
                    $"The hub shows {name} to nobody without a token: it does not exist, is private, or is gated. Check the "
                    + $"name; where it is right, set HF_TOKEN to a token from {_settings.Endpoint}/settings/tokens.");
            case 403 when code is "GatedRepo" || !known:
                return new KitException(
                    $"{name} is gated. Accept its terms at {_settings.Endpoint}/{name.Repository} with your account, and set "
                    + "HF_TOKEN to a token of that account.");
            case 403:
                return new KitException(
                    $"Your token may not read {name}. Give it read access to this model at "
                    + $"{_settings.Endpoint}/settings/tokens.");
            case 404 when code is "RevisionNotFound":
                return new KitException(
                    $"{name.Repository} has no revision '{name.Revision}'. Its branches and tags are listed at "
                    + $"{_settings.Endpoint}/{name.Repository}/tree/main.");
            case 404 when file is not null:
                return new KitException(
                    $"{name} has no file {file}, though the hub lists it. Try again later; the repository may be changing.");
            case 404:
                return new KitException(
                    $"There is no model {name} at {_settings.Endpoint}. Look for its name there; models of an organisation "
                    + "are OWNER/NAME.");
            case 408 or 429 or >= 500:
                return new TransientHubException($"the hub answers {(int)response.StatusCode} ({response.ReasonPhrase})", RetryAfter(response));
            default:
                return new KitException(
                    $"The hub answers {(int)response.StatusCode} ({response.ReasonPhrase}) for {file ?? $"{name}"}: "
                    + $"{Header(response, "X-Error-Message") ?? "it gives no reason"}.");
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow is { Ticks: > 0 } wait ? wait : TimeSpan.Zero,
        _ => null,
    };

    private Uri FileUri(HubName name, string commit, string file) =>
        new($"{_settings.Endpoint}/{name.Repository}/resolve/{commit}/{Uri.EscapeDataString(file)}");

    // Scheme, host and port: another port may be another's server.
    private bool IsHome(Uri uri) => new Uri(_settings.Endpoint) is var home && uri.Scheme == home.Scheme && uri.Authority == home.Authority;

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static string? Unquoted(string? etag) =>
        string.IsNullOrEmpty(etag) ? null : (etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"');

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private static KitException NoHub(Uri uri, Exception? inner)
    {
        var message = $"{uri} does not answer as a model hub does. Check HF_ENDPOINT, and whether a proxy or a login page stands between.";
        return inner is null ? new KitException(message) : new KitException(message, inner);
    }

    private Task<byte[]> ReadAll(HttpResponseMessage response, CancellationToken stop) => Patiently(async s =>
    {
        await using var stream = await response.Content.ReadAsStreamAsync(s).ConfigureAwait(false);
        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await stream.ReadAsync(buffer, s).ConfigureAwait(false) is > 0 and var read)
        {
            if (content.Length + read > LongestAnswer) throw NoHub(response.RequestMessage!.RequestUri!, null);
            content.Write(buffer, 0, read);
        }
        return content.ToArray();
    }, stop);

    private static string Reason(Exception e) => e switch
    {
        HttpRequestException { InnerException: SocketException s } => $"no connection ({s.Message})",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            "no secure connection (is the clock right, and is there a proxy?)",
        _ => "the connection broke",
    };
}
