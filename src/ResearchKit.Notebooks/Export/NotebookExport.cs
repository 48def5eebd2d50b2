using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Export;

/// <summary>A notebook's figures as pictures, and the notebook as a page: for papers, for talks, and for those who run nothing.</summary>
public static class NotebookExport
{
    /// <summary>Exports one notebook. Everything is made before anything is written.</summary>
    /// <param name="path">The <c>.ipynb</c>, with its outputs.</param>
    /// <param name="options">What to make of it, and where.</param>
    /// <param name="cancel">Ends it before anything is written.</param>
    /// <returns>The files written, in order.</returns>
    /// <exception cref="KitException">
    /// The notebook cannot be read, has a broken figure or none to draw, or there is no browser, or a library is missing and there is no network.
    /// Nothing is written then.
    /// </exception>
    public static IReadOnlyList<string> Run(string path, ExportOptions options, CancellationToken cancel = default)
    {
        var notebook = Notebook.Load(path);
        var figures = NotebookFigure.In(notebook, path);
        if (figures.Count == 0 && !options.Html)
            throw new KitException($"{path} has no figure among its outputs; run it first: ./kit notebook run {path}");

        var page = options.Html ? StandalonePage.Of(notebook, path, figures) : null;
        var pictures = options.Pictures || options.Embed ? Draw(figures, path, cancel) : [];

        var written = new List<string>();
        if (options.Pictures)
            foreach (var (figure, picture) in figures.Zip(pictures))
                Write(Path.Combine(options.Folder, figure.Name + ".png"), file => AtomicFile.Write(file, stream => stream.Write(picture.Png)));
        if (page is not null) Write(Path.Combine(options.Folder, Path.GetFileNameWithoutExtension(path) + ".html"), file => AtomicFile.WriteText(file, page));
        if (options.Embed && figures.Count > 0)
        {
            foreach (var (figure, picture) in figures.Zip(pictures)) Embed(figure, picture);
            Write(path, file => notebook.Save(file));
        }
        return written;

        void Write(string file, Action<string> write)
        {
            write(file);
            written.Add(file);
        }
    }

    private static List<Picture> Draw(IReadOnlyList<NotebookFigure> figures, string path, CancellationToken cancel)
    {
        var pictures = new List<Picture>();
        if (figures.Count == 0) return pictures;
        using var renderer = FigureRenderer.Start();
        foreach (var figure in figures)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                pictures.Add(renderer.Draw(figure.Figure));
            }
            catch (KitException e)
            {
                cancel.ThrowIfCancellationRequested();   // the terminal's Ctrl-C ended the browser, too
                throw new KitException($"{path}, cell {figure.Cell}: {e.Message}", e);
            }
        }
        return pictures;
    }

    // Whoever shows the notebook takes the richest kind it knows: the figure as data where there is plotly.js, else the picture. HTML
    // would come before the picture and show nothing where scripts do not run, so what else it says moves to an output of its own.
    private static void Embed(NotebookFigure figure, Picture picture)
    {
        var data = (JsonObject)figure.Output["data"]!;
        var html = StaticHtml.WithoutScripts(Lines.Join(data["text/html"]) ?? "");
        data.Remove("text/html");
        data[NotebookFigure.MimeType] = figure.Figure.DeepClone();
        data["image/png"] = Convert.ToBase64String(picture.Png);
        if (figure.Output["metadata"] is not JsonObject metadata) figure.Output["metadata"] = metadata = [];
        metadata["image/png"] = new JsonObject { ["width"] = picture.Width, ["height"] = picture.Height };
        if (StaticHtml.Shows(html) && figure.Output.Parent is JsonArray outputs)
            outputs.Insert(outputs.IndexOf(figure.Output) + 1, new JsonObject { ["output_type"] = "display_data", ["data"] = new JsonObject { ["text/html"] = html }, ["metadata"] = new JsonObject() });
    }
}

/// <summary>What to make of a notebook.</summary>
public sealed record ExportOptions
{
    /// <summary>Where pictures and page go; made when absent.</summary>
    public required string Folder { get; init; }

    /// <summary>Every figure as a PNG file.</summary>
    public bool Pictures { get; init; }

    /// <summary>The notebook as one HTML file that needs no network.</summary>
    public bool Html { get; init; }

    /// <summary>Every figure's picture written into the notebook, beside the figure's data, so that it shows where no script runs.</summary>
    public bool Embed { get; init; }
}
