namespace ResearchKit.Text;

/// <summary>
/// What <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> say of a tokenizer beyond its vocabulary: which tokens have which
/// role, and the switches of the classes of <c>transformers</c>.
/// </summary>
internal sealed class TokenizerConfig
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _flags = new(StringComparer.Ordinal);

    private TokenizerConfig()
    {
    }

    /// <summary>One that says nothing.</summary>
    public static TokenizerConfig None { get; } = new();

    /// <summary>The token of a role (<c>pad_token</c>), or the class's name (<c>tokenizer_class</c>), or null.</summary>
    public string? this[string name] => _texts.GetValueOrDefault(name);

    /// <summary>A switch, or the value it has where nothing is said.</summary>
    public bool Flag(string name, bool otherwise) => _flags.TryGetValue(name, out bool value) ? value : otherwise;

    /// <summary>A switch, or null where nothing is said.</summary>
    public bool? FlagOrNull(string name) => _flags.TryGetValue(name, out bool value) ? value : null;

    /// <summary>Reads what stands beside a file; <c>tokenizer_config.json</c> goes before <c>special_tokens_map.json</c>.</summary>
    /// <exception cref="KitException">One of them is damaged.</exception>
    public static TokenizerConfig Beside(string file)
    {
        var config = new TokenizerConfig();
        foreach (string name in new[] { "tokenizer_config.json", "special_tokens_map.json" })
        {
            string path = Path.Combine(TokenizerFile.FolderOf(file), name);
            if (File.Exists(path))
                TokenizerFile.Parse(TokenizerFile.Bytes(path), path, config.Take);
        }
        return config;
    }

    private bool Take(JsonPart root)
    {
        foreach (var (name, value) in root.Members())
        {
            if (value.IsFlag)
                _flags.TryAdd(name, value.Flag(false));
            else if (value.IsText)
                _texts.TryAdd(name, value.Text());
            else if (value.IsObject && name.EndsWith("_token", StringComparison.Ordinal))
                _texts.TryAdd(name, value["content"].Text());
        }
        return true;
    }
}
