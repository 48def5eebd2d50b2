using System.Collections;
using Microsoft.FSharp.Core;

namespace ResearchKit.Offline;

/// <summary>What every object of a figure is here: keys of plotly.js with their values, in the order they were set.</summary>
public abstract class PlotlyObject
{
    private readonly Dictionary<string, object> _values = [];   // enumerates in order of insertion while nothing is removed and added again
    private readonly List<string> _order = [];

    internal IEnumerable<KeyValuePair<string, object>> Entries => _order.Select(key => KeyValuePair.Create(key, _values[key]));

    internal bool TryGet<T>(string key, out T value)
    {
        bool found = _values.TryGetValue(key, out var held) && held is T;
        value = found ? (T)held : default;
        return found;
    }

    internal T Get<T>(string key) where T : class => TryGet(key, out T value) ? value : null;

    internal void Put(string key, object value)
    {
        if (!_values.ContainsKey(key)) _order.Add(key);
        _values[key] = value;
    }

    internal void Remove(string key)
    {
        if (_values.Remove(key)) _order.Remove(key);
    }

    /// <summary>Takes over what another holds; objects in both are merged, everything else is overwritten.</summary>
    internal void Merge(PlotlyObject other)
    {
        if (ReferenceEquals(this, other)) return;
        foreach (var (key, value) in other.Entries)
            if (value is PlotlyObject theirs && TryGet(key, out PlotlyObject ours)) ours.Merge(theirs);
            else Put(key, value);
    }
}

/// <summary>JSON that stands as it is written.</summary>
internal sealed record RawJson(string Text);

internal static class PlotlyObjectExtensions
{
    /// <summary>Sets a key, or leaves it alone where the option is None.</summary>
    public static T With<T, V>(this T target, string key, FSharpOption<V> value) where T : PlotlyObject
    {
        if (value is not null) target.Put(key, value.Value);
        return target;
    }

    /// <summary>Sets a key, whatever the value.</summary>
    public static T Set<T>(this T target, string key, object value) where T : PlotlyObject
    {
        target.Put(key, value);
        return target;
    }

    /// <summary>Appends one list to another; null where both are absent.</summary>
    public static object[] Joined(object first, object second) => first is null && second is null ? null
        : [.. (first as IEnumerable ?? Array.Empty<object>()).Cast<object>(), .. (second as IEnumerable ?? Array.Empty<object>()).Cast<object>()];
}
