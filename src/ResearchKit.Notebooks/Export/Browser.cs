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
    public static string? Place { get; } =
        Environment.GetEnvironmentVariable("KIT_BROWSER") is { Length: > 0 } given ? given
        : Installed("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
        ?? new[] { "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", @"C:\Program Files\Google\Chrome\Application\chrome.exe" }.FirstOrDefault(File.Exists);

    /// <summary>Starts it.</summary>
    /// <exception cref="KitException">There is no browser, or it does not start.</exception>
    public static Browser Start()
    {
        if (Place is null)
            throw new KitException("no Chromium or Chrome was found, which draws the figures: sudo apt-get install -y chromium chromium-driver, or KIT_BROWSER=/path of another one.");
        if (!File.Exists(Place)) throw new KitException($"KIT_BROWSER is '{Place}', but there is no such file; expected the program of a Chromium or Chrome.");

        var options = new ChromeOptions { BinaryLocation = Place };
        options.AddArguments(
            "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage",                                            // a container's /dev/shm is small
            "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none");   // the same picture everywhere
        if (WithoutSandbox()) options.AddArgument("--no-sandbox");
        options.SetLoggingPreference(LogType.Browser, OpenQA.Selenium.LogLevel.All);

        // Without a driver beside the browser, Selenium looks for one that fits, and reports that to its makers unless told not to.
        Environment.SetEnvironmentVariable("SE_AVOID_STATS", "true");
        ChromeDriver? driver = null;
        try
        {
            var service = Installed("chromedriver") is { } program ? ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(program), Path.GetFileName(program)) : ChromeDriverService.CreateDefaultService();
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
            throw new KitException($"{Place} did not start: {e.Message.Split('\n')[0].TrimEnd('.')}. "
                + "It needs a ChromeDriver of the same version on the path (Debian: sudo apt-get install -y chromium chromium-driver).", e);
        }
    }

    /// <summary>Opens a page of this machine and waits until it is loaded.</summary>
    public void Open(string file) => _driver.Navigate().GoToUrl(new Uri(Path.GetFullPath(file)).AbsoluteUri);

    /// <summary>Runs the body of an async function in the page, which sees its arguments as <c>args</c>, and gives what it returned.</summary>
    /// <param name="body">JavaScript. What it throws comes back as <see cref="ScriptException"/>.</param>
    /// <param name="arguments">Texts and numbers.</param>
    public T Run<T>(string body, params object?[] arguments)
    {
        // Both ways as JSON text: the driver's own conversion has its own ideas of numbers.
        var answer = (string)_driver.ExecuteAsyncScript($$"""
            const done = arguments[1], args = JSON.parse(arguments[0]);
            (async () => { {{body}} })().then(
                value => done(JSON.stringify({ value: value === undefined ? null : value })),
                error => done(JSON.stringify({ error: String(error && error.message || error) })));
            """, JsonSerializer.Serialize(arguments))!;
        var result = JsonDocument.Parse(answer).RootElement;
        return result.TryGetProperty("error", out var error) ? throw new ScriptException(error.GetString()!) : result.GetProperty("value").Deserialize<T>(JsonSerializerOptions.Web)!;
    }

    /// <summary>What pages wrote to the console as errors since the last call.</summary>
    public IReadOnlyList<string> Errors() =>
        [.. _driver.Manage().Logs.GetLog(LogType.Browser).Where(entry => entry.Level >= OpenQA.Selenium.LogLevel.Severe).Select(entry => entry.Message)];

    /// <inheritdoc/>
    public void Dispose() => _driver.Dispose();

    private static string? Installed(params string[] names) => names
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)))
        .FirstOrDefault(File.Exists);

    // The sandbox cannot be had by root, nor in most containers; what is shown is our own page with figures as data in it.
    private static bool WithoutSandbox() =>
        OperatingSystem.IsLinux() && (Environment.IsPrivilegedProcess || File.Exists("/.dockerenv") || File.Exists("/run/.containerenv"));
}

/// <summary>An error of JavaScript, by its message.</summary>
internal sealed class ScriptException(string message) : Exception(message);
