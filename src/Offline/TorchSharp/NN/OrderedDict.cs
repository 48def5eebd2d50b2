using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace TorchSharp.Utils;

/// <summary>A dictionary that remembers the order of insertion; enumerated as (key, value) pairs.</summary>
public class OrderedDict<TKey, TValue> : IDictionary<TKey, TValue>, IList<(TKey, TValue)> where TKey : notnull
{
    private readonly List<(TKey, TValue)> list = [];
    private readonly Dictionary<TKey, TValue> dict = [];

    public int Count => dict.Count;

    public bool IsReadOnly => false;

    public ICollection<TKey> Keys => list.ConvertAll(pair => pair.Item1);

    public ICollection<TValue> Values => list.ConvertAll(pair => pair.Item2);

    public (TKey, TValue) this[int index]
    {
        get => list[index];
        set
        {
            list[index] = value;
            dict[value.Item1] = value.Item2;
        }
    }

    public TValue this[TKey key]
    {
        get => dict[key];
        set
        {
            dict[key] = value;
            int index = Find(key);
            if (index >= 0) list[index] = (key, value);
            else list.Add((key, value));
        }
    }

    public void Add((TKey, TValue) item) => Add(item.Item1, item.Item2);

    public void Add(KeyValuePair<TKey, TValue> item) => Add(item.Key, item.Value);

    public void Add(TKey key, TValue value)
    {
        dict.Add(key, value);
        list.Add((key, value));
    }

    public void Insert(int index, (TKey, TValue) item)
    {
        dict.Add(item.Item1, item.Item2);
        list.Insert(index, item);
    }

    public bool ContainsKey(TKey key) => dict.ContainsKey(key);

    public bool Contains((TKey, TValue) item) => list.Contains(item);

    public bool Contains(KeyValuePair<TKey, TValue> item) => dict.ContainsKey(item.Key);

    public int IndexOf((TKey, TValue) item) => list.IndexOf(item);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => dict.TryGetValue(key, out value);

    public bool Remove((TKey, TValue) item)
    {
        dict.Remove(item.Item1);
        return list.Remove(item);
    }

    public bool Remove(KeyValuePair<TKey, TValue> item) => dict.ContainsKey(item.Key) && Remove(item.Key);

    /// <exception cref="KeyNotFoundException">There is no such key.</exception>
    public bool Remove(TKey key)
    {
        int index = Find(key);
        if (index < 0) throw new KeyNotFoundException($"The given key '{key}' was not present in the dictionary.");
        list.RemoveAt(index);
        return dict.Remove(key);
    }

    public void RemoveAt(int index)
    {
        dict.Remove(list[index].Item1);
        list.RemoveAt(index);
    }

    public void Clear()
    {
        dict.Clear();
        list.Clear();
    }

    public void clear() => Clear();

    public IEnumerator<(TKey, TValue)> items() => list.GetEnumerator();

    public IEnumerable<TKey> keys() => Keys;

    public IEnumerable<TValue> values() => Values;

    public void CopyTo((TKey, TValue)[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);

    public void CopyTo(KeyValuePair<TKey, TValue>[] array, int arrayIndex)
    {
        foreach (var (key, value) in list) array[arrayIndex++] = new(key, value);
    }

    public IEnumerator<(TKey, TValue)> GetEnumerator() => list.GetEnumerator();

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator()
    {
        foreach (var (key, value) in list) yield return new(key, value);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool TryAdd(TKey key, TValue value)
    {
        if (!dict.TryAdd(key, value)) return false;
        list.Add((key, value));
        return true;
    }

    private int Find(TKey key) => list.FindIndex(pair => pair.Item1.Equals(key));
}
