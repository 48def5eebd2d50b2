using System.Text.Json.Nodes;

namespace ResearchKit.Notebooks.Export;

/// <summary>Draws plotly figures as PNG pictures, in one headless browser for all of them.</summary>
public sealed class FigureRenderer : IDisposable
{
    /// <summary>Pixels of the picture for one of the figure's: sharp on a fine screen, legible at half its size.</summary>
    public const int Scale = 2;

    /// <summary>The program that draws: <c>KIT_BROWSER</c>, else the Chromium or Chrome of this machine; null where there is none.</summary>
    public static string? Program => Browser.Place;

    private readonly string _folder = Directory.CreateTempSubdirectory("researchkit-figures-").FullName;

    private FigureRenderer(Browser browser) => Page = browser;

    /// <summary>The browser, with plotly.js loaded.</summary>
    internal Browser Page { get; }

    /// <summary>Starts the browser.</summary>
    /// <exception cref="KitException">No browser, or no plotly.js and no network to fetch it.</exception>
    public static FigureRenderer Start()
    {
        var plotly = WebLibrary.Plotly.Bytes("plotly.min.js");
        var renderer = new FigureRenderer(Browser.Start());
        try
        {
            File.WriteAllBytes(Path.Combine(renderer._folder, "plotly.min.js"), plotly);
            renderer.Open();
            return renderer;
        }
        catch
        {
            renderer.Dispose();
            throw;
        }
    }

    /// <summary>Draws one figure. The same figure gives the same bytes on the same machine.</summary>
    /// <param name="figure">What plotly.js calls a figure: <c>data</c>, and <c>layout</c> if there is one.</param>
    /// <returns>The picture, <see cref="Scale"/> times as large as the figure says it is.</returns>
    /// <exception cref="KitException">plotly.js cannot draw it; the message says why.</exception>
    public Picture Draw(JsonObject figure)
    {
        Check(figure);
        var (width, height) = (Size("width", 800), Size("height", 450));
        try
        {
            var url = Page.Run<string>("""
                const figure = JSON.parse(args[0]);
                return await Plotly.toImage({ data: figure.data, layout: figure.layout || {} }, { format: 'png', width: args[1], height: args[2], scale: args[3] });
                """, figure.ToJsonString(), width, height, Scale);
            return new(Convert.FromBase64String(url[(url.IndexOf(',') + 1)..]), width, height);
        }
        catch (ScriptException e)
        {
            throw new KitException($"plotly.js {WebLibrary.Plotly.Version} cannot draw this figure: {e.Message.TrimEnd('.')}.", e);
        }

        int Size(string name, int otherwise) =>
            (figure["layout"] as JsonObject)?[name] is JsonValue value && value.TryGetValue(out double pixels) && pixels is >= 10 and <= 10_000 ? (int)Math.Round(pixels) : otherwise;
    }

    /// <summary>Sees that a figure has the shape of one.</summary>
    /// <exception cref="KitException">It has not.</exception>
    internal static void Check(JsonObject figure)
    {
        if (figure["data"] is not JsonArray) throw new KitException("this is no plotly figure: 'data' is not a list of traces.");
        if (figure["layout"] is not (JsonObject or null)) throw new KitException("this is no plotly figure: 'layout' is not an object.");
    }

    /// <summary>Shows the empty page with plotly.js again, after another one.</summary>
    internal void Open()
    {
        var page = Path.Combine(_folder, "page.html");
        File.WriteAllText(page, "<!doctype html><meta charset=\"utf-8\"><body><script src=\"plotly.min.js\"></script>");
        Page.Open(page);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Page.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A figure as PNG.</summary>
/// <param name="Png">The file.</param>
/// <param name="Width">The figure's width in CSS pixels; the picture has <see cref="FigureRenderer.Scale"/> times as many.</param>
/// <param name="Height">Its height, likewise.</param>
public sealed record Picture(byte[] Png, int Width, int Height);
