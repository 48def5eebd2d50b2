using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>One public property or field.</summary>
internal sealed record Member(string Name, Func<object, object?> Read)
{
    /// <summary>Its value, or the exception that reading it threw.</summary>
    public object? Get(object instance)
    {
        try
        {
            return Read(instance);
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}

/// <summary>What is shown of a type.</summary>
internal static class Members
{
    private static readonly ConcurrentDictionary<Type, Member[]> Known = new();

    public static Member[] Of(Type type) => Known.GetOrAdd(type, static type =>
        [.. type.GetMembers(BindingFlags.Instance | BindingFlags.Public).Where(IsShown).Select(member => new Member(member.Name, Reader(member)))]);

    private static Func<object, object?> Reader(MemberInfo member) => member switch
    {
        PropertyInfo { PropertyType: { IsByRef: true } or { IsByRefLike: true } or { IsPointer: true } } => instance => instance.ToString(),
        FieldInfo { FieldType.IsPointer: true } => instance => instance.ToString(),
        PropertyInfo property => property.GetValue,
        _ => ((FieldInfo)member).GetValue,
    };

    private static bool IsShown(MemberInfo member) => !member.Name.Contains('<') && member switch
    {
        FieldInfo => true,
        PropertyInfo { CanRead: true } property => property.GetIndexParameters().Length == 0
            && property.GetCustomAttribute<DebuggerBrowsableAttribute>()?.State != DebuggerBrowsableState.Never,
        _ => false,
    };

    /// <summary>Written as a word, in lists on one line.</summary>
    public static bool IsScalar(Type type) => type.IsPrimitive || type == typeof(decimal) || type == typeof(Guid) || type == typeof(string)
        || type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan)
        || Nullable.GetUnderlyingType(type) is { } inner && IsScalar(inner);

    public static bool IsTuple(Type type) => type.IsGenericType && typeof(ITuple).IsAssignableFrom(type);

    /// <summary>True of a collection that shows more than its items.</summary>
    public static bool HasOwnProperties(Type type) => !type.IsArray && !type.IsNestedPrivate && !typeof(ICollection).IsAssignableFrom(type)
        && !type.GetInterfaces().Any(face => face.IsConstructedGenericType
            && (face.GetGenericTypeDefinition() == typeof(IOrderedEnumerable<>) || face.GetGenericTypeDefinition() == typeof(IDictionary<,>)));

    /// <summary>The T of the first IEnumerable&lt;T&gt; that a type implements.</summary>
    public static Type? ItemType(Type type) => type.GetInterfaces()
        .FirstOrDefault(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GenericTypeArguments[0];

    /// <summary>The first items, and how many there are beyond them: null where that is not known without reading on.</summary>
    public static (List<object?> Items, int? Left) Take(IEnumerable source, bool count)
    {
        var items = new List<object?>();
        foreach (var item in source)
        {
            items.Add(item);
            if (items.Count >= Formatter.ListExpansionLimit)
                return (items, count ? source.Cast<object>().Count() - items.Count : CountOf(source) - items.Count);
        }
        return (items, 0);
    }

    private static int? CountOf(IEnumerable source) => source is ICollection collection
        ? collection.Count
        : source.GetType().GetInterfaces().FirstOrDefault(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ICollection<>))
            ?.GetProperty(nameof(ICollection.Count))!.GetValue(source) as int?;

    /// <summary>A type as C# writes it.</summary>
    public static string CSharpName(Type type, bool withNamespace)
    {
        var name = withNamespace ? type.FullName ?? type.Name : type.Name;
        int tick = name.IndexOf('`');
        if (tick < 0) return name;
        return $"{name[..tick]}<{string.Join(",", type.GetGenericArguments().Select(argument => CSharpName(argument, withNamespace)))}>{(type.IsArray ? "[]" : "")}";
    }
}
