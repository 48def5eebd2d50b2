using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using ResearchKit.Data;
using ResearchKit.Notebooks.Formatting;
using ResearchKit.Notebooks.Live;
using ResearchKit.Runs;
using ResearchKit.Tensors;
using ResearchKit.Training;

namespace ResearchKit.Notebooks;

/// <summary>What a notebook calls: once to begin, then for each run.</summary>
public static class Kit
{
    /// <summary>
    /// Makes the kit's values readable in cells, and says what computes: the kit, the device, libtorch. Call it once, in the first
    /// cell; calling it again changes nothing.
    /// </summary>
    /// <param name="device"><c>auto</c> (a GPU if there is one), <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="KitException">There is no such device.</exception>
    public static void Start(string device = "auto")
    {
        Formatters.Register();
        var version = typeof(KitException).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        Console.WriteLine($"ResearchKit {version} on {Devices.Describe(Devices.Resolve(device))}, {RuntimeInformation.FrameworkDescription}");
    }

    /// <summary>
    /// Runs a recipe with its progress shown below the cell. The run's folder is named after the recipe and a hash of all that is in
    /// it: a recipe that has run is not run again, one that was stopped goes on, and a changed one begins anew beside them.
    /// </summary>
    /// <param name="recipe">What to run.</param>
    /// <param name="under">The folder that holds the runs.</param>
    /// <param name="through">What the stream of steps goes through, as in <see cref="Experiment.Run"/>; null for nothing.</param>
    /// <param name="stop">Ends the training after the step in progress, with a checkpoint to go on from.</param>
    /// <returns>The finished run's folder.</returns>
    /// <exception cref="KitException">As <see cref="Experiment.Open"/>.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public static RunFolder Run(Recipe recipe, string under = "runs", Func<Experiment, IEnumerable<TrainStep>, IEnumerable<TrainStep>>? through = null,
        CancellationToken stop = default) => Run(recipe, under, new LiveTraining(), stop, through);

    internal static RunFolder Run(Recipe recipe, string under, IRunObserver observer, CancellationToken stop = default,
        Func<Experiment, IEnumerable<TrainStep>, IEnumerable<TrainStep>>? through = null)
    {
        var whole = Recipe.From(recipe.ToJson(), recipe.Name);   // what was built in a cell is checked as what was read from a file
        var folder = FolderOf(whole, under);
        if (folder.IsComplete) observer.Complete(folder.Results());
        else Experiment.Run(whole, folder, resume: File.Exists(folder.ConfigFile), observer, stop, through);
        return folder;
    }

    internal static RunFolder FolderOf(Recipe recipe, string under)
    {
        var hash = StableHash.Of(recipe.ToJson().ToJsonString()).ToString("x16", CultureInfo.InvariantCulture)[..8];
        return new(Path.Combine(under, $"{recipe.Name}-{hash}"));
    }
}
