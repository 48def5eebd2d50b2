using System.Globalization;
using System.Text;
using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Notebooks.Formatting;

/// <summary>A module as the tree of its parts with what each weighs.</summary>
internal static class ModuleText
{
    private const int ShownLines = 60;

    public static string Of(nn.Module module)
    {
        var lines = new List<string>();
        Walk(module, module is LanguageModel model ? model.Config.ModelType : null, 0, lines);
        var text = new StringBuilder();
        foreach (var line in lines.Take(ShownLines)) text.AppendLine(line);
        if (lines.Count > ShownLines) text.AppendLine(CultureInfo.InvariantCulture, $"… and {lines.Count - ShownLines} parts more");
        return text.ToString().TrimEnd();
    }

    private static void Walk(nn.Module module, string? name, int depth, List<string> lines)
    {
        var parameters = module.parameters().ToList();
        long trained = parameters.Where(p => p.requires_grad).Sum(p => p.numel()), all = parameters.Sum(p => p.numel());
        lines.Add($"{new string(' ', 2 * depth)}{(name is null ? "" : $"{name}: ")}{module.GetType().Name}, {all.ToString("N0", CultureInfo.InvariantCulture)} parameters"
            + (trained == all ? "" : $", {trained.ToString("N0", CultureInfo.InvariantCulture)} of them trained"));
        foreach (var (child, part) in module.named_children()) Walk(part, child, depth + 1, lines);
    }
}
