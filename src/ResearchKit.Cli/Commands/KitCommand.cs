using System.CommandLine;

namespace ResearchKit.Cli.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class KitCommand(string name, string description, string examples) : Command(name, description)
{
    /// <summary>Lines to type, or text to write, as it stands.</summary>
    public string Examples => examples;
}
