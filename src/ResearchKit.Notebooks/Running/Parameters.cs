using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Running;

/// <summary>
/// The variables of a notebook that may be set from outside: those that the cell with the tag <c>parameters</c> declares. New values stand in
/// a cell of their own right behind it, tagged <c>injected-parameters</c>, as papermill does it.
/// </summary>
internal static class Parameters
{
    public const string Tag = "parameters";
    public const string InjectedTag = "injected-parameters";

    /// <summary>Splits <c>name=value</c>.</summary>
    /// <exception cref="KitException">There is no <c>=</c>, or nothing before it.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(IEnumerable<string> settings) => [.. settings.Select(setting =>
    {
        int equals = setting.IndexOf('=');
        if (equals < 1) throw new KitException($"--set {setting} sets nothing; expected NAME=VALUE, such as --set steps=100.");
        return KeyValuePair.Create(setting[..equals].Trim(), setting[(equals + 1)..]);
    })];

    /// <summary>The index of the cell with the parameters, once every name is known to be one of them.</summary>
    /// <exception cref="KitException">There is no such cell, or it does not declare a name.</exception>
    public static int Find(Notebook notebook, string path, IEnumerable<string> names)
    {
        int index = notebook.Cells.ToList().FindIndex(cell => cell.IsCode && cell.Tags.Contains(Tag));
        if (index < 0) throw new KitException($"{path} has no cell with the tag '{Tag}', so nothing can be set in it. Tag the cell that declares its settings.");
        var declared = Declared(notebook.Cells[index].Source);
        foreach (var name in names.Where(name => !declared.Contains(name)))
            throw new KitException($"{path} has no parameter '{name}'.{(Nearest.To(name, declared) is { } near ? $" Did you mean '{near}'?" : "")} It has {string.Join(", ", declared)}.");
        return index;
    }

    /// <summary>The variables that a cell declares and that can be given another value.</summary>
    public static IReadOnlyList<string> Declared(string source)
    {
        var root = (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script)).GetRoot();
        return [.. root.Members.OfType<FieldDeclarationSyntax>().Where(field => !field.Modifiers.Any(SyntaxKind.ConstKeyword) && !field.Modifiers.Any(SyntaxKind.ReadOnlyKeyword))
            .SelectMany(field => field.Declaration.Variables).Select(variable => variable.Identifier.ValueText)];
    }

    /// <summary>The cell that sets the values.</summary>
    /// <param name="settings">Names and values as text.</param>
    /// <param name="typeOf">The type a variable was declared with.</param>
    /// <exception cref="KitException">A value is none of its variable's type, or the type has no values that can be written down.</exception>
    public static NotebookCell Cell(IEnumerable<KeyValuePair<string, string>> settings, Func<string, Type> typeOf) =>
        NotebookCell.Code(InjectedTag, string.Join('\n', settings.Select(setting => $"{setting.Key} = {Literal(setting.Key, setting.Value, typeOf(setting.Key))};").Prepend("// given with --set")), InjectedTag);

    private static string Literal(string name, string value, Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return value == "null" ? "null" : Literal(name, value, inner);
        var plain = CultureInfo.InvariantCulture;
        var literal = type switch
        {
            _ when type == typeof(string) => SymbolDisplay.FormatLiteral(value, quote: true),
            _ when type == typeof(bool) => bool.TryParse(value, out bool flag) ? flag ? "true" : "false" : null,
            _ when type == typeof(int) => int.TryParse(value, NumberStyles.AllowLeadingSign, plain, out int whole) ? whole.ToString(plain) : null,
            _ when type == typeof(long) => long.TryParse(value, NumberStyles.AllowLeadingSign, plain, out long whole) ? $"{whole.ToString(plain)}L" : null,
            _ when type == typeof(ulong) => ulong.TryParse(value, NumberStyles.None, plain, out ulong whole) ? $"{whole.ToString(plain)}UL" : null,
            _ when type == typeof(double) => double.TryParse(value, NumberStyles.Float, plain, out double real) && double.IsFinite(real) ? $"{real.ToString("R", plain)}d" : null,
            _ when type == typeof(float) => float.TryParse(value, NumberStyles.Float, plain, out float real) && float.IsFinite(real) ? $"{real.ToString("R", plain)}f" : null,
            _ when type == typeof(decimal) => decimal.TryParse(value, NumberStyles.Float, plain, out decimal real) ? $"{real.ToString(plain)}m" : null,
            { IsEnum: true } => Enum.GetNames(type).FirstOrDefault(member => member.Equals(value, StringComparison.OrdinalIgnoreCase)) is { } member ? $"{type.FullName!.Split('+')[^1]}.{member}" : null,
            _ => throw new KitException($"--set {name}: a {type.Name} cannot be written on a command line. Change the value in the notebook's cell."),
        };
        var expected = type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}" : $"a {type.Name}";
        return literal ?? throw new KitException($"--set {name}={value}: '{value}' is not {expected}, which '{name}' was declared as. Give {expected}.");
    }
}
