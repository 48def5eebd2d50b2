namespace ResearchKit;

/// <summary>Files that are there whole or not at all: written beside their place, then renamed into it.</summary>
internal static class WholeFile
{
    /// <summary>Writes a file; what stood there before stays until the new one is complete.</summary>
    /// <exception cref="KitException">The folder cannot be written or the disk is full; nothing is left behind.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string beside = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } folder)
                Directory.CreateDirectory(folder);
            using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Cannot write {path}: {e.Message} Nothing was changed; check the folder's permissions and the free space.", e);
        }
        finally
        {
            if (File.Exists(beside))
                File.Delete(beside);
        }
    }
}
