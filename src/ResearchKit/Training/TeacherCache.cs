using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ResearchKit.Checkpoints;
using ResearchKit.Data;
using ResearchKit.Models;
using static TorchSharp.torch;
using Encoding = System.Text.Encoding;

namespace ResearchKit.Training;

/// <summary>
/// What a frozen teacher says of the samples of a training, on disk: computed once, used in every epoch, and by every run of the same teacher on the same samples,
/// whatever its student, its seeds and its rate.
/// </summary>
/// <remarks>
/// <para>Kept are an encoder's logits, a decoder's last states (its logits are the last map's of them: the same numbers, and a vocabulary is many times wider than
/// they are), and the method's <see cref="IMethod.Lessons"/>, in the type that the teacher computes in. The file is a safetensors file with a checksum, named by
/// teacher, samples, type and device: a changed teacher has another one, and a damaged one is made anew.</para>
/// <para>The samples go through the teacher by length, in batches of their own, when the first of them is asked for. So a run has the same bits whether the file was there
/// or not, and whatever its seeds are. They are those of a run without a cache up to rounding: in which order a row's products are added up depends on the rows beside it.</para>
/// <para>A batch of rows that a method wrote itself goes through the teacher as ever.</para>
/// </remarks>
public sealed class TeacherCache : IDisposable
{
    private const int RowsAtOnce = 32;
    private const long Piece = 1L << 24;
    private const string Version = "1", Answers = "answers", OfTokens = "token/", OfSamples = "sample/";

    private readonly IMethod _method;
    private readonly LanguageModel _teacher;
    private readonly IReadOnlyList<Sample> _samples;
    private readonly Collator _collator;
    private readonly string _folder;
    private readonly Action<string> _say;
    private readonly long[] _offsets;
    private readonly Dictionary<string, (Tensor Rows, bool OfTokens)> _kept = [];
    private SafetensorsFile? _file;

    /// <summary>Makes the cache; nothing is computed or read yet.</summary>
    /// <param name="method">The method whose teacher it is.</param>
    /// <param name="samples">The training's samples, in the order of their numbers (<see cref="Batch.Samples"/>).</param>
    /// <param name="collator">Makes batches of them.</param>
    /// <param name="folder">Where the files are; null for <see cref="DefaultFolder"/>.</param>
    /// <param name="say">Hears what is done.</param>
    /// <exception cref="KitException">The method has no teacher, or asks it for more than can be kept.</exception>
    public TeacherCache(IMethod method, IReadOnlyList<Sample> samples, Collator collator, string? folder = null, Action<string>? say = null)
    {
        string? why = method.Teacher is null ? "it has no teacher"
            : method.TeacherLearns ? "its teacher learns, and says other things after every step"
            : (method.TeacherObserves & ~Observe.ScoredLogits) != Observe.None ? $"it looks into the teacher ({method.TeacherObserves}), and only what a teacher answers is kept"
            : method.DifferentiatesInput && method.Lessons.Count == 0 ? "the derivatives that it takes of the teacher are not kept" : null;
        if (why is not null) throw new KitException($"Method '{method.Name}' cannot do with a cached teacher: {why}. Remove train.cacheTeacher.");
        (_method, _teacher, _samples, _collator, _folder, _say) = (method, method.Teacher!, samples, collator, folder ?? DefaultFolder, say ?? (_ => { }));
        _offsets = new long[samples.Count + 1];
        for (int i = 0; i < samples.Count; i++) _offsets[i + 1] = _offsets[i] + samples[i].Ids.Length;
    }

    /// <summary>Where the files are unless told otherwise: <c>researchkit/teachers</c> in the user's cache.</summary>
    public static string DefaultFolder => Path.Combine(DataFolder.Cache, "teachers");

    /// <summary>What the teacher says of a batch's rows, without a graph.</summary>
    internal ModelOutput Output(Batch batch)
    {
        var answers = Of(Answers, batch);
        if (_teacher is not Decoder decoder || _method.DifferentiatesInput) return new() { Logits = answers };
        bool scored = batch.Targets is not null && _method.TeacherObserves.HasFlag(Observe.ScoredLogits);
        return new() { Logits = Quiet(() => decoder.Predict(scored ? batch.AtScored(answers) : answers)) };
    }

