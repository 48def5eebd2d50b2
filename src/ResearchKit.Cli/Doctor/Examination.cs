using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using ResearchKit.Data.WordNet;
using ResearchKit.Notebooks.Export;
using TorchSharp;

namespace ResearchKit.Cli.Doctor;

/// <summary>Looks at this machine. What is loaded counts, not what is configured: libtorch is run, and then asked for.</summary>
internal static class Examination
{
    /// <summary>Everything the kit stands on, from the ground up.</summary>
    /// <param name="expectGpu">Without a GPU that libtorch reaches, the kit counts as broken.</param>
    public static IReadOnlyList<Finding> OfThisMachine(bool expectGpu = false)
    {
        List<Finding> findings = [Dotnet(), Packages(), .. Torch()];
        if (findings.All(f => f.State != State.Broken)) findings.Add(Graphics(expectGpu));   // libtorch has to answer for it
        findings.Add(WordNet());
        findings.Add(Pictures());
        return findings;
    }

    private static Finding Dotnet()
    {
        var sdk = Output("dotnet", "--version");
        if (sdk is null && KitFolder.IsBundle) return new(".NET", State.Good, $"{RuntimeInformation.FrameworkDescription} of this bundle, {RuntimeInformation.RuntimeIdentifier}");
        return sdk is null
            ? new(".NET", State.Lacking, $"{RuntimeInformation.FrameworkDescription}, no SDK", "The kit runs, but cannot be built again: install the .NET 10 SDK.")
            : new(".NET", State.Good, $"SDK {sdk}, runtime {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
    }

    private static Finding Packages()
    {
        var torchSharp = typeof(torch).Assembly;
        var version = torchSharp.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? torchSharp.GetName().Version?.ToString();
        var kind = BuildFact.Of("KitPackages") == "nuget" ? $"from NuGet, with {BuildFact.Of("KitTorchRuntime")}" : "the stand-in of src/Offline";
        return new("packages", State.Good, $"{BuildFact.Of("KitPackages")}: TorchSharp {version} {kind} ({Or(BuildFact.Of("KitPackagesWhy"), "the default")})");
    }

    private static IEnumerable<Finding> Torch()
    {
        Exception? failure = null;
        int threads = 0;
        try
        {
            using var scope = torch.NewDisposeScope();
            var ones = torch.ones(64, 64);
            if (ones.matmul(ones).sum().item<float>() != 64 * 64 * 64) throw new InvalidOperationException("a product of matrices came out wrong");
            threads = torch.get_num_threads();
        }
        catch (Exception e)
        {
            failure = (e is TypeInitializationException { TypeName: "TorchSharp.torch" } ? Unloadable() : null) ?? e.GetBaseException();   // whatever it is, it is what the doctor was asked about
        }
        if (failure is not null)
        {
            yield return new("libtorch", State.Broken, failure.Message.ReplaceLineEndings(" "),
                "Run ./kit prepare and read what it says; to use another libtorch: LIBTORCH=/path KIT_PACKAGES=offline ./kit prepare.");
            yield break;
        }
        var loaded = LoadedLibraries();
        yield return new("libtorch", State.Good, $"{torch.__version__}, {Or(loaded.FirstOrDefault(p => Path.GetFileName(p).Contains("torch_cpu")), "path unknown")}");
        yield return Blas(loaded);
        yield return new("threads", State.Good, $"{threads} for {Environment.ProcessorCount} cores; OMP_WAIT_POLICY={Or(Environment.GetEnvironmentVariable("OMP_WAIT_POLICY"), "not set")}",
            OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null
                ? "With more than one thread, OMP_WAIT_POLICY=PASSIVE keeps idle threads off the cores that others need; ./kit sets it." : null);
    }

    // What the system's loader says of TorchSharp's own library. TorchSharp itself tells at length where it looked, and not that.
    private static Exception? Unloadable()
    {
        try
        {
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            return null;
        }
        catch (DllNotFoundException e)
        {
            return e;
        }
    }

    /// <summary>Which library multiplies matrices; libtorch of a wheel or of NuGet has its own inside.</summary>
    internal static Finding Blas(IReadOnlyList<string> loaded)
    {
        bool Fast(string path) => new[] { "openblas", "mkl", "blis" }.Any(path.Contains);
        if (loaded.FirstOrDefault(Fast) is { } fast) return new("BLAS", State.Good, fast);
        return loaded.FirstOrDefault(p => Path.GetFileName(p).StartsWith("libblas")) is { } reference
            ? new("BLAS", State.Lacking, $"{reference}, the reference one, about 30 times slower than OpenBLAS", "sudo apt-get install -y libopenblas0-pthread")
            : new("BLAS", State.Good, "inside libtorch");
    }

    private static Finding Graphics(bool expected)
    {
        var seen = Output("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader");
        if (torch.cuda.is_available()) return new("GPU", State.Good, $"{torch.cuda.device_count()} × {Or(seen?.Split('\n')[0], "CUDA device")}");
        return seen is null
            ? NoGraphics(expected)
            : new("GPU", expected ? State.Broken : State.Lacking, $"{seen.Split('\n')[0]}, but this libtorch does not reach it",
                "With NuGet: KIT_TORCH_RUNTIME=TorchSharp-cuda-linux ./kit prepare. With a PyTorch that has CUDA: "
                + "KIT_PACKAGES=offline LIBTORCH=$(python3 -c 'import torch; print(torch.__path__[0])') ./kit prepare.");
    }

    /// <summary>A machine without a GPU, which is broken only where one was expected.</summary>
    internal static Finding NoGraphics(bool expected) => expected
        ? new("GPU", State.Broken, "none is seen, and one was expected",
            "Look at the driver (nvidia-smi). In a container, the host needs the NVIDIA Container Toolkit and the container --gpus all.")
        : new("GPU", State.Good, "none; training runs on the CPU");

    private static Finding Pictures() => FigureRenderer.Program is { } program
        ? new("browser", State.Good, program)
        : new("browser", State.Lacking, "no Chromium or Chrome", "Only ./kit notebook export waits for it: sudo apt-get install -y chromium chromium-driver, or KIT_BROWSER=/path.");

    // It is read whole, because a file that is cut short is as bad as none.
    private static Finding WordNet()
    {
        try
        {
            var lexicon = Lexicon.Open();
            return new("WordNet", State.Good, $"{lexicon.Folder}, {lexicon.Synsets.Count:N0} synsets");
        }
        catch (KitException e)
        {
            return new("WordNet", State.Lacking, e.Message, "The demo and recipes on WordNet wait for it.");
        }
    }

    private static IReadOnlyList<string> LoadedLibraries()
    {
        using var self = Process.GetCurrentProcess();
        return [.. self.Modules.Cast<ProcessModule>().Select(m => m.FileName)];
    }

    private static string? Output(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && text.Length > 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;   // no such program
        }
    }

    private static string Or(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;
}
