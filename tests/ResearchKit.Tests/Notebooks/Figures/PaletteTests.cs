using ResearchKit.Distillation;
using ResearchKit.Notebooks.Figures;

namespace ResearchKit.Tests.Notebooks.Figures;

/// <summary>One look for each method, everywhere.</summary>
public sealed class PaletteTests
{
    [Fact]
    public void ThePapersMethodsDifferInColourAndInGrey()
    {
        var looks = ((string[])["fine-tune", "kd", "pkd", "gradkd", "gradkd-cls", "okd", "makd", "onpolicy-kd"]).Select(Palette.Of).ToList();
        Assert.Equal(looks.Count, looks.Select(l => l.Colour).Distinct().Count());
        Assert.Equal(looks.Count, looks.Select(l => (l.Marker.ToString(), l.Dash.ToString())).Distinct().Count());
    }

    [Fact]
    public void AControlLooksTheSameInWhateverCompany()
    {
        (string, string, bool)[] all = [("fine-tune", "teacher", true), ("kd", "mine", false), ("kd", "kd-frozen", false), ("kd", "kd", false), ("kd", "kd-no-dropout", false), ("kd", "kd-frozen-no-dropout", false), ("kd", "other", false)];
        var looks = Palette.Of(all);
        Assert.Equal(Palette.Teacher, looks[0]);
        for (int i = 2; i <= 5; i++) Assert.Equal(Palette.Of([all[i]])[0], looks[i]);
        Assert.All(looks.Skip(1), l => Assert.Equal(Palette.Of("kd").Colour, l.Colour));
        Assert.Equal(all.Length, looks.Distinct().Count());
        Assert.Equal(Palette.Of("kd"), looks[3]);
        Assert.Equal(Palette.Of("kd"), Palette.Of([("kd", "mine", false)])[0]);
    }

    [Fact]
    public void AnUnknownMethodAlwaysLooksTheSame()
    {
        Assert.Equal(Palette.Of("mine"), Palette.Of("mine"));
        Assert.All(MethodCatalog.Names, name => Assert.Matches("^#[0-9A-F]{6}$", Palette.Of(name).Colour));
    }

    [Fact]
    public void AVariantKeepsTheColourAlone()
    {
        var look = Palette.Of("kd");
        var other = look.Variant(1);
        Assert.Equal(look.Colour, other.Colour);
        Assert.NotEqual(look.Dash, other.Dash);
        Assert.NotEqual(look.Marker, other.Marker);
        Assert.Equal(look, look.Variant(0));
    }

    [Fact]
    public void ACutScaleBeginsAndEndsWhereItWasCut()
    {
        var cut = Palette.Cut([(0, "#000000"), (1, "#646464")], 0.5, 1);
        Assert.Equal([(0.0, "#323232"), (1.0, "#646464")], cut);
    }
}
