using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Jupyter.Zmtp;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Notebooks.Jupyter;

/// <summary>
/// A session of C# cells as a kernel of Jupyter: requests come in on one socket in turn, interrupts and shutdown on another, and what cells print
/// and show goes out to every client on a third (https://jupyter-client.readthedocs.io/en/stable/messaging.html).
/// </summary>
public sealed class JupyterKernel : IAsyncDisposable
{
    private readonly ScriptSession _session = new(Directory.GetCurrentDirectory());
    private readonly CodeAssistant _assistant;
    private readonly JupyterCodec _codec;
    private readonly ZmtpSocket _shell, _control, _iopub, _stdin, _heartbeat;
    private readonly TaskCompletionSource _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;
    private int _count;
    private int _toAbort;

    /// <summary>Begins to serve.</summary>
    /// <exception cref="KitException">A port cannot be listened on.</exception>
    public JupyterKernel(ConnectionInfo info)
    {
        _codec = new(info.Key);
        _assistant = new(_session);
        _shell = new("ROUTER", info.Ip, info.ShellPort);
        _control = new("ROUTER", info.Ip, info.ControlPort);
        _iopub = new("PUB", info.Ip, info.IopubPort);
        _stdin = new("ROUTER", info.Ip, info.StdinPort);
        _heartbeat = new("REP", info.Ip, info.HeartbeatPort);
        Publish("status", new() { ["execution_state"] = "starting" }, null);
        _serving = Task.WhenAll(Serve(_shell), Serve(_control));
    }

    /// <summary>Where it listens: as asked, with the ports the system chose where 0 was asked for.</summary>
    internal (int Shell, int Control, int Iopub, int Stdin, int Heartbeat) Ports => (_shell.Port, _control.Port, _iopub.Port, _stdin.Port, _heartbeat.Port);

    /// <summary>Ends when a client has asked for the kernel's end.</summary>
    public Task Ended => _shutdown.Task;

