using System.Globalization;

namespace ResearchKit.Checkpoints;

/// <summary>
/// The checkpoints of one training, <c>step-00000123.safetensors</c> and so on. The newest few are kept, and when the newest
/// turns out damaged the one before it serves.
/// </summary>
/// <param name="path">The folder; made when the first checkpoint is written.</param>
/// <param name="keep">How many to keep, from 1.</param>
public sealed class CheckpointFolder(string path, int keep)
{
    private const string Prefix = "step-", Suffix = ".safetensors";

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>The checkpoints, newest first.</summary>
    public IReadOnlyList<(long Step, string File)> Files => !Directory.Exists(path) ? [] :
        [.. Directory.EnumerateFiles(path, Prefix + "*" + Suffix)
            .Select(f => (Step: StepOf(f), File: f)).Where(f => f.Step >= 0).OrderByDescending(f => f.Step)];

    /// <summary>Writes a checkpoint, then lets the oldest go.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="KitException">The disk refuses; the older checkpoints stay.</exception>
    public string Save(long step, TrainingCheckpoint checkpoint)
    {
        var file = System.IO.Path.Combine(path, $"{Prefix}{step:D8}{Suffix}");
        checkpoint.Save(file);
        foreach (var (_, old) in Files.Where(f => f.Step <= step).Skip(keep)) File.Delete(old);
        return file;
    }

    /// <summary>Loads the newest checkpoint that is whole. Damaged ones are set aside under the ending <c>.damaged</c>.</summary>
    /// <param name="warn">Hears of every damaged one.</param>
    /// <returns>The checkpoint and its file, or null when the folder has none at all.</returns>
    /// <exception cref="KitException">There are checkpoints, and none is whole.</exception>
    public (TrainingCheckpoint Checkpoint, string File)? Newest(Action<string> warn)
    {
        var files = Files;
        if (files.Count == 0) return null;
        foreach (var leftover in Directory.EnumerateFiles(path, $".{Prefix}*.tmp")) File.Delete(leftover);   // of a process that was killed while writing
        for (int i = 0; i < files.Count; i++)
        {
            try
            {
                return (TrainingCheckpoint.Load(files[i].File), files[i].File);
            }
            catch (KitException e)
            {
                warn($"{e.Message} {SetAside(files[i].File)}{(i + 1 < files.Count ? $" Going back to '{files[i + 1].File}'." : "")}");
            }
        }
        throw new KitException($"'{path}': none of the {files.Count} checkpoints is whole, so there is nothing to resume from. Start again in another folder.");
    }

    // Where it stands it would count among the few that are kept, and push a whole one out.
    private static string SetAside(string file)
    {
        try
        {
            File.Move(file, file + ".damaged", overwrite: true);
            return $"It is kept as '{System.IO.Path.GetFileName(file)}.damaged'.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"It could not be moved aside ({e.Message})";
        }
    }

    private static long StepOf(string file)
    {
        var name = System.IO.Path.GetFileName(file);
        return long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : -1;
    }
}
