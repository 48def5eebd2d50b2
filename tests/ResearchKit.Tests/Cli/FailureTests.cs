using ResearchKit.Cli;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>Whatever ends a command ends in words and a code that say whose turn it is.</summary>
public class FailureTests
{
    [Fact]
    public void WhatTheUserCanMendIsOneLineAndCode2()
    {
        var (code, said) = Report(new KitException("recipe.json: unknown key 'x'."), debug: false);
        Assert.Equal(2, code);
        Assert.Equal("kit: recipe.json: unknown key 'x'.\n", said);
    }

    [Fact]
    public void ADefectSaysHowToReportItAndIsCode1()
    {
        var (code, said) = Report(new InvalidOperationException("no such thing"), debug: false);
        Assert.Equal(1, code);
        Assert.Contains("a defect of the kit: InvalidOperationException: no such thing", said);
        Assert.Contains("--debug", said);
        Assert.DoesNotContain("   at ", said);
    }

    [Fact]
    public void DebugShowsWhereItHappened()
    {
        var (_, said) = Report(Thrown(), debug: true);
        Assert.Contains($"   at {typeof(FailureTests).FullName}.{nameof(Thrown)}", said);
    }

    [Fact]
    public void AnInterruptionIsCode130() => Assert.Equal(130, Report(new OperationCanceledException(), debug: false).Code);

    private static Exception Thrown()
    {
        try { throw new InvalidOperationException("no such thing"); }
        catch (InvalidOperationException e) { return e; }
    }

    private static (int Code, string Said) Report(Exception exception, bool debug)
    {
        using var error = new StringWriter();
        return (Failure.Report(exception, error, debug), error.ToString());
    }
}
