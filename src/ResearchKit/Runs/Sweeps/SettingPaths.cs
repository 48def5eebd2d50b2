using System.Text.Json.Nodes;
using ResearchKit.Distillation;

namespace ResearchKit.Runs.Sweeps;

/// <summary>Settings of a recipe by their paths: <c>train.learningRate</c>, <c>method.alpha</c>.</summary>
internal static class SettingPaths
{
    private const string Method = "method.";

    /// <summary>Groups taken apart into paths with values: <c>{ "train": { "epochs": 3 } }</c> is <c>train.epochs</c>.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Flat(JsonObject settings, string path = "") =>
        settings.SelectMany(s => s.Value is JsonObject group ? Flat(group, $"{path}{s.Key}.") : [new($"{path}{s.Key}", s.Value)]);

    /// <summary>As <see cref="SettingsBinder.Override"/> takes them.</summary>
    public static IEnumerable<string> Assignments(JsonObject settings) => Flat(settings).Select(s => $"{s.Key}={s.Value?.ToJsonString() ?? "null"}");

    /// <summary>Whether a recipe of this method has such a setting.</summary>
    public static bool Takes(MethodEntry method, string path)
    {
        if (path.StartsWith(Method, StringComparison.Ordinal)) return method.Settings.Contains(path[Method.Length..].Split('.')[0]);
        var type = typeof(Recipe);
        foreach (var key in path.Split('.'))
        {
            if (!SettingsBinder.Keys(type).Contains(key)) return false;
            type = type.GetProperties().Single(p => string.Equals(p.Name, key, StringComparison.OrdinalIgnoreCase)).PropertyType;
        }
        return true;
    }

    /// <summary>Refuses a setting that the method has not, saying which methods have it.</summary>
    /// <exception cref="KitException">It has not.</exception>
    public static void Require(MethodEntry method, string path, string origin)
    {
        if (Takes(method, path)) return;
        if (!path.StartsWith(Method, StringComparison.Ordinal))
            throw new KitException($"{origin}: '{path}' is no setting of a recipe. Give one of its settings, for example train.learningRate or {Method}{method.Settings.FirstOrDefault() ?? "alpha"}.");
        var key = path[Method.Length..];
        var others = MethodCatalog.Names.Where(n => Takes(MethodCatalog.Find(n), path)).ToList();
        var nearest = Nearest.To(key, method.Settings);
        throw new KitException($"{origin}: method '{method.Name}' has no '{path}'.{(nearest is null ? "" : $" Did you mean '{Method}{nearest}'?")} "
            + (method.Settings.Count == 0 ? "It has no settings." : $"It takes {string.Join(", ", method.Settings.Select(s => Method + s))}.")
            + (others.Count == 0 ? "" : $" '{path}' is taken by {string.Join(", ", others)}."));
    }
}
