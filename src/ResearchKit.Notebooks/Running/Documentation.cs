using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace ResearchKit.Notebooks.Running;

/// <summary>The documentation that stands in a file beside an assembly, read when it is first asked for.</summary>
internal sealed class Documentation(string file) : DocumentationProvider
{
    private readonly Lazy<Dictionary<string, string>> _members = new(() => Load(file));

    protected override string? GetDocumentationForSymbol(string documentationMemberID, CultureInfo preferredCulture, CancellationToken cancellationToken) =>
        _members.Value.GetValueOrDefault(documentationMemberID);

    private static Dictionary<string, string> Load(string file)
    {
        if (!File.Exists(file)) return [];
        try
        {
            return XDocument.Load(file).Descendants("member").Where(member => member.Attribute("name") is not null)
                .GroupBy(member => (string)member.Attribute("name")!).ToDictionary(group => group.Key, group => group.First().ToString());
        }
        catch (XmlException)
        {
            return []; // a damaged file documents nothing
        }
    }

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(file);
}
