using System.Reflection;
using System.Runtime.InteropServices;
using ResearchKit.Notebooks.Formatting;
using ResearchKit.Tensors;

namespace ResearchKit.Notebooks;

/// <summary>What a notebook does first.</summary>
public static class KitNotebook
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
}
