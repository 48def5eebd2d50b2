using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResearchKit.Notebooks.Jupyter;

/// <summary>Where a Jupyter client expects its kernel: the content of a connection file.</summary>
public sealed record ConnectionInfo
{
    /// <summary><c>tcp</c>, the one transport the kit speaks.</summary>
    [JsonPropertyName("transport")]
    public string Transport { get; init; } = "tcp";

    /// <summary>The address to listen on.</summary>
    [JsonPropertyName("ip")]
    public string Ip { get; init; } = "127.0.0.1";

    /// <summary>Requests, answered in turn.</summary>
    [JsonPropertyName("shell_port")]
    public int ShellPort { get; init; }

    /// <summary>Requests that do not wait: interrupt, shutdown.</summary>
    [JsonPropertyName("control_port")]
    public int ControlPort { get; init; }

    /// <summary>What cells print and show, for everyone.</summary>
    [JsonPropertyName("iopub_port")]
    public int IopubPort { get; init; }

    /// <summary>Questions of a cell to its user.</summary>
    [JsonPropertyName("stdin_port")]
    public int StdinPort { get; init; }

    /// <summary>Echo, to see whether the kernel lives.</summary>
    [JsonPropertyName("hb_port")]
    public int HeartbeatPort { get; init; }

    /// <summary>The key that messages are signed with; empty for none.</summary>
    [JsonPropertyName("key")]
    public string Key { get; init; } = "";

    /// <summary>How they are signed; <c>hmac-sha256</c>.</summary>
    [JsonPropertyName("signature_scheme")]
    public string SignatureScheme { get; init; } = "hmac-sha256";

    /// <summary>Reads a connection file.</summary>
    /// <exception cref="KitException">It is missing or no connection file, or asks for a transport or a signature that the kit does not speak.</exception>
    public static ConnectionInfo Load(string path)
    {
        if (!File.Exists(path)) throw new KitException($"There is no connection file {path}. Jupyter writes one and starts this command; to install the kernel: ./kit notebook install-kernel");
        ConnectionInfo? info;
        try
        {
            info = JsonSerializer.Deserialize<ConnectionInfo>(File.ReadAllText(path));
        }
        catch (JsonException e)
        {
            throw new KitException($"{path} is no connection file of Jupyter: {e.Message}", e);
        }
        if (info is null || info.ShellPort == 0) throw new KitException($"{path} is no connection file of Jupyter: it has no shell_port.");
        if (info.Transport != "tcp") throw new KitException($"{path} asks for the transport '{info.Transport}', but the kit's kernel speaks tcp alone. Start the client with transport tcp (it is the default: KernelManager.transport).");
        if (info.SignatureScheme != "hmac-sha256") throw new KitException($"{path} asks for signatures by '{info.SignatureScheme}', expected hmac-sha256.");
        return info;
    }
}
