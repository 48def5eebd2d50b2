using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Web;
using Microsoft.AspNetCore.Html;

namespace Microsoft.DotNet.Interactive.Formatting;

public static class PlainTextFormatter
{
    public const string MimeType = "text/plain";
}

public static class PlainTextSummaryFormatter
{
    public const string MimeType = "text/plain+summary";
}

public static class HtmlFormatter
{
    public const string MimeType = "text/html";

    public static void RequireDefaultStyles(this FormatContext context) => context.RequireStyles();
}

public static class JsonFormatter
{
    public const string MimeType = "application/json";

    public static JsonSerializerOptions SerializerOptions { get; } = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

public static class Html
{
    public static IHtmlContent HtmlEncode(this string content) => new HtmlString(HttpUtility.HtmlEncode(content));

    public static IHtmlContent HtmlAttributeEncode(this string content) => new HtmlString(HttpUtility.HtmlAttributeEncode(content));

    public static IHtmlContent ToHtmlContent(this string value) => new HtmlString(value);
}
