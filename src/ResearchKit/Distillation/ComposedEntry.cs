using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Models;
using ResearchKit.Training;

namespace ResearchKit.Distillation;

/// <summary>
/// The place of <see cref="ComposedMethod"/> in the catalog: its settings hold other methods', which are checked by their own entries, and it has a
/// teacher where one of them has.
/// </summary>
internal sealed class ComposedEntry(bool hasTeacher = true) : MethodEntry("composed", "several methods at once: their terms added up", hasTeacher)
{
    private static readonly IReadOnlyList<string> s_keys = SettingsBinder.Keys(typeof(ComposedMethod.Part));

    public override IReadOnlyList<string> Settings { get; } = SettingsBinder.Keys(typeof(ComposedMethod.Settings));

    public override object Bind(JsonObject settings)
    {
        var bound = SettingsBinder.Bind<ComposedMethod.Settings>(settings, $"method '{Name}'");
        if (bound.Methods.Length == 0)
            throw new KitException($"method '{Name}': 'methods' is empty. Name the methods whose terms are added up, for example \"methods\": [ {{ \"name\": \"kd\" }}, {{ \"name\": \"pkd\", \"terms\": [\"L_PKD\"] }} ].");
        return bound with { Methods = [.. bound.Methods.Select(Filled)] };
    }

    internal override MethodEntry For(object bound) =>
        new ComposedEntry(((ComposedMethod.Settings)bound).Methods.Any(m => MethodCatalog.Check(Split(m).Method).HasTeacher));

    public override IMethod Create(JsonObject settings, LanguageModel student, LanguageModel? teacher)
    {
        var bound = (ComposedMethod.Settings)Bind(settings);
        For(bound).RequireTeacher(teacher is not null);
        List<(IMethod Method, ComposedMethod.Part Part)> made = [];
        try
        {
            foreach (var (part, method) in bound.Methods.Select(Split))
                made.Add((MethodCatalog.Create(method, student, MethodCatalog.Check(method).HasTeacher ? teacher : null), part));
            return new ComposedMethod(student, teacher, made);
        }
        catch
        {
            foreach (var (method, _) in made) (method as IDisposable)?.Dispose();
            throw;
        }
    }

    // One method with every default written out, its own and the composition's.
    private JsonObject Filled(JsonObject? given, int index)
    {
        if (given is null) throw new KitException($"method '{Name}': method {index + 1} of 'methods' is null. Name a method, or leave it out.");
        try
        {
            var (part, method) = Split(given);
            var settings = MethodCatalog.Settings(method);
            var filled = new JsonObject { ["name"] = method["name"]!.DeepClone() };
            foreach (var (key, value) in settings) filled[key] = value?.DeepClone();
            foreach (var (key, value) in JsonSerializer.SerializeToNode(part, SettingsBinder.Json)!.AsObject()) filled[key] = value?.DeepClone();
            return filled;
        }
        catch (KitException e)
        {
            throw new KitException($"method '{Name}', method {index + 1} of 'methods': {e.Message}", e);
        }
    }

    // What the composition says of a method, and what the method itself is told.
    private (ComposedMethod.Part Part, JsonObject Method) Split(JsonObject given)
    {
        JsonObject own = [], method = [];
        foreach (var (key, value) in given) (s_keys.Contains(key) ? own : method)[key] = value?.DeepClone();
        return (SettingsBinder.Bind<ComposedMethod.Part>(own, $"method '{Name}'"), method);
    }
}
