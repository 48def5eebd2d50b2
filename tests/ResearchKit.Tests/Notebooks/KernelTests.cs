using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Jupyter;

namespace ResearchKit.Tests.Notebooks;

/// <summary>A conversation with the kernel, as a Jupyter client leads it.</summary>
public sealed class KernelTests : IAsyncLifetime
{
    private readonly JupyterKernel _kernel = new(new() { Key = "secret" });
    private readonly JupyterCodec _codec = new("secret");
    private Peer _shell = null!, _control = null!, _iopub = null!, _stdin = null!;

    public async Task InitializeAsync()
    {
        _shell = await Peer.Connect(_kernel.Ports.Shell, "DEALER", "client");
        _stdin = await Peer.Connect(_kernel.Ports.Stdin, "DEALER", "client");
        _control = await Peer.Connect(_kernel.Ports.Control, "DEALER");
        _iopub = await Peer.Connect(_kernel.Ports.Iopub, "SUB");
        _iopub.Connection.Send([new byte[] { 1 }]);
        do
        {
            Assert.Equal("ok", (string?)(await Ask("kernel_info_request", [])).Content["status"]); // until the subscription has arrived
        } while (!_iopub.HasData);
    }

    public async Task DisposeAsync()
    {
        await _kernel.DisposeAsync();
        foreach (var peer in new[] { _shell, _control, _iopub, _stdin }) peer.Dispose();
    }

    [Fact]
    public async Task CellsRunAndEveryClientHearsWhatTheyShow()
    {
        var (reply, heard) = await Execute("var d = \"one\".Display();\nConsole.WriteLine(\"printed\");\nd.Update(\"two\");\n\"value\"");
        Assert.Equal(("ok", 1), ((string?)reply["status"], (int?)reply["execution_count"]));
        Assert.Equal(["status", "execute_input", "display_data", "stream", "update_display_data", "execute_result", "status"], heard.Select(message => message.Type));
        Assert.Equal("busy", (string?)heard[0].Content["execution_state"]);
        Assert.Equal("idle", (string?)heard[^1].Content["execution_state"]);
        Assert.Equal("value", (string?)heard[5].Content["data"]!["text/plain"]);
        Assert.Equal((string?)heard[2].Content["transient"]!["display_id"], (string?)heard[4].Content["transient"]!["display_id"]);

        (reply, heard) = await Execute("int x = 3;\nthrow new InvalidOperationException(\"boom\");");
        Assert.Equal(("error", "System.InvalidOperationException", 2), ((string?)reply["status"], (string?)reply["ename"], (int?)reply["execution_count"]));
        Assert.Contains("cell [2], line 2", (string?)heard.Single(message => message.Type == "error").Content["traceback"]![1]);

        (reply, heard) = await Execute("x", new() { ["silent"] = true });
        Assert.Equal(2, (int?)reply["execution_count"]);
        Assert.Equal(["status", "status"], heard.Select(message => message.Type));
    }

    [Fact]
    public async Task AnInterruptStopsTheCellAndWhatWaitedIsNotRun()
    {
        Assert.Equal("ok", (string?)(await Execute("int x = 5;")).Reply["status"]);
        Send(_shell, "execute_request", new() { ["code"] = "Console.Write(1); while (true) System.Threading.Thread.Sleep(1);" });
        Send(_shell, "execute_request", new() { ["code"] = "x = 6;" });
        await Heard("stream");
        Send(_control, "interrupt_request", []);
        Assert.Equal("interrupt_reply", (await Read(_control)).Type);
        Assert.Equal("Interrupted", (string?)(await Read(_shell)).Content["ename"]);
        Assert.Equal("aborted", (string?)(await Read(_shell)).Content["status"]);
        var (_, heard) = await Execute("$\"{x}\"");
        Assert.Equal("5", (string?)heard.Last(message => message.Type == "execute_result").Content["data"]!["text/plain"]);
    }

