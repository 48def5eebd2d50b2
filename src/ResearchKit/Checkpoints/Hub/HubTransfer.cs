using System.Net;
using System.Net.Http.Headers;

namespace ResearchKit.Checkpoints.Hub;

/// <summary>Fetches one file: goes on where an earlier attempt ended, and throws away what is not what it should be.</summary>
/// <param name="connection">How to ask.</param>
/// <param name="server">Who is asked, for messages: <c>the hub</c>.</param>
/// <param name="ask">Asks for the file from a byte on, provided that it is still of that version.</param>
/// <param name="observer">Who watches.</param>
internal sealed class HubTransfer(
    HubConnection connection, string server, Func<long, EntityTagHeaderValue?, CancellationToken, Task<HubAnswer>> ask, IHubObserver observer)
{
    // Bytes that are here, and bytes at the last failure: an attempt that brought something was not in vain.
    private long _here, _marked;

    // What the storage calls the content, so that a later attempt goes on with the same or starts anew.
    private EntityTagHeaderValue? _version;

    /// <summary>Fetches the file, or what is lacking of it, and holds it against its checksum where its ETag is one.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Where it grows; what stands there is an earlier attempt's.</param>
    /// <param name="stop">Stops it; what has arrived is kept.</param>
    /// <exception cref="KitException">It is not to be had, or arrives changed.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async Task Fetch(HubFile file, string path, CancellationToken stop)
    {
        for (bool again = false; ; again = true)
        {
            bool resumed = File.Exists(path) && new FileInfo(path).Length > 0;
            await using (var into = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.Asynchronous))
            {
                if (file.Size is { } size && into.Length > size) into.SetLength(0);
                _here = _marked = into.Length;
                resumed |= await connection.Retried(file.Name, () => Continue(file, into, stop), stop, Progressed).ConfigureAwait(false);
                into.Flush(flushToDisk: true);
            }
            if (!file.IsVerifiable)
            {
                if (file.ETag.Length > 0) observer.Say($"{file.Name}: {server} names no checksum for it ('{file.ETag}'), so it could only be held against its size");
                return;
            }
            var found = await file.ChecksumOf(path, stop).ConfigureAwait(false);
            if (found == file.ETag) return;
            File.Delete(path);
            if (!resumed || again)
                throw new KitException(
                    $"{file.Name} arrived with the checksum {found}, {server} says {file.ETag}. It was thrown away; try again, "
                    + "and look for a proxy that changes files if it stays so.");
            observer.Say($"{file.Name}: what had arrived before belongs to another content; starting anew");
        }
    }

    /// <summary>One attempt: appends what is lacking.</summary>
    /// <returns>Whether the file holds something of an earlier attempt.</returns>
    private async Task<bool> Continue(HubFile file, FileStream into, CancellationToken stop)
    {
        if (file.Size is { } whole && into.Length == whole) return true;
        using var answer = await ask(into.Length, _version, stop).ConfigureAwait(false);
        var response = answer.Message;
        if (answer.ETag is { } now && now != file.ETag)
            throw new KitException(
                $"{file.Name} changed on the hub while it was fetched (from {file.ETag} to {now}). Start the same command "
                + "again.");
        _version = response.Headers.ETag;
        bool continued = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == into.Length;
        if (!continued)
        {
            if (into.Length > 0) into.SetLength(0);   // the answer is the whole file, or the hub knows of no such place in it
            Advance(file, 0);
            if (response.StatusCode != HttpStatusCode.OK) throw new TransientHubException("the server did not go on where the file ended");
        }
        into.Seek(0, SeekOrigin.End);
        long due = into.Length + (response.Content.Headers.ContentLength ?? (file.Size - into.Length) ?? 0);
        await using var from = await connection.Patiently(s => response.Content.ReadAsStreamAsync(s), stop).ConfigureAwait(false);
        var buffer = new byte[1 << 18];
        while (await connection.Patiently(s => from.ReadAsync(buffer, s).AsTask(), stop).ConfigureAwait(false) is > 0 and var read)
        {
            if (file.Size is { } size && into.Length + read > size) throw new KitException(
                $"{file.Name} is longer than the {size} bytes that {server} says. Try again; if it stays so, look for a proxy "
                + "that changes files.");
            await into.WriteAsync(buffer.AsMemory(0, read), stop).ConfigureAwait(false);
            await into.FlushAsync(stop).ConfigureAwait(false);
            Advance(file, into.Length);
        }
        if (into.Length < due || (file.Size is { } expected && into.Length != expected)) throw new TransientHubException(
            $"it ended at byte {into.Length} of {file.Size ?? due}");
        return continued;
    }

    private void Advance(HubFile file, long here)
    {
        _here = here;
        observer.Progress(file, here);
    }

    private bool Progressed()
    {
        bool more = _here > _marked;
        _marked = _here;
        return more;
    }
}
