using System.Collections;
using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Modules in a list, named by their index. What is added after the owner registered its components is not seen by it.</summary>
public class ModuleList<T> : Module, IList<T> where T : Module
{
    private readonly List<T> list;
    private bool registered;

    public ModuleList(params T[] modules) : base(nameof(ModuleList)) => list = [.. modules];

    public T this[int index]
    {
        get => list[index];
        set => list[index] = value;
    }

    public int Count => list.Count;

    public bool IsReadOnly => false;

    protected override void RegisterComponents()
    {
        if (registered) return;
        for (int i = 0; i < list.Count; i++) register_module($"{i}", list[i]);
        registered = true;
    }

    public void Add(T item) => list.Add(item);

    public void append(params T[] parameters) => list.AddRange(parameters);

    public void extend(IEnumerable<T> modules) => list.AddRange(modules);

    public void Insert(int index, T item) => list.Insert(index, item);

    public bool Remove(T item) => list.Remove(item);

    public void RemoveAt(int index) => list.RemoveAt(index);

    public void Clear() => list.Clear();

    public bool Contains(T item) => list.Contains(item);

    public int IndexOf(T item) => list.IndexOf(item);

    public void CopyTo(T[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);

    public IEnumerator<T> GetEnumerator() => list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Modules by name, in order of insertion.</summary>
public class ModuleDict<T> : Module, IDictionary<string, T>, IList<(string, T)> where T : Module
{
    private readonly Utils.OrderedDict<string, T> held = new();
    private bool registered;

    public ModuleDict() : base(nameof(ModuleDict)) { }

    public (string, T) this[int index]
    {
        get => held[index];
        set => held[index] = value;
    }

    public T this[string key]
    {
        get => held[key];
        set => held[key] = value;
    }

    public int Count => held.Count;

    public bool IsReadOnly => false;

    public ICollection<string> Keys => held.Keys;

    public ICollection<T> Values => held.Values;

    protected override void RegisterComponents()
    {
        if (registered) return;
        foreach (var (name, module) in held) register_module(name, module);
        registered = true;
    }

    public void Add((string, T) item) => held.Add(item);

    public void Add(string key, T value) => held.Add(key, value);

    public void Add(KeyValuePair<string, T> item) => held.Add(item);

    public void Insert(int index, (string, T) item) => held.Insert(index, item);

    public bool Remove((string, T) item) => held.Remove(item);

    public bool Remove(string key) => held.Remove(key);

    public bool Remove(KeyValuePair<string, T> item) => held.Remove(item);

    public void RemoveAt(int index) => held.RemoveAt(index);

    public void Clear() => held.Clear();

    public void clear() => held.Clear();

    public bool ContainsKey(string key) => held.ContainsKey(key);

    public bool Contains((string, T) item) => held.Contains(item);

    public bool Contains(KeyValuePair<string, T> item) => held.Contains(item);

    public int IndexOf((string, T) item) => held.IndexOf(item);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => held.TryGetValue(key, out value);

    public IEnumerator<(string, T)> items() => held.items();

    public IEnumerable<string> keys() => held.keys();

    public IEnumerable<T> values() => held.values();

    public void CopyTo((string, T)[] array, int arrayIndex) => held.CopyTo(array, arrayIndex);

    public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) => held.CopyTo(array, arrayIndex);

    public IEnumerator<(string, T)> GetEnumerator() => held.GetEnumerator();

    IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, T>>)held).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