    /// <summary>One of the method's lessons for a batch's rows, [B, T, …].</summary>
    internal Tensor Lesson(string name, Batch batch) => Of(name, batch);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (rows, _) in _kept.Values) rows.Dispose();
        _kept.Clear();
        _file?.Dispose();
        _file = null;
    }

    private Tensor Of(string name, Batch batch)
    {
        Open();
        using var scope = NewDisposeScope();
        var (rows, ofTokens) = _kept[name];
        var samples = batch.Samples!;
        int width = batch.Width;
        var places = ofTokens ? new long[samples.Count * width] : [.. samples.Select(s => (long)s)];
        for (int row = 0; ofTokens && row < samples.Count; row++)
        {
            long from = _offsets[samples[row]], last = _offsets[samples[row] + 1] - from - 1, before = batch.PaddedLeft ? width - last - 1 : 0;
            for (int t = 0; t < width; t++) places[row * width + t] = from + Math.Clamp(t - before, 0, last);   // in the padding what the next token has
        }
        var there = rows.index_select(0, tensor(places));
        return (ofTokens ? there.reshape([samples.Count, width, .. there.shape[1..]]) : there).to(batch.Ids.device).MoveToOuterDisposeScope();
    }

    /// <summary>Finds the file or makes it; otherwise done when the first row is asked for.</summary>
    internal void Open()
    {
        if (_file is not null) return;
        var path = Path.Combine(_folder, $"{Key()}.safetensors");
        using var alone = Alone(path + ".lock");
        SafetensorsFile? file = null;
        if (File.Exists(path))
        {
            try
            {
                file = RowFile.Open(path);
            }
            catch (KitException e)
            {
                _say($"{e.Message} It is made anew.");
            }
        }
        if (file is null)
        {
            _say($"the teacher reads {_samples.Count} rows, once; what it says is kept in {path}");
            Record(path);
            file = RowFile.Open(path);
        }
        foreach (var entry in file.Entries)
        {
            bool ofTokens = entry.Name.StartsWith(OfTokens, StringComparison.Ordinal);
            _kept[entry.Name[(ofTokens ? OfTokens : OfSamples).Length..]] = (file.Read(entry.Name).DetachFromDisposeScope(), ofTokens);
        }
        _file = file;
    }

    // Two runs of one teacher that begin together: the second waits, and finds what the first has made. Where the lock is not there after a refusal its
    // owner has just let it go; a disk that refuses one time after the other refuses for good.
    private FileStream Alone(string path)
    {
        int without = 0;
        try
        {
            Directory.CreateDirectory(_folder);
            for (bool said = false; ; said = true)
            {
                try
                {
                    return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
                }
                catch (IOException) when (File.Exists(path) || ++without < 10)
                {
                    if (!said) _say($"waiting for another run that reads the same rows with the same teacher ({path})");
                    Thread.Sleep(200);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"What the teacher says cannot be kept in {_folder}: {e.Message.TrimEnd('.')}. Let XDG_CACHE_HOME name a folder that can be written to, or remove train.cacheTeacher.", e);
        }
    }

    private void Record(string path)
    {
        using var recording = enable_grad();   // of lessons; whoever asked may not record
        _teacher.eval();
        using var batches = Batches.ByLength(_samples, _collator, RowsAtOnce).GetEnumerator();
        using var scope = NewDisposeScope();
        batches.MoveNext();
        var (indices, said) = Say(batches.Current);
        List<(string Name, ScalarType Type, long[] Shape)> tensors = [.. said.Select(s => (s.Name, s.Value.dtype,
            s.Name.StartsWith(OfTokens, StringComparison.Ordinal) ? (long[])[_offsets[^1], .. s.Value.shape[2..]] : [_samples.Count, .. s.Value.shape[1..]]))];
        RowFile.Write(path, tensors, put =>
        {
            Put(put, indices, said);
            while (batches.MoveNext())
            {
                using var inner = NewDisposeScope();
                (indices, said) = Say(batches.Current);
                Put(put, indices, said);
            }
        });
    }

    private (IReadOnlyList<int> Samples, IReadOnlyList<(string Name, Tensor Value)> Said) Say((IReadOnlyList<int> Indices, Batch Batch) rows)
    {
        using var batch = rows.Batch;
        var step = new Step(_method, batch, 0, 0);
        var answers = _teacher is Decoder decoder && !_method.DifferentiatesInput ? Quiet(() => decoder.States(batch)) : step.Teacher.Logits.detach();
        return (rows.Indices, [((answers.dim() > 2 ? OfTokens : OfSamples) + Answers, answers), .. _method.Lessons.Select(l => (OfTokens + l.Key, l.Value(step).detach()))]);
    }

    private void Put(RowFile.Put put, IReadOnlyList<int> samples, IReadOnlyList<(string Name, Tensor Value)> said)
    {
        foreach (var (name, value) in said)
        {
            using var scope = NewDisposeScope();
            var here = value.cpu();
            for (int row = 0; row < samples.Count; row++)
            {
                if (name.StartsWith(OfTokens, StringComparison.Ordinal)) put(name, _offsets[samples[row]], here[row].narrow(0, 0, _samples[samples[row]].Ids.Length));
                else put(name, samples[row], here.narrow(0, row, 1));
            }
        }
    }

    /// <summary>Everything that decides what the teacher says.</summary>
    private string Key()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Text(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Text(Version);
        Text(_teacher.Config.ToJson().ToJsonString());
        Text(string.Join(", ", _method.Lessons.Keys.Order(StringComparer.Ordinal)));
        using var scope = NewDisposeScope();
        IEnumerable<(string Name, TorchSharp.Modules.Parameter Value)> parameters = _teacher.named_parameters();
        if (_teacher.Adapter is { } adapter)
        {
            Text(adapter.Settings.ToString());
            parameters = parameters.Concat(adapter.named_parameters());
        }
        foreach (var (name, value) in parameters)
        {
            Text($"{name} {value.dtype} {value.device_type} {string.Join(",", value.shape)}");
            var flat = value.detach().cpu().contiguous().view(-1);
            for (long at = 0; at < flat.numel(); at += Piece)
                using (var piece = flat.narrow(0, at, Math.Min(Piece, flat.numel() - at))) hash.AppendData(piece.bytes);
        }
        foreach (var sample in _samples)
        {
            Text($"{sample.Ids.Length} {sample.SecondFrom} {sample.Label} {sample.Score:R}");
            hash.AppendData(MemoryMarshal.AsBytes<int>(sample.Ids));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    private static T Quiet<T>(Func<T> compute)
    {
        using var frozen = no_grad();
        return compute();
    }
}
