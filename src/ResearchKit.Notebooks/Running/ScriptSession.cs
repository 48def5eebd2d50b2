using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Running;

/// <summary>
/// C# cells one after another, each with what the earlier ones declared: the semantics of .NET Interactive's C# kernel, with Roslyn's
/// scripting underneath. An expression without a semicolon at a cell's end is its value; a failed cell keeps what it had set.
/// </summary>
internal sealed class ScriptSession : IDisposable
{
    private static readonly CSharpParseOptions Syntax = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);
    private readonly InteractiveAssemblyLoader _loader = new();
    private readonly CellThread _thread = new();
    private readonly CellKernel _kernel = new();
    private readonly ReferenceResolver _references;
    private readonly ScriptOptions _options;
    private readonly string _folder;
    private ScriptState<object>? _state;
    private CancellationTokenSource _stop = new();

    /// <summary>Makes a session without any variables.</summary>
    /// <param name="folder">Where <c>#r</c> and <c>#!import</c> look first: the notebook's folder.</param>
    public ScriptSession(string folder)
    {
        _folder = folder;
        _references = new(folder, _loader);
        _options = ScriptOptions.Default
            .WithLanguageVersion(LanguageVersion.Latest)
            .WithMetadataResolver(_references)
            .WithSourceResolver(new SourceFileResolver([], folder))
            .WithFileEncoding(System.Text.Encoding.UTF8)
            .WithEmitDebugInformation(true) // for the lines in a trace
            .AddImports("System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq", typeof(Kernel).FullName!)
            .AddReferences(new[] { typeof(Enumerable), typeof(List<>), typeof(Kernel), typeof(Formatter), typeof(Microsoft.AspNetCore.Html.IHtmlContent) }
                .Select(type => type.Assembly.GetName().Name!).Select(name => MetadataReference.CreateFromFile(HostAssemblies.Find(name)!)));
        foreach (var type in new[] { typeof(Kernel), typeof(Formatter), typeof(Microsoft.AspNetCore.Html.IHtmlContent) }) _loader.RegisterDependency(type.Assembly);
    }

    /// <summary>What the cells so far compile to, for completion; null before the first.</summary>
    public Script? Script => _state?.Script;

    /// <summary>The options that the next cell is compiled with.</summary>
    public ScriptOptions Options => _options;

    /// <summary>A variable that a cell declared, or null.</summary>
    public ScriptVariable? Variable(string name) => _state?.GetVariable(name);

    /// <summary>Runs a cell.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="cell">What to call it in errors, such as <c>cell 3</c>.</param>
    /// <param name="sink">Hears what it prints and shows.</param>
    /// <param name="language">What it is written in.</param>
    /// <returns>Why it failed, or null.</returns>
    public async Task<CellError?> Run(string text, string cell, ICellSink sink, string language = "csharp")
    {
        if (_stop.IsCancellationRequested) _stop = new();
        return await RunPieces(text, cell, new Orderly(sink), language, _stop.Token);
    }

    /// <summary>Stops the cell that runs: at once where it waits; where it computes without looking up it is left behind. Code that it started on other threads goes on.</summary>
    public void Interrupt() => _ = _stop.CancelAsync();

    private async Task<CellError?> RunPieces(string text, string cell, ICellSink sink, string language, CancellationToken stop)
    {
        var pieces = CellText.Cut(text, language, out var problem);
        if (problem is { } wrong) return CellError.InText(cell, wrong.Line, wrong.Message);
        Stopwatch? clock = null;
        foreach (var piece in pieces)
        {
            CellError? error = null;
            switch (piece.Kind)
            {
                case PieceKind.Markdown:
                    sink.Display(MimeBundle.Of("text/markdown", piece.Text), null);
                    break;
                case PieceKind.Html:
                    sink.Display(MimeBundle.Of("text/html", piece.Text), null);
                    break;
                case PieceKind.Time:
                    clock = Stopwatch.StartNew();
                    break;
                case PieceKind.Import:
                    error = await Import(piece, cell, sink, stop);
                    break;
                default:
                    await _kernel.Handle(async () =>
                    {
                        CellError? failure = null;
                        var end = await _thread.Run(() => failure = RunCode(piece.Text, cell, sink, stop), stop);
                        error = end switch { WorkEnd.Done => failure, WorkEnd.Stopped => CellError.Interrupted, _ => CellError.LeftBehind };
                    }, sink);
                    break;
            }
            if (error is not null) return error;
        }
        if (clock is not null) sink.Display(MimeBundle.Of("text/plain", $"Wall time: {clock.ElapsedMilliseconds} ms"), null);
        return null;
    }

    private async Task<CellError?> Import(Piece piece, string cell, ICellSink sink, CancellationToken stop)
    {
        var path = new[] { _folder, Directory.GetCurrentDirectory() }.Select(place => Path.GetFullPath(piece.Text, place)).FirstOrDefault(File.Exists);
        if (path is null) return CellError.InText(cell, piece.Line, $"#!import: there is no file {piece.Text} (looked from {_folder}).");
        try
        {
            switch (Path.GetExtension(path).ToLowerInvariant())
            {
                case ".cs" or ".csx":
                    return await RunPieces(File.ReadAllText(path), Path.GetFileName(path), sink, "csharp", stop);
                case ".ipynb":
                    int number = 0;
                    foreach (var imported in Notebook.Load(path).Cells)
                    {
                        number++;
                        if (imported.IsCode && await RunPieces(imported.Source, $"{Path.GetFileName(path)}, cell {number}", sink, imported.Language ?? "csharp", stop) is { } error) return error;
                    }
                    return null;
                default:
                    return CellError.InText(cell, piece.Line, $"#!import takes .ipynb, .cs and .csx, not {Path.GetFileName(path)}.");
            }
        }
        catch (KitException e)
        {
            return CellError.InText(cell, piece.Line, e.Message);
        }
    }

    private CellError? RunCode(string code, string cell, ICellSink sink, CancellationToken stop)
    {
        var text = Microsoft.CodeAnalysis.Text.SourceText.From(code, System.Text.Encoding.UTF8);
        if (Refused(code, cell) is { } refusal) return refusal;
        var options = _options.WithFilePath(cell);
        var script = _state is null ? CSharpScript.Create<object>(code, options, assemblyLoader: _loader) : _state.Script.ContinueWith<object>(code, options);
        var errors = script.Compile(stop).Where(found => found.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0) return CellError.Of(cell, errors, text);

        using var console = new ConsoleCapture(sink);
        // An exception does not take the state along: what the cell had set stays, as in the C# kernel.
        bool Keep(Exception e) => e is not ThreadAbortException;
        var running = _state is null ? script.RunAsync(null, Keep, CancellationToken.None) : script.RunFromAsync(_state, Keep, CancellationToken.None);
        running.Wait(stop); // a cell that awaits is left alone with what it awaits
        stop.ThrowIfCancellationRequested(); // one that was left behind comes too late to count
        _state = running.Result;
        if (_state.Exception is not null && stop.IsCancellationRequested) return CellError.Interrupted;
        if (_state.Exception is { } thrown) return CellError.Of(cell, thrown);
        try
        {
            if (HasValue(script.GetCompilation())) sink.Result(MimeBundle.Of(Forms(_state.ReturnValue)));
        }
        catch (Exception e) when (e is not ThreadAbortException)
        {
            return CellError.Of(cell, e); // a formatter threw
        }
        return null;
    }

    /// <summary>What is wrong with the references of a cell, before the compiler sees them: it would say less.</summary>
    private CellError? Refused(string code, string cell)
    {
        var tree = CSharpSyntaxTree.ParseText(code, Syntax);
        foreach (var directive in ((CompilationUnitSyntax)tree.GetRoot()).GetReferenceDirectives())
        {
            int line = directive.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
            var reference = directive.File.ValueText;
            if (reference.TrimStart().StartsWith("nuget:", StringComparison.OrdinalIgnoreCase))
                return CellError.InText(cell, line, $"#r \"{reference}\": this kernel restores no packages. Reference a .dll by its path, or open the notebook in an engine that does (Polyglot, Verso).");
            try
            {
                if (_references.Find(reference) is null)
                    return CellError.InText(cell, line, $"#r \"{reference}\": there is no such file (looked from {_folder}). If it is a part of the kit, build it first: ./kit doctor does.");
            }
            catch (KitException e)
            {
                return CellError.InText(cell, line, $"#r \"{reference}\": {e.Message}");
            }
        }
        return null;
    }

    private static IEnumerable<FormattedValue> Forms(object? value) => value switch
    {
        FormattedValue form => [form],
        IEnumerable<FormattedValue> forms => forms,
        _ => FormattedValue.CreateManyFromObject(value),
    };

    /// <summary>True when a cell ends with an expression that has a value and no semicolon.</summary>
    private static bool HasValue(Compilation compilation)
    {
        var tree = compilation.SyntaxTrees.Single();
        if (((CompilationUnitSyntax)tree.GetRoot()).Members.LastOrDefault() is not GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last }) return false;
        return compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression).Type is not { SpecialType: SpecialType.System_Void };
    }

    public void Dispose()
    {
        _thread.Dispose();
        _kernel.Dispose();
        _loader.Dispose();
        _stop.Dispose();
    }

    /// <summary>Lets one thread at a time through to a sink: cells start threads that print.</summary>
    private sealed class Orderly(ICellSink sink) : ICellSink
    {
        private readonly Lock _gate = new();

        public void Write(string stream, string text) { lock (_gate) sink.Write(stream, text); }
        public void Display(System.Text.Json.Nodes.JsonObject content, string? displayId) { lock (_gate) sink.Display(content, displayId); }
        public void Update(System.Text.Json.Nodes.JsonObject content, string displayId) { lock (_gate) sink.Update(content, displayId); }
        public void Result(System.Text.Json.Nodes.JsonObject content) { lock (_gate) sink.Result(content); }
        public string? ReadLine() => sink.ReadLine(); // it waits for someone, and others may print meanwhile
    }
}
