using Microsoft.FSharp.Core;
using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>Where a page takes plotly.js from.</summary>
public abstract class PlotlyJSReference
{
    private PlotlyJSReference() { }

    public sealed class CDN : PlotlyJSReference
    {
        internal CDN(string item) => Item = item;

        public string Item { get; }
    }

    private sealed class None : PlotlyJSReference;

    public static PlotlyJSReference NoReference { get; } = new None();

    public static PlotlyJSReference NewCDN(string item) => new CDN(item);
}

/// <summary>What a page around a chart says.</summary>
public class DisplayOptions : PlotlyObject
{
    public static DisplayOptions init(FSharpOption<string> DocumentTitle = null, FSharpOption<string> DocumentCharset = null,
        FSharpOption<string> DocumentDescription = null, FSharpOption<PlotlyJSReference> PlotlyJSReference = null) =>
        new DisplayOptions().With("title", DocumentTitle).With("charset", DocumentCharset).With("description", DocumentDescription)
            .With("reference", PlotlyJSReference);

    public static DisplayOptions initCDNOnly() => init(PlotlyJSReference: Plotly.NET.PlotlyJSReference.NewCDN(Defaults.PlotlyJs));
}
