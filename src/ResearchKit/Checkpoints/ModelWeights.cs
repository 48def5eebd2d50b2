using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>The weights of a model folder, open for reading: one safetensors file, or the shards that an index names, as one table.</summary>
public sealed class ModelWeights : IDisposable
{
    private readonly SafetensorsFile[] _files;
    private readonly Dictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);

    private ModelWeights(string path, SafetensorsFile[] files)
    {
        (Path, _files) = (path, files);
        foreach (var file in files)
            foreach (var entry in file.Entries) _fileOf.Add(entry.Name, file);
    }

    /// <summary>The file, or the index of the shards.</summary>
    public string Path { get; }

    /// <summary>The files that hold the data.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Every tensor, in the order of files and data.</summary>
    public IEnumerable<SafetensorsEntry> Entries => _files.SelectMany(f => f.Entries);

    /// <summary>Bytes of all tensors.</summary>
    public long Length => Entries.Sum(e => e.Length);

    /// <summary>Opens the weights of a folder and checks every header against the index.</summary>
    /// <exception cref="KitException">There are none, they are of a form that the kit does not read, or a file is not sound.</exception>
    public static ModelWeights Open(string folder)
    {
        var single = System.IO.Path.Combine(folder, ModelFolder.WeightsFile);
        if (File.Exists(single)) return new(single, [SafetensorsFile.Open(single)]);
        var index = System.IO.Path.Combine(folder, ModelFolder.IndexFile);
        if (File.Exists(index)) return Open(ShardIndex.Load(index), folder);
        if (!Directory.Exists(folder)) throw new KitException(
            $"There is no model folder '{folder}'. Give the path of a folder with {ModelFolder.ConfigFile} and "
            + $"{ModelFolder.WeightsFile}.");
        var others = Directory.EnumerateFiles(folder).Select(f => System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal).ToArray();
        if (others.FirstOrDefault(ForeignWeights.IsPickle) is { } pickle)
            throw new KitException($"'{folder}' has its weights as {pickle}, {ForeignWeights.PickleRemedy(pickle)}");
        if (others.FirstOrDefault(f => f.EndsWith(".h5", StringComparison.Ordinal) || f.EndsWith(".msgpack", StringComparison.Ordinal)) is { } foreign)
            throw new KitException(
                $"'{folder}' has its weights as {foreign}, which the kit does not read. Save the model as "
                + $"{ModelFolder.WeightsFile}, with save_pretrained of transformers for instance.");
        throw new KitException($"'{folder}' has no {ModelFolder.WeightsFile}.");
    }

    /// <summary>Reads a tensor with the type and shape it is stored in.</summary>
    /// <exception cref="KitException">There is no such tensor, or it cannot be read.</exception>
    public Tensor Read(string name, Device? device = null) => FileOf(name).Read(name, device);

    /// <summary>Reads a tensor into the memory of one that exists, converting to its type and device.</summary>
    /// <exception cref="KitException">There is no such tensor, its shape differs, or it cannot be read.</exception>
    public void ReadInto(string name, Tensor destination) => FileOf(name).ReadInto(name, destination);

    /// <summary>As <see cref="ReadInto"/>, but where it can the destination gives its memory up and is on the file's pages from then on.</summary>
    /// <exception cref="KitException">There is no such tensor, its shape differs, or it cannot be read.</exception>
    public void MapInto(string name, Tensor destination) => FileOf(name).MapInto(name, destination);

    /// <summary>The type that the floating-point tensors are stored in.</summary>
    /// <exception cref="KitException">There are none, or of several types.</exception>
    public ScalarType StoredType()
    {
        var types = Entries.Select(e => e.Type).Distinct()
            .Where(t => t is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16).ToArray();
        var names = types.Length == 0 ? "no floating-point type" : string.Join(" and ", types.Select(SafetensorsType.NameOf));
        return types is [var one] ? one : throw new KitException(
            $"'{Path}' stores its tensors as {names}, so there is no one type to keep. "
            + "Say which type the model is to have, for example float32.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private SafetensorsFile FileOf(string name) => _fileOf.TryGetValue(name, out var file) ? file : throw new KitException(
        $"'{Path}' has no tensor '{name}'." + (Nearest.To(name, _fileOf.Keys) is { } near ? $" Did you mean '{near}'?" : ""));

    private static ModelWeights Open(ShardIndex index, string folder)
    {
        var absent = index.Shards.Where(s => !File.Exists(System.IO.Path.Combine(folder, s))).ToArray();
        if (absent.Length > 0)
            throw new KitException(
                $"'{index.Path}' names {index.Shards.Count} files of weights, and some are not beside it. "
                + $"{NameList.Of("Missing", absent)} Copy or download them again.");
        var files = new List<SafetensorsFile>();
        try
        {
            foreach (var shard in index.Shards) files.Add(SafetensorsFile.Open(System.IO.Path.Combine(folder, shard)));
            CheckAgainst(index, files);
            return new(index.Path, [.. files]);
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    private static void CheckAgainst(ShardIndex index, List<SafetensorsFile> files)
    {
        var held = files.SelectMany((f, i) => f.Entries.Select(e => (e.Name, File: index.Shards[i]))).ToArray();
        var pairs = held.ToHashSet();
        var faults = new List<string>();
        Add("Named in the index, but not in the file it names",
            [.. index.Files.Where(t => !pairs.Contains((t.Key, t.Value))).Select(t => $"{t.Key} in {t.Value}")]);
        Add("In a file, but not in the index", [.. held.Where(t => !index.Files.ContainsKey(t.Name)).Select(t => $"{t.Name} in {t.File}")]);
        Add("In more than one file", [.. held.GroupBy(t => t.Name).Where(g => g.Count() > 1).Select(g => g.Key)]);
        if (faults.Count > 0)
            throw new KitException(string.Join(Environment.NewLine,
                [$"'{index.Path}' does not agree with its files.", .. faults, "Copy or download all of them again, from one revision."]));

        void Add(string title, string[] names)
        {
            if (names.Length > 0) faults.Add(NameList.Of(title, names));
        }
    }
}
