using System.Reflection;
using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Figures;
using Xunit;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>Every figure of the kit before the eyes of plotly.js: its schema has nothing against it, and it is drawn whole.</summary>
[Collection(EaselTests.Name)]
public sealed class KitFigureTests(Easel easel, KitFigures figures) : IClassFixture<KitFigures>
{
    public static TheoryData<string> Names =>
        [.. typeof(Figure).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(GenericChart)).Select(method => method.Name).Distinct()];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void ItIsValidAndNothingOfItIsCut(string name)
    {
        _ = easel.Renderer;
        Assert.True(figures.All.ContainsKey(name), $"{nameof(KitFigures)} has no Figure.{name}: add it, so that it is looked at.");
        var figure = (JsonObject)JsonNode.Parse(GenericChart.toFigureJson(figures.All[name]()))!;
        Assert.Equal("", string.Join('\n', easel.Complaints(figure)));

        var picture = easel.Renderer.Draw(figure);
        if (Environment.GetEnvironmentVariable("KIT_KEEP_FIGURES") is { Length: > 0 } folder) File.WriteAllBytes(Path.Combine(folder, name + ".png"), picture.Png);
        var look = easel.LookAt(picture.Png);
        Assert.True(look.Colors >= 5, $"{look}");
        Assert.InRange(look.Ink, 0.02, 0.7);
        Assert.True(look.Margin >= 4, $"{look}");
    }
}