    [Fact]
    public async Task NamesAreCompletedAndExplained()
    {
        await Execute($"#r \"{typeof(KitException).Assembly.Location}\"\nint Twice(int v) => v * 2;\nvar text = \"t\";");
        Assert.Equal(["Twice"], await Complete("1 + Twi"));
        Assert.Contains("Length", await Complete("text.Le"));
        Assert.Contains("ToUpperInvariant", await Complete("text.toupper"));
        Assert.DoesNotContain("IsNullOrEmpty", await Complete("text.IsNull"));
        Assert.Contains("IsNullOrEmpty", await Complete("string.IsNull"));
        Assert.Contains("Losses", await Complete("ResearchKit.Lo"));
        Assert.Contains("foreach", await Complete("fore"));
        var content = (await Ask("complete_request", new() { ["code"] = "\"🎉\".Le", ["cursor_pos"] = 6 })).Content;
        Assert.Equal((4, 6), ((int)content["cursor_start"]!, (int)content["cursor_end"]!));

        content = (await Ask("inspect_request", new() { ["code"] = "ResearchKit.Nearest.To", ["cursor_pos"] = 22 })).Content;
        Assert.Contains("Finds the name that a mistyped one most likely meant", (string?)(await Ask("inspect_request", new() { ["code"] = "ResearchKit.Nearest", ["cursor_pos"] = 15 })).Content["data"]!["text/plain"]);
        Assert.StartsWith("string? Nearest.To(string name", (string?)content["data"]!["text/plain"]);
        Assert.False((bool)(await Ask("inspect_request", new() { ["code"] = "nothing", ["cursor_pos"] = 3 })).Content["found"]!);
        foreach (var (code, status) in new[] { ("1 + 1", "complete"), ("if (true) {", "incomplete"), ("int x = ;", "invalid") })
            Assert.Equal(status, (string?)(await Ask("is_complete_request", new() { ["code"] = code })).Content["status"]);
    }

    [Fact]
    public async Task ACellMayAskItsUser()
    {
        Send(_shell, "execute_request", new() { ["code"] = "Console.ReadLine()", ["allow_stdin"] = true });
        Assert.Equal("input_request", (await Read(_stdin)).Type);
        Send(_stdin, "input_reply", new() { ["value"] = "typed" });
        await Read(_shell);
        Assert.Equal("typed", (string?)(await Heard("execute_result")).Content["data"]!["text/plain"]);
    }

    [Fact]
    public async Task AnUnsignedRequestIsNotAnsweredAndAShutdownIs()
    {
        _control.Connection.Send(new JupyterCodec("other").Encode("shutdown_request", new() { ["restart"] = false }, null));
        Send(_control, "kernel_info_request", []);
        Assert.Equal("C#", (string?)(await Read(_control)).Content["language_info"]!["name"]);
        Send(_control, "shutdown_request", new() { ["restart"] = true });
        Assert.True((bool)(await Read(_control)).Content["restart"]!);
        await _kernel.Ended.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void TheKernelIsInstalledOnceMoreButNotOverAnothers()
    {
        using var book = new Book();
        var folder = KernelSpec.Install(book.Folder);
        Assert.Equal(folder, KernelSpec.Install(book.Folder));
        var file = Path.Combine(folder, "kernel.json");
        var spec = JsonNode.Parse(File.ReadAllText(file))!;
        Assert.EndsWith("kernels/.net-csharp", folder.Replace('\\', '/'));
        Assert.Equal(["notebook", "kernel", "{connection_file}"], spec["argv"]!.AsArray().Skip(spec["argv"]!.AsArray().Count - 3).Select(part => (string?)part));
        File.WriteAllText(file, "{\"argv\":[\"dotnet\",\"interactive\"]}");
        Assert.Contains("another program's kernel", Assert.Throws<KitException>(() => KernelSpec.Install(book.Folder)).Message);
    }

    private void Send(Peer peer, string type, JsonObject content) => peer.Connection.Send(_codec.Encode(type, content, null));

    private async Task<JupyterMessage> Read(Peer peer) => _codec.Decode(await peer.Receive())!;

    private async Task<JupyterMessage> Ask(string type, JsonObject content)
    {
        Send(_shell, type, content);
        return await Read(_shell);
    }

    private async Task<JupyterMessage> Heard(string type)
    {
        JupyterMessage message;
        do message = await Read(_iopub); while (message.Type != type);
        return message;
    }

    private async Task<(JsonObject Reply, List<JupyterMessage> Heard)> Execute(string code, JsonObject? more = null)
    {
        var content = more ?? [];
        content["code"] = code;
        var request = _codec.Encode("execute_request", content, null);
        var id = (string?)_codec.Decode(request)!.Header["msg_id"];
        _shell.Connection.Send(request);
        var heard = new List<JupyterMessage>();
        while (heard.Count == 0 || (string?)heard[^1].Content["execution_state"] != "idle")
            if (await Read(_iopub) is var message && (string?)message.Parent["msg_id"] == id) heard.Add(message);
        return ((await Read(_shell)).Content, heard);
    }

    private async Task<IReadOnlyList<string>> Complete(string code) =>
        [.. (await Ask("complete_request", new() { ["code"] = code, ["cursor_pos"] = code.Length })).Content["matches"]!.AsArray().Select(match => (string)match!)];
}
