using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ResearchKit.Distillation;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Papers.MultiAspectDistillation;
using ResearchKit.Papers.OnlineDistillation;

namespace ResearchKit.Papers;

/// <summary>Makes the papers' own methods known to recipes. A room stands on the rest of the kit and nothing stands on a room, so each
/// says itself what it brings.</summary>
internal static class PaperMethods
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It fills a table and touches nothing else; whoever loads the kit has its methods.")]
    internal static void Register()
    {
        foreach (var entry in (MethodEntry[])[GradientKd.Entry, GradientKdCls.Entry, OnlineKd.Entry, MultiAspectKd.Entry])
            MethodCatalog.Add(entry);
    }
}
