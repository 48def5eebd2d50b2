using System.CommandLine;
using ResearchKit.Notebooks.Export;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit notebook export</c>: figures as pictures, the notebook as a page.</summary>
internal static class NotebookExportCommand
{
    public static Command Build(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "A notebook that has been run" };
        var folder = new Option<string?>("--out") { Description = "Folder for pictures and page [default: runs/notebooks/NAME]", HelpName = "FOLDER" };
        var png = new Option<bool>("--png") { Description = "Every figure as a PNG; this and --html is what is made when nothing is named" };
        var html = new Option<bool>("--html") { Description = "The notebook as one page that needs no network" };
        var embed = new Option<bool>("--embed") { Description = "Write the pictures into the notebook, so that they show where no script runs" };
        var command = new KitCommand("export", "Draw a notebook's figures as pictures and the notebook as a page", """
              ./kit notebook export notebooks/00-start-here.ipynb
              ./kit notebook export notebooks/00-start-here.ipynb --png --out docs/figures
              ./kit notebook export notebooks/00-start-here.ipynb --embed
            """)
        {
            file, folder, png, html, embed,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            bool named = parsed.GetValue(png) || parsed.GetValue(html) || parsed.GetValue(embed);
            using var interruption = new Interruption(terminal.Error, "closing the browser");
            var written = NotebookExport.Run(path, new()
            {
                Folder = parsed.GetValue(folder) ?? Path.Combine("runs", "notebooks", Path.GetFileNameWithoutExtension(path)),
                Pictures = parsed.GetValue(png) || !named,
                Html = parsed.GetValue(html) || !named,
                Embed = parsed.GetValue(embed),
            }, interruption.Requested);
            foreach (var name in written) terminal.Output.WriteLine(name);
            return ExitCode.Success;
        });
        return command;
    }
}
