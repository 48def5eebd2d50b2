using System.IO.Compression;
using ResearchKit.Checkpoints.Hub;
using ResearchKit.Data.Glue;
using ResearchKit.Data.Squad;

namespace ResearchKit.Data;

/// <summary>
/// Fetches data sets into the folder of <see cref="DataFolder"/>: goes on where an interrupted attempt ended, holds what arrives against the
/// published checksum, and puts each file in its place whole or not at all. A file laid there by hand stays.
/// </summary>
/// <param name="settings">How patient to be with the network; the token in them is not used.</param>
/// <param name="observer">Who watches.</param>
/// <param name="data">The folder; null for that of <see cref="DataFolder"/>.</param>
public sealed class DataDownload(HubSettings settings, IHubObserver observer, string? data = null)
{
    private readonly string _data = data ?? DataFolder.Path;

    /// <summary>Brings the files of a task to this machine; fetches only what is lacking.</summary>
    /// <param name="task">A task of GLUE, or a version of SQuAD.</param>
    /// <param name="stop">Stops it; what has arrived is kept.</param>
    /// <returns>The folder that they lie in.</returns>
    /// <exception cref="KitException">The kit knows no source of the task, or the network, the disk or a checksum fails; the message says what to do.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public Task<string> Get(string task, CancellationToken stop = default) => GlueTask.FormatOf(task) is { } format
        ? Get(DataCard.Glue(format.Folder), Path.Combine(_data, "glue", format.Folder), stop)
        : SquadTask.Names.Contains(task) ? Get(DataCard.Squad(task), Path.Combine(_data, SquadTask.Folder), stop)
        : throw new KitException($"'{task}' is nothing that the kit can fetch; it can fetch {string.Join(", ", [.. GlueFormat.All.Keys, .. SquadTask.Names])}. datasets/README.md says where other data come from.");

    internal async Task<string> Get(DataCard card, string folder, CancellationToken stop)
    {
        var lacking = card.Files.Where(f => !File.Exists(Path.Combine(folder, f))).ToList();
        if (lacking.Count == 0) return folder;
        if (settings.Offline) throw new KitException(
            $"HF_HUB_OFFLINE is set, and '{folder}' lacks {string.Join(", ", lacking)}. Unset it to fetch the data, or lay the files there by hand.");
        try
        {
            Directory.CreateDirectory(folder);
            using var alone = await HubCache.LockFile(Path.Combine(folder, ".lock"), card.Folder, observer, stop).ConfigureAwait(false);
            using var connection = new HubConnection(settings with { Token = null }, observer);
            var sources = card.Sources.Where(s => s.IsArchive || lacking.Contains(s.File.Name)).ToList();
            observer.Plan([.. sources.Select(s => s.File)]);
            foreach (var source in sources) await Fetch(connection, card, source, folder, stop).ConfigureAwait(false);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"'{folder}' could not be written: {e.Message.TrimEnd('.')}. Free some space there, or name another folder with {DataFolder.Variable}; what has arrived is kept.", e);
        }
    }

    private async Task Fetch(HubConnection connection, DataCard card, DataSource source, string folder, CancellationToken stop)
    {
        var arriving = Path.Combine(folder, $".{source.File.Name}.incomplete");
        var transfer = new HubTransfer(connection, "its card", (from, version, s) => connection.Fetch(source.Address, from, version, s), observer);
        await transfer.Fetch(source.File, arriving, stop).ConfigureAwait(false);
        if (source.IsArchive)
        {
            using (var zip = ZipFile.OpenRead(arriving))
                foreach (var file in card.Files) Unpack(zip, card, source, file, Path.Combine(folder, file));
            File.Delete(arriving);
        }
        else File.Move(arriving, Path.Combine(folder, source.File.Name));
        observer.Done(source.File, fetched: true);
    }

    private static void Unpack(ZipArchive zip, DataCard card, DataSource source, string file, string place)
    {
        if (File.Exists(place)) return;   // laid there by hand, or unpacked before it was stopped
        // The card says what is taken and where it goes; what else an archive holds, and under what names, is of no concern.
        var entry = zip.GetEntry($"{card.Folder}/{file}") ?? throw new KitException($"{source.Address} holds no {card.Folder}/{file}, though its checksum is right: the card is wrong. Get the file by hand and lay it into '{Path.GetDirectoryName(place)}'.");
        AtomicFile.Write(place, stream =>
        {
            using var content = entry.Open();
            content.CopyTo(stream);
        });
    }
}
