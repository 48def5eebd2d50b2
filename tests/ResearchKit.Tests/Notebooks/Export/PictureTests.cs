using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Export;
using Xunit;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>Figures as pictures: whole, legible and the same every time.</summary>
[Collection(EaselTests.Name)]
public class PictureTests(Easel easel)
{
    [SkippableFact]
    public void APictureIsTwiceTheFiguresSizeAndNothingOfItIsCut()
    {
        var picture = easel.Renderer.Draw(SampleNotebook.Curves);
        var look = easel.LookAt(picture.Png);
        Assert.Equal((700, 420), (picture.Width, picture.Height));
        Assert.Equal((1400, 840), (look.Width, look.Height));
        Assert.True(look.Colors >= 5, $"{look}");        // ground, grid, two lines, text
        Assert.InRange(look.Ink, 0.01, 0.5);
        Assert.True(look.Margin >= 4, $"{look}");
    }

    [SkippableFact]
    public void TheSameFigureGivesTheSameBytes() =>
        Assert.Equal(easel.Renderer.Draw(SampleNotebook.Curves).Png, easel.Renderer.Draw(SampleNotebook.Curves).Png);

    [SkippableFact]
    public void AnEmptyOrACutPictureIsFoundOut()
    {
        var empty = Figure("""{"data":[],"layout":{"xaxis":{"visible":false},"yaxis":{"visible":false}}}""");
        var look = easel.LookAt(easel.Renderer.Draw(empty).Png);
        Assert.Equal((1, 0.0), (look.Colors, look.Ink));

        var cut = Figure("""{"data":[{"type":"bar","orientation":"h","x":[1],"y":["a method with a long name"]}],"layout":{"margin":{"l":20},"yaxis":{"automargin":false}}}""");
        Assert.Equal(0, easel.LookAt(easel.Renderer.Draw(cut).Png).Margin);
    }

    [SkippableFact]
    public void AFigureWithoutASizeGetsASensibleOne()
    {
        var picture = easel.Renderer.Draw(Figure("""{"data":[{"y":[1,2]}]}"""));
        Assert.Equal((800, 450), (picture.Width, picture.Height));
    }

    [SkippableTheory]
    [InlineData("""{"layout":{}}""", "'data' is not a list of traces")]
    [InlineData("""{"data":[],"layout":3}""", "'layout' is not an object")]
    [InlineData("""{"data":[null]}""", "cannot draw this figure: Cannot read")]
    public void WhatIsNoFigureIsRefusedInOneSentence(string json, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<KitException>(() => easel.Renderer.Draw(Figure(json))).Message);

    [SkippableFact]
    public void TheSchemaIsAsked()
    {
        Assert.Empty(easel.Complaints(SampleNotebook.Curves));
        var complaint = Assert.Single(easel.Complaints(Figure("""{"data":[{"type":"scatter","mode":"wavy","y":[1]}],"layout":{}}""")));
        Assert.Contains("mode", complaint);
    }

    private static JsonObject Figure(string json) => (JsonObject)JsonNode.Parse(json)!;
}
