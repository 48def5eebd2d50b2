using System.CommandLine;
using System.Runtime.InteropServices;
using ResearchKit.Cli.Bundling;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit bundle</c>: the kit in one file, for machines without .NET.</summary>
internal static class BundleCommand
{
    public static Command Build(Terminal terminal)
    {
        var place = new Option<string>("--out") { HelpName = "PATH", Description = "An archive FILE.tar.xz or FILE.tar.gz, or a new folder", DefaultValueFactory = _ => "researchkit.tar.xz" };
        var command = new KitCommand("bundle", "Pack the kit with its .NET, for a Linux machine that has PyTorch and no .NET", """
              ./kit bundle                                    # researchkit.tar.xz, here
              ./kit bundle --out /scratch/researchkit         # a folder in place of an archive

            There, with g++ installed (and cmake and make where they are at hand, which is faster the second time):

              tar -xf researchkit.tar.xz && cd researchkit
              ./kit doctor                                    # compiles the native part against python3's PyTorch, once; or LIBTORCH=/path ./kit doctor
              ./kit test

            All of the kit is in it but libtorch, WordNet and other data; what ./kit does here it does there, except build.
            """)
        {
            place,
        };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(place)!));
        return command;
    }

    private static int Run(Terminal terminal, string place)
    {
        var root = KitFolder.Path ?? throw new KitException("This program no longer lies in the folder that it was built in, so there is nothing to pack. Run ./kit bundle in a clone.");
        RequireStandIns(BuildFact.Of("KitPackages"));
        var files = BundleContents.Of(root, DotnetInstallation.OfThisProcess());
        var written = Write(terminal, place, files);
        terminal.Output.WriteLine(FormattableString.Invariant(
            $"{written}: {Size(written) / 1e6:F1} MB, {files.Count:N0} files, with {RuntimeInformation.FrameworkDescription}. On a Linux machine (x86_64) with g++ and PyTorch, or any libtorch:"));
        terminal.Output.WriteLine(Directory.Exists(written) ? $"  cd {Shell.Quote(written)}" : $"  tar -xf {Shell.Quote(Path.GetFileName(written))} && cd {BundleWriter.Folder}");
        terminal.Output.WriteLine("  ./kit doctor    # compiles the native part against python3's PyTorch, once; another libtorch: LIBTORCH=/path ./kit doctor");
        terminal.Output.WriteLine("  ./kit test      # and every other command as here");
        return ExitCode.Success;
    }

    /// <summary>TorchSharp's own packages bring a libtorch of gigabytes and want exactly that one.</summary>
    internal static void RequireStandIns(string packages)
    {
        if (packages != "offline")
            throw new KitException($"A bundle stands on the stand-ins of src/Offline, which run over any libtorch, and this kit is built with the packages of {packages}. "
                + "To build it with the stand-ins: KIT_PACKAGES=offline ./kit bundle; and afterwards to go back: KIT_PACKAGES= ./kit prepare.");
    }

    // What was written, which is a .tar.gz where there is no xz for the .tar.xz.
    private static string Write(Terminal terminal, string place, IReadOnlyList<BundleFile> files)
    {
        if (place.EndsWith(".tar.xz", StringComparison.Ordinal))
        {
            terminal.Error.WriteLine("packing with xz, a minute or two of every core");
            if (BundleWriter.TryWriteXz(place, files)) return place;
            place = place[..^"xz".Length] + "gz";
            terminal.Error.WriteLine($"there is no xz on this machine (package xz-utils), so this becomes {place}, and larger");
        }
        if (place.EndsWith(".tar.gz", StringComparison.Ordinal)) BundleWriter.WriteGzip(place, files);
        else BundleWriter.WriteFolder(place, files);
        return place;
    }

    private static long Size(string path) =>
        File.Exists(path) ? new FileInfo(path).Length : new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
