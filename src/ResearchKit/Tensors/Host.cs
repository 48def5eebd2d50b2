using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ResearchKit.Tensors;

/// <summary>What the machine is told once, so that libtorch runs as fast here as it can. A user should not have to know any of it.</summary>
public static partial class Host
{
    /// <summary>Sets the threads with which libtorch shares out its own loops on the CPU.</summary>
    /// <param name="threads">How many; null leaves libtorch's default (<c>OMP_NUM_THREADS</c>, else a number of its own). The BLAS has threads of
    /// its own beside these and takes every processor for a product, which is most of the work of a small model: its steps were a
    /// tenth to a fifth slower with two threads here on two processors than with one.</param>
    /// <remarks>Sums are split by threads, so another number gives other last bits.</remarks>
    public static void UseThreads(int? threads)
    {
        if (threads is { } wanted && get_num_threads() != wanted) set_num_threads(wanted);
    }

    /// <summary>The variable that limits the threads of the BLAS, where that is OpenBLAS; read when libtorch is loaded. Another number gives other last bits.</summary>
    public const string BlasThreads = "OPENBLAS_NUM_THREADS";

    // Must happen before libtorch is loaded, so as soon as anything of the kit is touched.
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "libtorch reads these when it is loaded, which no constructor of ours precedes for certain.")]
    internal static void Prepare()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            // Waiting OpenMP workers spin by default, on the very core that OpenBLAS's threads need.
            SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
            KeepMemory();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return;   // another C library than glibc: slower, not wrong
        }
    }

    // A step allocates and frees the same activations again and again. By default glibc gives every large block back to the kernel, and
    // each page of the next one costs a fault: a third of a decoder's step. One arena, for another thread's has no room for large blocks.
    private static void KeepMemory()
    {
        // A C library may allow no threshold above 32 MB, which a batch's logits can be: then no block is mapped by itself at all.
        if (MallocOption(MmapThreshold, 1 << 30) == 0) MallocOption(MmapMost, 0);
        MallocOption(TrimThreshold, int.MaxValue);
        MallocOption(TopPad, 64 << 20);
        MallocOption(ArenaMost, 1);
    }

    // M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_MMAP_MAX and M_ARENA_MAX of glibc's malloc.h.
    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3, MmapMost = -4, ArenaMost = -8;

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int MallocOption(int option, int value);

    [LibraryImport("libc.so.6", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
