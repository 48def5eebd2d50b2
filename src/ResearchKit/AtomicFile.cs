namespace ResearchKit;

/// <summary>Writes files beside their place and renames them into it, so that a file is whole or absent.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">Where it shall stand; its folder is made when absent.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="KitException">The file cannot be written: no space, no permission, no such place. Nothing half-written stays.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var beside = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(beside, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"{path} could not be written: {e.Message.TrimEnd('.')}.{FreeSpace(folder)} Free some space or choose another place; what stood there before is untouched.", e);
        }
        finally
        {
            if (File.Exists(beside)) File.Delete(beside);
        }
    }

    private static string FreeSpace(string folder)
    {
        try
        {
            return $" The disk has {new DriveInfo(folder).AvailableFreeSpace / 1e6:F0} MB free.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return ""; // a disk that is gone has no size; what failed is said already
        }
    }

    /// <summary>Writes a text file in UTF-8.</summary>
    /// <exception cref="KitException">As <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
