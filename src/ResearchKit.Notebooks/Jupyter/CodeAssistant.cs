using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Notebooks.Jupyter;

/// <summary>Completion and inspection of a cell that is being written, by what the compiler knows of it and of the cells before.</summary>
internal sealed class CodeAssistant(ScriptSession session)
{
    private static readonly string[] Keywords = [.. SyntaxFacts.GetKeywordKinds().Select(SyntaxFacts.GetText), "var", "await", "async", "record", "nameof"];

    /// <summary>The names that could stand at the cursor.</summary>
    public JsonObject Complete(string code, int cursor)
    {
        int position = Utf16(code, cursor);
        int start = position;
        while (start > 0 && SyntaxFacts.IsIdentifierPartCharacter(code[start - 1])) start--;
        var prefix = code[start..position];
        var (tree, model) = Read(code);
        var left = start > 0 ? tree.GetRoot().FindToken(start - 1) : default;
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (left.IsKind(SyntaxKind.DotToken) && Container(model, left) is { Symbol: var container, Static: var isStatic })
        {
            if (container is not null)
                foreach (var symbol in model.LookupSymbols(start, container, includeReducedExtensionMethods: true))
                    if (container is INamespaceSymbol || symbol is INamedTypeSymbol == isStatic && symbol is INamedTypeSymbol || symbol.IsStatic == isStatic && symbol is not INamedTypeSymbol)
                        names.Add(symbol.Name);
        }
        else
        {
            foreach (var symbol in model.LookupSymbols(start)) names.Add(symbol.Name);
            names.UnionWith(Keywords);
        }
        var matches = names.Where(name => name.Length > 0 && SyntaxFacts.IsIdentifierStartCharacter(name[0]) && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(name => name.StartsWith(prefix, StringComparison.Ordinal) ? 0 : 1).ThenBy(name => name, StringComparer.OrdinalIgnoreCase);
        return new()
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. matches.Select(name => JsonValue.Create(name))]),
            ["cursor_start"] = cursor - prefix.EnumerateRunes().Count(),
            ["cursor_end"] = cursor,
            ["metadata"] = new JsonObject(),
        };
    }

    /// <summary>What stands at the cursor: its declaration and its documentation.</summary>
    public JsonObject Inspect(string code, int cursor)
    {
        int position = Utf16(code, cursor);
        while (position > 0 && (position == code.Length || !SyntaxFacts.IsIdentifierPartCharacter(code[position]))) position--;
        var (tree, model) = Read(code);
        var node = code.Length == 0 ? null : tree.GetRoot().FindToken(position).Parent;
        var symbol = node is null ? null : model.GetSymbolInfo(node) is var found && found.Symbol is { } one ? one : found.CandidateSymbols.FirstOrDefault() ?? model.GetDeclaredSymbol(node);
        var data = new JsonObject();
        if (symbol is not null) data["text/plain"] = Describe(symbol);
        return new() { ["status"] = "ok", ["found"] = symbol is not null, ["data"] = data, ["metadata"] = new JsonObject() };
    }

    /// <summary>Whether a cell can run as it is, or wants more lines.</summary>
    public static JsonObject IsComplete(string code)
    {
        var text = string.Join('\n', code.Split('\n').Where(line => !line.StartsWith("#!", StringComparison.Ordinal)));
        var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script));
        if (!SyntaxFactory.IsCompleteSubmission(tree)) return new() { ["status"] = "incomplete", ["indent"] = "" };
        return new() { ["status"] = tree.GetDiagnostics().Any(found => found.Severity == DiagnosticSeverity.Error) ? "invalid" : "complete" };
    }

    private (SyntaxTree Tree, SemanticModel Model) Read(string code)
    {
        var script = session.Script is { } before ? before.ContinueWith(code, session.Options) : CSharpScript.Create(code, session.Options);
        var compilation = script.GetCompilation();
        var tree = compilation.SyntaxTrees.Single();
        return (tree, compilation.GetSemanticModel(tree));
    }

    /// <summary>What stands left of a dot, and whether it is a type or a namespace rather than a value.</summary>
    private static (INamespaceOrTypeSymbol? Symbol, bool Static) Container(SemanticModel model, SyntaxToken dot)
    {
        ExpressionSyntax? left = dot.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression,
            QualifiedNameSyntax name => name.Left,
            MemberBindingExpressionSyntax { Parent: ConditionalAccessExpressionSyntax access } => access.Expression,
            _ => null,
        };
        if (left is null) return (null, false);
        if (model.GetSymbolInfo(left).Symbol is INamespaceOrTypeSymbol named) return (named, true);
        return (model.GetTypeInfo(left).Type, false);
    }

    private static string Describe(ISymbol symbol)
    {
        var declaration = symbol.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat.WithMemberOptions(
            SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeContainingType));
        var xml = symbol.GetDocumentationCommentXml();
        if (string.IsNullOrWhiteSpace(xml)) return declaration;
        try
        {
            var told = XElement.Parse($"<doc>{xml}</doc>").Descendants("summary").FirstOrDefault();
            return told is null ? declaration : $"{declaration}\n\n{Plain(told)}";
        }
        catch (System.Xml.XmlException)
        {
            return declaration;
        }
    }

    private static string Plain(XElement element)
    {
        var words = element.Nodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement inner => (string?)inner.Attribute("cref") is { } name ? name[(name.LastIndexOf('.') + 1)..] : (string?)inner.Attribute("langword") ?? (string?)inner.Attribute("name") ?? Plain(inner),
            _ => "",
        });
        return string.Join(' ', string.Concat(words).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Jupyter counts characters, .NET their UTF-16 units.</summary>
    private static int Utf16(string code, int cursor) => code.EnumerateRunes().Take(cursor).Sum(rune => rune.Utf16SequenceLength);
}
