using System.Collections.Concurrent;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>Turns any value into text of a mime type, by what was registered for its type or else by its members.</summary>
public static partial class Formatter
{
    private sealed record Registration(Type Type, string MimeType, FormatDelegate<object> Write);

    private static readonly Lock Gate = new();
    private static readonly List<Registration> User = [];
    private static readonly List<(Type Type, string[] MimeTypes)> Preferences = [];
    private static readonly ConcurrentDictionary<(Type, string), Registration[]> Found = new();
    private static int _listExpansionLimit;
    private static int _recursionLimit;
    private static string _defaultMimeType = HtmlFormatter.MimeType;

    static Formatter() => ResetToDefault();

    public static string DefaultMimeType
    {
        get => _defaultMimeType;
        set => _defaultMimeType = value ?? throw new ArgumentNullException(nameof(value));
    }

    public static int ListExpansionLimit
    {
        get => _listExpansionLimit;
        set => _listExpansionLimit = value >= 0 ? value : throw new ArgumentException($"{nameof(ListExpansionLimit)} must be at least 0.");
    }

    public static int RecursionLimit
    {
        get => _recursionLimit;
        set => _recursionLimit = value >= 0 ? value : throw new ArgumentException($"{nameof(RecursionLimit)} must be at least 0.");
    }

    public static string NullString { get; set; } = "<null>";

    public static void ResetToDefault()
    {
        lock (Gate)
        {
            User.Clear();
            Preferences.Clear();
            Found.Clear();
        }
        DefaultMimeType = HtmlFormatter.MimeType;
        ListExpansionLimit = 20;
        RecursionLimit = 6;
        NullString = "<null>";
    }

    public static void Register(Type type, FormatDelegate<object> formatter, string mimeType = PlainTextFormatter.MimeType)
    {
        lock (Gate) User.Add(new(type, mimeType, formatter));
        Found.Clear();
    }

    public static void Register(Type type, Action<object, TextWriter> formatter, string mimeType = PlainTextFormatter.MimeType) =>
        Register(type, (value, context) => { formatter(value, context.Writer); return true; }, mimeType);

    public static void Register<T>(FormatDelegate<T> formatter, string mimeType = PlainTextFormatter.MimeType) =>
        Register(typeof(T), (value, context) => formatter((T)value, context), mimeType);

    public static void Register<T>(Action<T, TextWriter> formatter, string mimeType = PlainTextFormatter.MimeType) =>
        Register(typeof(T), (value, context) => { formatter((T)value, context.Writer); return true; }, mimeType);

    public static void Register<T>(Func<T, string> formatter, string mimeType = PlainTextFormatter.MimeType) =>
        Register(typeof(T), (value, context) => { context.Writer.Write(formatter((T)value)); return true; }, mimeType);

    public static void SetPreferredMimeTypesFor(Type type, params string[] preferredMimeTypes)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (preferredMimeTypes is null || preferredMimeTypes.All(string.IsNullOrWhiteSpace))
            throw new ArgumentException("Value cannot be null or whitespace.", nameof(preferredMimeTypes));
        lock (Gate) Preferences.Add((type, [.. preferredMimeTypes.Distinct()]));
    }

    public static IReadOnlyCollection<string> GetPreferredMimeTypesFor(Type? type)
    {
        type ??= typeof(object);
        lock (Gate)
        {
            var chosen = MostDerivedFirst(Preferences.Where(wish => Serves(wish.Type, type)), wish => wish.Type).FirstOrDefault();
            return chosen.MimeTypes ?? [type == typeof(string) ? PlainTextFormatter.MimeType : DefaultMimeType];
        }
    }

    public static string ToDisplayString(this object? obj, string mimeType = PlainTextFormatter.MimeType)
    {
        ArgumentNullException.ThrowIfNull(mimeType);
        return FormatContext.Collect(context => obj.FormatTo(context, mimeType));
    }

    public static void FormatTo<T>(this T obj, FormatContext context, string mimeType)
    {
        if (obj is null)
        {
            Defaults.Write(null, context, mimeType); // null reaches no registered formatter
            return;
        }
        context.Depth++;
        try
        {
            if (!context.AllowRecursion) PlainText.WriteOneLine(obj, context);
            else if (!Registered(obj.GetType(), mimeType).Any(formatter => formatter.Write(obj, context))) Defaults.Write(obj, context, mimeType);
        }
        finally
        {
            context.Depth--;
        }
    }

    /// <summary>What was registered for a type or what it derives from: the most derived first, and of one type the later.</summary>
    private static Registration[] Registered(Type type, string mimeType) => Found.GetOrAdd((type, mimeType), static key =>
    {
        lock (Gate)
            return [.. MostDerivedFirst(User.Where(r => r.MimeType == key.Item2 && Serves(r.Type, key.Item1)), r => r.Type)];
    });

    private static List<T> MostDerivedFirst<T>(IEnumerable<T> candidates, Func<T, Type> type)
    {
        var sorted = new List<T>();
        foreach (var candidate in candidates) // in the order of registration, so that a later one goes before its equals
        {
            int place = sorted.FindIndex(other => Serves(type(other), type(candidate)));
            if (place < 0) sorted.Add(candidate);
            else sorted.Insert(place, candidate);
        }
        return sorted;
    }

    private static bool Serves(Type registered, Type actual)
    {
        if (!registered.IsGenericTypeDefinition) return registered.IsAssignableFrom(actual);
        for (var type = actual; type is not null; type = type.BaseType)
            if (type.IsGenericType && type.GetGenericTypeDefinition() == registered)
                return true;
        return actual.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == registered);
    }
}
