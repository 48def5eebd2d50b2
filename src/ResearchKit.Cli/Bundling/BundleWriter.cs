using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace ResearchKit.Cli.Bundling;

/// <summary>Writes a bundle's files as a folder or an archive. The same files give the same archive, byte for byte.</summary>
internal static class BundleWriter
{
    /// <summary>The folder that an archive unpacks to.</summary>
    public const string Folder = "researchkit";

    // In place of the files' own times, which differ from clone to clone.
    private static readonly DateTimeOffset s_time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Copies them below a new folder, which appears when it is whole.</summary>
    /// <exception cref="KitException">Something stands there already.</exception>
    public static void WriteFolder(string path, IEnumerable<BundleFile> files)
    {
        if (Path.Exists(path)) throw new KitException($"{path} is there already. Remove it, or name another place with --out.");
        var beside = $"{Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))}.{Environment.ProcessId}.tmp";
        try
        {
            foreach (var file in files)
            {
                var target = Path.Combine(beside, file.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file.Source, target);
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(target, file.Mode);
            }
            Directory.Move(beside, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"{path} could not be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(beside)) Directory.Delete(beside, recursive: true);
        }
    }

    /// <summary>Packs them with xz.</summary>
    /// <param name="path">The archive, which appears when it is whole.</param>
    /// <param name="files">What goes into it, in this order.</param>
    /// <param name="program">The program xz.</param>
    /// <returns>False where there is no such program; then nothing is written.</returns>
    public static bool TryWriteXz(string path, IEnumerable<BundleFile> files, string program = "xz")
    {
        try
        {
            // The window of level 8, 32 MB, reaches from a program to its second copy beside the tests; level 9 wants twice the memory and saves nothing.
            using var xz = Process.Start(new ProcessStartInfo(program, ["-8", "--threads=0", "--stdout"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            AtomicFile.Write(path, stream =>
            {
                var packed = xz.StandardOutput.BaseStream.CopyToAsync(stream);
                using (var input = xz.StandardInput.BaseStream) WriteTar(input, files);
                packed.GetAwaiter().GetResult();
                xz.WaitForExit();
                if (xz.ExitCode != 0) throw new IOException($"xz ended with code {xz.ExitCode}");
            });
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Packs them with gzip, half as large again.</summary>
    /// <param name="path">The archive, which appears when it is whole.</param>
    /// <param name="files">What goes into it, in this order.</param>
    public static void WriteGzip(string path, IEnumerable<BundleFile> files) => AtomicFile.Write(path, stream =>
    {
        using var packed = new GZipStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        WriteTar(packed, files);
    });

    /// <summary>The archive before it is packed.</summary>
    internal static void WriteTar(Stream stream, IEnumerable<BundleFile> files)
    {
        using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
        foreach (var file in files)
        {
            using var content = File.OpenRead(file.Source);
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{Folder}/{file.Path}") { Mode = file.Mode, ModificationTime = s_time, DataStream = content });
        }
    }
}
