using System.Text.Json;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace ResearchKit.Notebooks.Export;

/// <summary>A headless Chromium or Chrome without a network. It only ever shows files of this machine.</summary>
internal sealed class Browser : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ChromeDriver _driver;

    private Browser(ChromeDriver driver) => _driver = driver;

    /// <summary>Where this machine's browser is, or null: <c>KIT_BROWSER</c>, else the first of the usual names on the path.</summary>
    public static string? Place =>
        Environment.GetEnvironmentVariable("KIT_BROWSER") is { Length: > 0 } given ? given
        : Installed("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
        ?? new[] { "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", @"C:\Program Files\Google\Chrome\Application\chrome.exe" }.FirstOrDefault(File.Exists);

    /// <summary>Starts it.</summary>
    /// <exception cref="KitException">There is no browser, or it does not start.</exception>
    public static Browser Start()
    {
        var place = Place
            ?? throw new KitException("no Chromium or Chrome was found, which draws the figures: sudo apt-get install -y chromium chromium-driver, or KIT_BROWSER=/path of another one.");
        if (!File.Exists(place)) throw new KitException($"KIT_BROWSER is '{place}', but there is no such file; expected the program of a Chromium or Chrome.");

        var options = new ChromeOptions { BinaryLocation = place };
        // The sandbox is not to be had by root nor in most containers, and it guards against pages from elsewhere: here are only our own.
        options.AddArguments(
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage",                                            // a container's /dev/shm is small
            "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none");   // the same picture everywhere
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);

        // Without a driver beside the browser, Selenium looks for one that fits, and reports that to its makers unless told not to.
        Environment.SetEnvironmentVariable("SE_AVOID_STATS", "true");
        OpenQA.Selenium.Internal.Logging.Log.SetLevel(OpenQA.Selenium.Internal.Logging.LogEventLevel.None);   // what matters comes as an exception
        var program = Installed("chromedriver");
        ChromeDriver? driver = null;
        try
        {
            var service = program is not null
                ? ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(program), Path.GetFileName(program))
                : ChromeDriverService.CreateDefaultService();
            service.SuppressInitialDiagnosticInformation = true;
            service.HideCommandPromptWindow = true;
            driver = new ChromeDriver(service, options, Patience);
            driver.Manage().Timeouts().AsynchronousJavaScript = Patience;
            driver.ExecuteCdpCommand("Network.enable", []);
            driver.ExecuteCdpCommand("Network.emulateNetworkConditions", new() { ["offline"] = true, ["latency"] = 0, ["downloadThroughput"] = 0, ["uploadThroughput"] = 0 });
            return new(driver);
        }
        catch (Exception e) when (e is WebDriverException or InvalidOperationException)
        {
            driver?.Dispose();
            throw new KitException(program is null
                ? $"{place} needs a ChromeDriver of its own version: none is on the path, and Selenium could not fetch one. Debian has it (sudo apt-get install -y chromium-driver), "
                    + "for Chrome it is at https://googlechromelabs.github.io/chrome-for-testing."
                : $"{place} did not start: {e.Message.Split('\n')[0].TrimEnd('.')}. It needs a ChromeDriver of its own version, and {program} was taken.", e);
        }
    }

    /// <summary>Opens a page of this machine and waits until it is loaded.</summary>
    public void Open(string file) => _driver.Navigate().GoToUrl(new Uri(Path.GetFullPath(file)).AbsoluteUri);

    /// <summary>Runs the body of an async function in the page, which sees its arguments as <c>args</c>, and gives what it returned.</summary>
    /// <param name="body">JavaScript. What it throws comes back as <see cref="ScriptException"/>.</param>
    /// <param name="arguments">Texts and numbers.</param>
    /// <exception cref="KitException">The browser is gone.</exception>
    public T Run<T>(string body, params object?[] arguments)
    {
        // Both ways as JSON text: the driver's own conversion has its own ideas of numbers.
        string? answer;
        try
        {
            answer = (string?)_driver.ExecuteAsyncScript($$"""
                const done = arguments[1], args = JSON.parse(arguments[0]);
                (async () => { {{body}} })().then(
                    value => done(JSON.stringify({ value: value === undefined ? null : value })),
                    error => done(JSON.stringify({ error: String(error && error.message || error) })));
                """, JsonSerializer.Serialize(arguments));
        }
        catch (WebDriverException e)
        {
            throw Gone(e.Message.Split('\n')[0], e);
        }
        var result = JsonDocument.Parse(answer ?? throw Gone("the page is gone", null)).RootElement;
        return result.TryGetProperty("error", out var error) ? throw new ScriptException(error.GetString()!) : result.GetProperty("value").Deserialize<T>(JsonSerializerOptions.Web)!;
    }

    private static KitException Gone(string why, Exception? inner) =>
        new($"the browser that draws the figures stopped answering: {why.TrimEnd('.')}. Try again; a machine short of memory may have ended it.", inner!);

    /// <summary>What pages wrote to the console as errors since the last call.</summary>
    public IReadOnlyList<string> Errors() =>
        [.. _driver.Manage().Logs.GetLog(LogType.Browser).Where(entry => entry.Level >= LogLevel.Severe).Select(entry => entry.Message)];

    /// <inheritdoc/>
    public void Dispose() => _driver.Dispose();

    private static string? Installed(params string[] names) => names
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)))
        .FirstOrDefault(File.Exists);
}

/// <summary>An error of JavaScript, by its message.</summary>
internal sealed class ScriptException(string message) : Exception(message);
