using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ResearchKit.Notebooks.Export;

/// <summary>C# as HTML with its keywords, texts, numbers and comments marked.</summary>
internal static class CodeHtml
{
    private static readonly CSharpParseOptions Script = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);

    /// <summary>The code; classes <c>k</c>, <c>s</c>, <c>n</c> and <c>c</c> mark what is not plain.</summary>
    public static string Of(string code)
    {
        var html = new StringBuilder();
        foreach (var token in CSharpSyntaxTree.ParseText(code, Script).GetRoot().DescendantTokens())
        {
            Append(token.LeadingTrivia);
            Mark(Class(token), token.Text);
            Append(token.TrailingTrivia);
        }
        return html.ToString();

        void Append(SyntaxTriviaList trivia)
        {
            foreach (var piece in trivia)
                Mark(piece.IsKind(SyntaxKind.WhitespaceTrivia) || piece.IsKind(SyntaxKind.EndOfLineTrivia) || piece.IsKind(SyntaxKind.SkippedTokensTrivia) ? null : "c", piece.ToFullString());
        }

        void Mark(string? mark, string text)
        {
            if (text.Length == 0) return;
            var safe = WebUtility.HtmlEncode(text);
            html.Append(mark is null ? safe : $"<span class=\"{mark}\">{safe}</span>");
        }
    }

    private static string? Class(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
            or SyntaxKind.Utf8StringLiteralToken or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.InterpolatedStringStartToken or SyntaxKind.InterpolatedVerbatimStringStartToken
            or SyntaxKind.InterpolatedStringEndToken or SyntaxKind.InterpolatedSingleLineRawStringStartToken or SyntaxKind.InterpolatedMultiLineRawStringStartToken
            or SyntaxKind.InterpolatedRawStringEndToken => "s",
        SyntaxKind.NumericLiteralToken => "n",
        SyntaxKind.IdentifierToken => token.Text == "var" ? "k" : null,
        var kind => SyntaxFacts.IsKeywordKind(kind) || SyntaxFacts.IsContextualKeyword(kind) ? "k" : null,
    };
}
