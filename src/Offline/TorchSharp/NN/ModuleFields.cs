using System.Collections.Concurrent;
using System.Reflection;
using TorchSharp.Utils;

namespace TorchSharp;

/// <summary>What reflection knows of one module type, asked once: the fields in which components may stand.</summary>
internal sealed class ModuleFields
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private static readonly ConcurrentDictionary<Type, ModuleFields> Known = new();

    private readonly Type type;
    private Dictionary<string, PropertyInfo>? properties;
    private Dictionary<string, FieldInfo>? byComponent;

    private ModuleFields(Type type)
    {
        this.type = type;
        Components = [.. Walk(type).Where(MayHoldComponent).Select(field => (field.ComponentName(), field))];
    }

    /// <summary>The fields that can hold a component with their component names: the type's own first, then those of its bases.</summary>
    public (string Name, FieldInfo Field)[] Components { get; }

    /// <summary>The public properties by name. A type with two of one name (two indexers) cannot be converted, in TorchSharp neither.</summary>
    public Dictionary<string, PropertyInfo> Properties =>
        properties ??= type.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(property => property.Name);

    public Dictionary<string, FieldInfo> ByComponent => byComponent ??= Components.ToDictionary(c => c.Name, c => c.Field);

    public static ModuleFields Of(Type type) => Known.GetOrAdd(type, static t => new ModuleFields(t));

    private static IEnumerable<FieldInfo> Walk(Type type)
    {
        var seen = new HashSet<string>();
        for (var at = type; at is not null && at != typeof(torch.nn.Module); at = at.BaseType)
            foreach (var field in at.GetFields(Instance))
                if (seen.Add(field.Name)) yield return field;
    }

    private static bool MayHoldComponent(FieldInfo field)
    {
        var declared = field.FieldType;
        return !declared.IsValueType && !field.IsDefined(typeof(NotAComponentAttribute)) && (!declared.IsSealed
            || typeof(torch.Tensor).IsAssignableFrom(declared) || typeof(torch.nn.Module).IsAssignableFrom(declared));
    }
}

public static class FieldInfoExtensionMethods
{
    /// <summary>The name under which a field is registered: that of its <see cref="ComponentNameAttribute"/>, else its own.</summary>
    public static string ComponentName(this FieldInfo field) => field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
}
