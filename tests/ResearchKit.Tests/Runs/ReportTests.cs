using System.Xml.Linq;
using ResearchKit.Runs.Report;
using Xunit;

namespace ResearchKit.Tests.Runs;

public sealed class ReportTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.71, 0.83)]
    [InlineData(-3, 12000)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    public void Ticks_enclose_the_range_in_a_handful_of_even_steps(double low, double high)
    {
        var ticks = SvgChart.Ticks(low, high);
        Assert.True(ticks[0] <= low + 1e-9 && ticks[^1] >= high - 1e-9);
        Assert.InRange(ticks.Length, 3, 9);
        double step = ticks[1] - ticks[0];
        for (int i = 1; i < ticks.Length; i++) Assert.Equal(step, ticks[i] - ticks[i - 1], 6);
    }

    [Fact]
    public void A_chart_is_well_formed_and_breaks_a_line_at_what_is_not_a_number()
    {
        var svg = SvgChart.Lines([new("a < b", "#000000", [(0, 1), (1, double.NaN), (2, 3), (3, 2)])], "step", "loss");
        var root = XElement.Parse($"<div>{svg}</div>");
        var path = root.Descendants("path").Single().Attribute("d")!.Value;
        Assert.Equal(2, path.Count(c => c == 'M'));
        Assert.Equal(1, path.Count(c => c == 'L'));
        Assert.Contains(root.Descendants("span"), s => s.Value == "a < b");
    }

    [Fact]
    public void Nothing_finite_to_draw_is_refused() =>
        Assert.Throws<ArgumentException>(() => SvgChart.Lines([new("a", "#000", [(0, double.NaN)])], "x", "y"));

    [Fact]
    public void A_page_escapes_what_it_is_given_and_needs_nothing_from_elsewhere()
    {
        var page = new Page("<b>title</b>").Text("</body><script>").Table(["name", "value"], [["<i>", "1.5 ± 0.1"]]).ToString();
        Assert.DoesNotContain("<script>", page);
        Assert.DoesNotContain("<i>", page.Replace("<i></i>", ""));
        Assert.DoesNotContain("http", page);
        Assert.Contains("<td class=\"n\">1.5 ± 0.1</td>", System.Net.WebUtility.HtmlDecode(page).Replace("&lt;", "<"));
    }
}
