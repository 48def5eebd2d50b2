using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// The methods by their ids in recipes. The ones that more than one paper uses are here from the start; a paper's room, or a
/// notebook, adds its own.
/// </summary>
public static class MethodCatalog
{
    private static readonly ConcurrentDictionary<string, MethodEntry> Entries = new(
        ((MethodEntry[])[FineTuning.Entry, KnowledgeDistillation.Entry, PatientDistillation.Entry, TinyBert.Entry, MiniLm.Entry, MiniLmV2.Entry, DistilBert.Entry, SupervisedFineTuning.Entry,
            .. TokenDistillation.Entries, SequenceDistillation.Entry, .. OnPolicyDistillation.Entries, MiniLlm.Entry, DistiLlm.Entry, ComposedMethod.Entry])
        .ToDictionary(e => e.Name));

    /// <summary>The ids, in order.</summary>
    public static IReadOnlyList<string> Names => [.. Entries.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Makes a method known.</summary>
    /// <exception cref="ArgumentException">The id is taken.</exception>
    public static void Add(MethodEntry entry)
    {
        if (!Entries.TryAdd(entry.Name, entry)) throw new ArgumentException($"A method '{entry.Name}' is already known.", nameof(entry));
    }

    /// <summary>The entry of an id.</summary>
    /// <exception cref="KitException">The id is unknown; the message lists the known ones.</exception>
    public static MethodEntry Find(string name)
    {
        if (Entries.TryGetValue(name, out var entry)) return entry;
        var nearest = Nearest.To(name, Names);
        throw new KitException($"Unknown method '{name}'.{(nearest is null ? "" : $" Did you mean '{nearest}'?")} Known: {string.Join(", ", Names)}.");
    }

    /// <summary>Checks a recipe's method before any model is made.</summary>
    /// <param name="method">The id under <c>name</c>, and the method's settings beside it.</param>
    /// <returns>The method's entry, for these settings.</returns>
    /// <exception cref="KitException">The id is missing or unknown, a setting is unknown or out of range.</exception>
    public static MethodEntry Check(JsonObject method)
    {
        var (entry, settings) = Split(method);
        return entry.For(entry.Bind(settings));
    }

    /// <summary>A recipe's method's settings with every default written out, without its name.</summary>
    /// <exception cref="KitException">As <see cref="Check"/>.</exception>
    public static JsonObject Settings(JsonObject method)
    {
        var (entry, settings) = Split(method);
        var bound = entry.Bind(settings);
        return JsonSerializer.SerializeToNode(bound, bound.GetType(), SettingsBinder.Json)!.AsObject();
    }

    /// <summary>Makes a method from a recipe.</summary>
    /// <param name="method">The id under <c>name</c>, and the method's settings beside it.</param>
    /// <param name="student">The model that learns.</param>
    /// <param name="teacher">The model it learns from; it is frozen. Null for methods without one.</param>
    /// <exception cref="KitException">As <see cref="Check"/>; or the teacher is missing, superfluous, or does not fit the student.</exception>
    public static IMethod Create(JsonObject method, LanguageModel student, LanguageModel? teacher = null)
    {
        var (entry, settings) = Split(method);
        return entry.Create(settings, student, teacher);
    }

    private static (MethodEntry Entry, JsonObject Settings) Split(JsonObject method)
    {
        var name = method["name"] is JsonValue value && value.TryGetValue(out string? text) ? text
            : throw new KitException("'method.name' is missing: name the method, for example \"method\": { \"name\": \"kd\" }.");
        var settings = method.DeepClone().AsObject();
        settings.Remove("name");
        return (Find(name), settings);
    }
}

/// <summary>One method of the catalog.</summary>
public abstract class MethodEntry
{
    private protected MethodEntry(string name, string summary, bool hasTeacher) => (Name, Summary, HasTeacher) = (name, summary, hasTeacher);

    /// <summary>The id in recipes.</summary>
    public string Name { get; }

    /// <summary>What it does, in one line.</summary>
    public string Summary { get; }

    /// <summary>Whether it needs a teacher.</summary>
    public bool HasTeacher { get; }

    /// <summary>The names of its settings in recipes, in order.</summary>
    public abstract IReadOnlyList<string> Settings { get; }

    /// <summary>Checks settings and gives the bound record.</summary>
    /// <exception cref="KitException">A key is unknown or a value out of range.</exception>
    public abstract object Bind(JsonObject settings);

    /// <summary>The entry as it is with some settings, where whether there is a teacher depends on them.</summary>
    /// <param name="bound">What <see cref="Bind"/> gave.</param>
    internal virtual MethodEntry For(object bound) => this;

    /// <summary>Makes the method.</summary>
    /// <exception cref="KitException">The settings do not bind, or the teacher is missing, superfluous, or does not fit.</exception>
    public abstract IMethod Create(JsonObject settings, LanguageModel student, LanguageModel? teacher);

    /// <summary>An entry of a method without a teacher.</summary>
    /// <param name="name">The id in recipes.</param>
    /// <param name="summary">What it does, in one line.</param>
    /// <param name="make">Makes it.</param>
    public static MethodEntry Of<TSettings>(string name, string summary, Func<TSettings, LanguageModel, IMethod> make) where TSettings : class =>
        new Bound<TSettings>(name, summary, false, (settings, student, _) => make(settings, student));

    /// <summary>Refuses a teacher too few or too many.</summary>
    /// <exception cref="KitException">The method has a teacher and none is given, or the other way round.</exception>
    public void RequireTeacher(bool given)
    {
        if (HasTeacher != given)
            throw new KitException(HasTeacher
                ? $"Method '{Name}' distils from a teacher, and none is given: set 'teacher' to a run or model folder."
                : $"Method '{Name}' has no teacher, but one is given: leave 'teacher' out, or choose a method that distils.");
    }

    /// <summary>An entry of a method with a teacher.</summary>
    /// <param name="name">The id in recipes.</param>
    /// <param name="summary">What it does, in one line.</param>
    /// <param name="make">Makes it.</param>
    public static MethodEntry Of<TSettings>(string name, string summary, Func<TSettings, LanguageModel, LanguageModel, IMethod> make) where TSettings : class =>
        new Bound<TSettings>(name, summary, true, (settings, student, teacher) => make(settings, student, teacher!));

    private sealed class Bound<TSettings>(string name, string summary, bool hasTeacher, Func<TSettings, LanguageModel, LanguageModel?, IMethod> make)
        : MethodEntry(name, summary, hasTeacher) where TSettings : class
    {
        public override IReadOnlyList<string> Settings { get; } = SettingsBinder.Keys(typeof(TSettings));

        public override object Bind(JsonObject settings) => SettingsBinder.Bind<TSettings>(settings, $"method '{Name}'");

        public override IMethod Create(JsonObject settings, LanguageModel student, LanguageModel? teacher)
        {
            var bound = (TSettings)Bind(settings);
            RequireTeacher(teacher is not null);
            return make(bound, student, teacher);
        }
    }
}
