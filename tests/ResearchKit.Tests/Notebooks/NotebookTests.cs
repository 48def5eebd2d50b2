using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Tests.Notebooks;

/// <summary>The document: what is unknown stays, what is none is refused.</summary>
public sealed class NotebookTests
{
    private const string Foreign = """
        {
         "cells": [
          {
           "cell_type": "markdown",
           "id": "a-1",
           "metadata": {
            "of_another_tool": {
             "x": 1.50
            }
           },
           "source": [
            "# Größe 🎉 <b>\n",
            "zwei"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": 3,
           "id": "b-2",
           "metadata": {
            "tags": [
             "varies"
            ]
           },
           "outputs": [],
           "source": []
          }
         ],
         "metadata": {
          "kernelspec": {
           "display_name": ".NET (C#)",
           "language": "C#",
           "name": ".net-csharp"
          },
          "unknown": [
           1e-05
          ]
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }

        """;

    [Fact]
    public void WhatItDoesNotKnowStaysByteForByte() => Assert.Equal(Foreign, Notebook.Parse(Foreign, "x").ToString());

    [Fact]
    public void AnOlderMinorGetsStableUniqueIdsAndEitherFormOfText()
    {
        var old = """{"nbformat":4,"nbformat_minor":2,"metadata":{},"cells":[{"cell_type":"code","source":"1","metadata":{}},{"cell_type":"code","source":["1"]}]}""";
        var json = JsonNode.Parse(Notebook.Parse(old, "x").ToString())!;
        Assert.Equal(5, (int)json["nbformat_minor"]!);
        var ids = json["cells"]!.AsArray().Select(cell => (string)cell!["id"]!).ToList();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-z0-9]{1,64}$", id));
        Assert.Equal(Notebook.Parse(old, "x").ToString(), Notebook.Parse(old, "x").ToString());
        Assert.All(Notebook.Parse(old, "x").Cells, cell => Assert.Equal("1", cell.Source));
    }

    [Theory]
    [InlineData("{ \"nbformat\": 4, ", "no valid JSON (line 1")]
    [InlineData("[]", "no notebook")]
    [InlineData("{\"nbformat\":3,\"worksheets\":[]}", "nbformat 3, expected 4. Convert it first: jupyter nbconvert")]
    [InlineData("{\"nbformat\":4,\"metadata\":{}}", "no list of cells")]
    [InlineData("{\"nbformat\":4,\"cells\":[{\"cell_type\":\"code\"}]}", "cell 1 has no cell_type or no source")]
    [InlineData("{\"nbformat\":4,\"cells\":[],\"metadata\":{\"kernelspec\":{\"language\":\"python\"}}}", "a notebook of python, expected C#")]
    public void WhatIsNoNotebookIsRefused(string text, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<KitException>(() => Notebook.Parse(text, "some.ipynb")).Message);

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a\n" })]
    [InlineData("a\n\nb", new[] { "a\n", "\n", "b" })]
    public void TextIsCutIntoLinesAndJoinedAgain(string text, string[] lines)
    {
        Assert.Equal(lines, Lines.Split(text).Select(line => (string?)line));
        Assert.Equal(text, Lines.Join(Lines.Split(text)));
    }
}
