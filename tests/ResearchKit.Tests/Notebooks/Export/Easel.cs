using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Export;
using Xunit;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>One browser for every test that looks at figures; without one, they are skipped and say why.</summary>
public sealed class Easel : IDisposable
{
    private readonly string? _missing;
    private readonly FigureRenderer? _renderer;

    public Easel()
    {
        _missing = FigureRenderer.Program is null ? "there is no Chromium or Chrome on this machine" : MissingLibrary();
        if (_missing is null) _renderer = FigureRenderer.Start();
    }

    /// <summary>The renderer; to be asked for first in a <c>[SkippableFact]</c>.</summary>
    public FigureRenderer Renderer
    {
        get
        {
            Skip.If(_missing is not null, _missing);
            return _renderer!;
        }
    }

    /// <summary>Why plotly.js or KaTeX are not to be had here, or null.</summary>
    public static string? MissingLibrary()
    {
        try
        {
            WebLibrary.Plotly.Text("plotly.min.js");
            WebLibrary.Katex.Text("dist/katex.min.js");
            return null;
        }
        catch (KitException e) when (e.InnerException is HttpRequestException or TaskCanceledException)
        {
            return e.Message;
        }
    }

    /// <summary>
    /// What plotly.js's own schema has against a figure. Left out are empty objects, which Plotly.NET writes for every trace
    /// (<c>"marker":{}</c>) and which say nothing that could be wrong.
    /// </summary>
    public IReadOnlyList<string> Complaints(JsonObject figure) => Renderer.Page.Run<string[]>("""
        const figure = JSON.parse(args[0]);
        const said = complaint => complaint.path.reduce((value, key) => value && value[key], complaint.container === 'data' ? figure.data[complaint.trace] : figure.layout);
        const empty = value => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
        return (Plotly.validate(figure.data, figure.layout || {}) || []).filter(complaint => !(complaint.code === 'unused' && empty(said(complaint)))).map(complaint => complaint.msg);
        """, figure.ToJsonString());

    /// <summary>Looks at a picture as a reader would who knows only pixels.</summary>
    public Look LookAt(byte[] png) => Renderer.Page.Run<Look>("""
        const image = new Image();
        image.src = 'data:image/png;base64,' + args[0];
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer), ground = pixels[0], counts = new Map();
        let left = image.width, right = -1, top = image.height, bottom = -1;
        for (let y = 0; y < image.height; y++)
          for (let x = 0; x < image.width; x++) {
            const pixel = pixels[y * image.width + x];
            counts.set(pixel, (counts.get(pixel) || 0) + 1);
            if (pixel !== ground) { left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y); }
          }
        const margin = Math.min(left, top, image.width - 1 - right, image.height - 1 - bottom);
        return { width: image.width, height: image.height, colors: [...counts.values()].filter(count => count >= 50).length, ink: 1 - counts.get(ground) / pixels.length, margin };
        """, Convert.ToBase64String(png));

    public void Dispose() => _renderer?.Dispose();
}

/// <summary>What is to be seen in a picture.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Colors">How many colours at least 50 pixels have, the ground's among them.</param>
/// <param name="Ink">The share of pixels that are not the ground.</param>
/// <param name="Margin">The pixels between the ink and the nearest edge: 0 where something is cut, or the picture is empty.</param>
public sealed record Look(int Width, int Height, int Colors, double Ink, int Margin);

/// <summary>The tests that share the browser.</summary>
[CollectionDefinition(Name)]
public sealed class EaselTests : ICollectionFixture<Easel>
{
    public const string Name = "easel";
}
