using Microsoft.FSharp.Core;
using ResearchKit.Offline;

namespace Plotly.NET;

public class Config : PlotlyObject
{
    public static Config init(
        FSharpOption<bool> StaticPlot = null, FSharpOption<bool> Editable = null, FSharpOption<bool> Autosizable = null,
        FSharpOption<bool> Responsive = null, FSharpOption<bool> DisplayModeBar = null, FSharpOption<bool> Displaylogo = null,
        FSharpOption<string> Locale = null) =>
        new Config().With("staticPlot", StaticPlot).With("editable", Editable).With("autosizable", Autosizable)
            .With("responsive", Responsive).With("displayModeBar", DisplayModeBar).With("displaylogo", Displaylogo).With("locale", Locale);
}
