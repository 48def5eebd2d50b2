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
    public static bool Takes(MethodEntry method, string path) => Missing(method, path) is null;

    /// <summary>Refuses a setting that a recipe of this method has not, saying which methods have it.</summary>
    /// <exception cref="KitException">It has not.</exception>
    public static void Require(MethodEntry method, string path, string origin)
    {
        if (Missing(method, path) is not { } missing) return;
        var nearest = Nearest.To(missing.Key, missing.Known);
        var hint = nearest is null ? "" : $" Did you mean '{missing.Group}{nearest}'?";
        if (missing.Group != Method)
            throw new KitException($"{origin}: '{path}' is no setting of a recipe.{hint} {(missing.Known.Count == 0 ? $"'{missing.Group.TrimEnd('.')}' holds a value" : $"There are {List(missing)}")}.");
        var others = MethodCatalog.Names.Where(n => Takes(MethodCatalog.Find(n), path)).ToList();
        throw new KitException($"{origin}: method '{method.Name}' has no '{path}'.{hint} {(missing.Known.Count == 0 ? "It has no settings" : $"It takes {List(missing)}")}."
            + (others.Count == 0 ? "" : $" '{path}' is taken by {string.Join(", ", others)}."));
    }

    private static string List((string Group, string Key, IReadOnlyList<string> Known) missing) => string.Join(", ", missing.Known.Select(k => missing.Group + k));

    // The first part of a path that is not there, the group it is missing in, and what that group has.
    private static (string Group, string Key, IReadOnlyList<string> Known)? Missing(MethodEntry method, string path)
    {
        var keys = path.Split('.');
        if (keys is ["method", var setting, ..]) return method.Settings.Contains(setting) ? null : (Method, setting, method.Settings);
        var type = typeof(Recipe);
        for (int i = 0; i < keys.Length; i++)
        {
            IReadOnlyList<string> known = type.Namespace!.StartsWith("ResearchKit", StringComparison.Ordinal) ? SettingsBinder.Keys(type) : [];
            if (!known.Contains(keys[i])) return (string.Concat(keys[..i].Select(k => k + ".")), keys[i], known);
            type = type.GetProperties().Single(p => string.Equals(p.Name, keys[i], StringComparison.OrdinalIgnoreCase)).PropertyType;
        }
        return null;
    }
}