    /// <summary>Serves as a connection file says, until a client asks for the end or the program that started the kernel is gone. SIGINT stops the cell that runs.</summary>
    public static void Serve(ConnectionInfo info)
    {
        var kernel = new JupyterKernel(info);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            kernel._session.Interrupt();
        });
        Task.WaitAny(kernel.Ended, Orphaned());
        kernel.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(2)); // a cell that still runs does not keep the process
    }

    /// <summary>Ends when the client's process, which says its number, does.</summary>
    private static async Task Orphaned()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), out int parent)) await Task.Delay(Timeout.Infinite);
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(2));
            try
            {
                Process.GetProcessById(parent).Dispose();
            }
            catch (ArgumentException)
            {
                return;
            }
        }
    }

    private async Task Serve(ZmtpSocket socket)
    {
        await foreach (var received in socket.Received.ReadAllAsync())
        {
            if (_codec.Decode(received.Message) is not { } request) continue; // not signed with our key: not for us
            Publish("status", new() { ["execution_state"] = "busy" }, request.Header);
            try
            {
                if (await Answer(request, received.From, socket) is { } reply)
                    received.From.Send(_codec.Encode(request.Type.Replace("_request", "_reply"), reply, request.Header));
            }
            catch (Exception e)
            {
                var (name, message) = (e.GetType().FullName!, e.Message);
                received.From.Send(_codec.Encode(request.Type.Replace("_request", "_reply"),
                    new() { ["status"] = "error", ["ename"] = name, ["evalue"] = message, ["traceback"] = new JsonArray($"{name}: {message}") }, request.Header));
            }
            Publish("status", new() { ["execution_state"] = "idle" }, request.Header);
            if (request.Type == "shutdown_request")
            {
                _shutdown.TrySetResult();
                return;
            }
        }
    }

    private async Task<JsonObject?> Answer(JupyterMessage request, ZmtpConnection client, ZmtpSocket socket)
    {
        bool abort = socket == _shell && _toAbort > 0;
        if (abort) _toAbort--;
        switch (request.Type)
        {
            case "execute_request":
                return abort ? new() { ["status"] = "aborted", ["execution_count"] = _count } : await Execute(request, client);
            case "kernel_info_request":
                return Info();
            case "complete_request":
                return _assistant.Complete((string)request.Content["code"]!, (int)request.Content["cursor_pos"]!);
            case "inspect_request":
                return _assistant.Inspect((string)request.Content["code"]!, (int)request.Content["cursor_pos"]!);
            case "is_complete_request":
                return CodeAssistant.IsComplete((string)request.Content["code"]!);
            case "history_request":
                return new() { ["status"] = "ok", ["history"] = new JsonArray() };
            case "comm_info_request":
                return new() { ["status"] = "ok", ["comms"] = new JsonObject() };
            case "interrupt_request":
                _session.Interrupt();
                return new() { ["status"] = "ok" };
            case "shutdown_request":
                _session.Interrupt();
                var restart = new JsonObject { ["status"] = "ok", ["restart"] = (bool?)request.Content["restart"] ?? false };
                Publish("shutdown_reply", (JsonObject)restart.DeepClone(), request.Header);
                return restart;
            default:
                return null; // what a later client may ask; it takes silence for "not known"
        }
    }

    private async Task<JsonObject> Execute(JupyterMessage request, ZmtpConnection client)
    {
        var code = (string)request.Content["code"]!;
        bool silent = (bool?)request.Content["silent"] ?? false;
        if (!silent)
        {
            if ((bool?)request.Content["store_history"] ?? true) _count++;
            Publish("execute_input", new() { ["code"] = code, ["execution_count"] = _count }, request.Header);
        }
        bool mayAsk = (bool?)request.Content["allow_stdin"] ?? false;
        ICellSink sink = silent ? new SilentSink() : new JupyterSink((type, content) => Publish(type, content, request.Header), _count, () => mayAsk ? Ask(request, client) : null);
        var error = await _session.Run(code, $"cell [{_count}]", sink);
        if (error is null) return new() { ["status"] = "ok", ["execution_count"] = _count, ["payload"] = new JsonArray(), ["user_expressions"] = new JsonObject() };

        var told = new JsonObject { ["ename"] = error.Name, ["evalue"] = error.Message, ["traceback"] = new JsonArray([.. error.Traceback.Select(line => JsonValue.Create(line))]) };
        if (!silent) Publish("error", (JsonObject)told.DeepClone(), request.Header);
        // What stands in line was sent in the hope that this would succeed.
        if ((bool?)request.Content["stop_on_error"] ?? true) _toAbort = _shell.Received.Count;
        told["status"] = "error";
        told["execution_count"] = _count;
        return told;
    }

    /// <summary>Asks the user for a line, on the socket that is there for it, and waits.</summary>
    private string? Ask(JupyterMessage request, ZmtpConnection client)
    {
        if (_stdin.Peer(client.Identity) is not { } user) return null;
        user.Send(_codec.Encode("input_request", new() { ["prompt"] = "", ["password"] = false }, request.Header));
        while (_stdin.Received.WaitToReadAsync().AsTask().Result)
            while (_stdin.Received.TryRead(out var received))
                if (_codec.Decode(received.Message) is { Type: "input_reply" } reply)
                    return (string?)reply.Content["value"];
        return null;
    }

    private static JsonObject Info() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = "5.3",
        ["implementation"] = "researchkit",
        ["implementation_version"] = "1.0",
        ["banner"] = $"ResearchKit, C# on .NET {Environment.Version}",
        ["help_links"] = new JsonArray(),
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
        },
    };

    private void Publish(string type, JsonObject content, JsonObject? parent) =>
        _iopub.Publish([Encoding.UTF8.GetBytes($"kernel.{type}"), .. _codec.Encode(type, content, parent)]);

    /// <summary>Stops serving; what was said is sent.</summary>
    public async ValueTask DisposeAsync()
    {
        _session.Interrupt();
        foreach (var socket in new[] { _shell, _control, _stdin, _heartbeat, _iopub }) await socket.DisposeAsync();
        await _serving;
        _session.Dispose();
    }
}
