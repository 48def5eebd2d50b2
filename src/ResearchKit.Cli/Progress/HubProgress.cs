using System.Collections.Concurrent;
using ResearchKit.Checkpoints.Hub;
using Spectre.Console;

namespace ResearchKit.Cli.Progress;

/// <summary>A download watched: a bar for each file for someone who watches, a line for each file in a pipe. All of it beside the results.</summary>
internal static class HubProgress
{
    /// <summary>Does the work with someone looking on.</summary>
    public static T Run<T>(Terminal terminal, Func<IHubObserver, T> work)
    {
        if (!terminal.IsLive) return work(new Lines(terminal.Error));
        return terminal.Console.Progress()
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bars(terminal.Console, context)));
    }

    private static string Size(HubFile file) => file.Size is { } size ? $" ({Format.Count(size)}B)" : "";

    private sealed class Lines(TextWriter error) : IHubObserver
    {
        public void Plan(IReadOnlyList<HubFile> files) => Say($"{files.Count} file{(files.Count == 1 ? "" : "s")}, {Format.Count(files.Sum(f => f.Size ?? 0))}B");

        public void Progress(HubFile file, long bytes) { }

        public void Done(HubFile file, bool fetched) => Say(fetched ? $"{file.Name}{Size(file)}" : $"{file.Name}: in the cache");

        public void Say(string remark)
        {
            lock (error) error.WriteLine($"kit: {remark}");
        }
    }

    private sealed class Bars(IAnsiConsole console, ProgressContext context) : IHubObserver
    {
        private readonly ConcurrentDictionary<string, ProgressTask> _tasks = new();

        public void Plan(IReadOnlyList<HubFile> files)
        {
            foreach (var file in files) _tasks[file.Name] = context.AddTask(Markup.Escape(file.Name), maxValue: Math.Max(1, file.Size ?? 1));
        }

        public void Progress(HubFile file, long bytes) => _tasks[file.Name].Value = bytes;

        public void Done(HubFile file, bool fetched)
        {
            var task = _tasks[file.Name];
            task.Value = task.MaxValue;
            task.StopTask();
            if (fetched) console.MarkupLineInterpolated($"{file.Name}[grey]{Size(file)}[/]");
        }

        public void Say(string remark) => console.MarkupLineInterpolated($"[grey]{remark}[/]");
    }
}
