using System.CommandLine;
using System.Text;

namespace ResearchKit.Tests.Cli;

/// <summary>The command line as text: every command, argument and option with what it takes and its default.</summary>
internal static class Surface
{
    public static string Of(Command root)
    {
        var text = new StringBuilder();
        Write(text, root, "kit");
        return text.ToString();
    }

    private static void Write(StringBuilder text, Command command, string path)
    {
        text.Append(path).Append('\n').Append("    ").Append(command.Description).Append('\n');
        foreach (var argument in command.Arguments)
            text.Append($"  <{argument.Name}> {Kind(argument.ValueType)} × {Count(argument.Arity)}: {argument.Description}\n");
        foreach (var option in command.Options.OrderBy(o => o.Name, StringComparer.Ordinal))
        {
            var names = string.Join(", ", option.Aliases.Order(StringComparer.Ordinal).Prepend(option.Name));
            var takes = option.ValueType == typeof(bool) || option.ValueType == typeof(void) ? "" : $" {option.HelpName} {Kind(option.ValueType)}";
            var marks = (option.Required ? " required" : "") + (option.Recursive ? " everywhere" : "")
                + (option.HasDefaultValue && takes.Length > 0 ? $" = {option.GetDefaultValue()}" : "");
            text.Append($"  {names}{takes}{marks}: {option.Description}\n");
        }
        foreach (var child in command.Subcommands) Write(text.Append('\n'), child, $"{path} {child.Name}");
    }

    private static string Kind(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? $"{inner.Name}?" : type.Name;

    private static string Count(ArgumentArity arity) =>
        arity.MinimumNumberOfValues == arity.MaximumNumberOfValues ? $"{arity.MinimumNumberOfValues}" : $"{arity.MinimumNumberOfValues}+";
}
