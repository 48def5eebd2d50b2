using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp;

// The entry points, by file (Native/Native.*.cs here, *.cpp in src/Offline/native). All take tensors as bare handles.
//
//   Core       lifetime, properties, default dtype, threads, CUDA, grad and inference mode
//   Create     zeros ones full empty rand randn randint randperm arange linspace eye *_like from_memory; normal_ uniform_ ...; generators
//   Pointwise  unary f and f_; add sub (with alpha), mul div pow ... with tensor or number; comparisons; where clamp lerp addcmul addcdiv; gelu silu ...
//   Reduce     sum mean prod std var max min topk sort cumsum softmax log_softmax logsumexp all any norm bincount ...
//   Shape      view reshape permute expand narrow select split cat stack to copy_ set_ alias detach clone ...
//   Index      index index_put_ gather scatter index_select masked_fill ...
//   Layers     linear layer_norm embedding dropout one_hot pad normalize cosine_similarity cross_entropy nll_loss kl_div mse_loss
//              bce bce_with_logits l1_loss smooth_l1_loss huber_loss attention ...
//   Linalg     matmul mm bmm addmm einsum svd qr eigh norms solve ...
//   Autograd   backward autograd_grad grad requires_grad; custom functions
//   File       save load from_file
//
// How to call one:
//   a tensor back            return Made(rk_exp(H(this)), this);               operands named last stay alive through the call
//   in place                 return Done(rk_exp_(H(this)), this);              gives `this` back
//   two tensors              Handle second; return Pair(rk_max_dim(H(this), dim, keepdim, &second), second, this);
//   an array                 int n; return Many(rk_unbind(H(this), dim, &n), n, this);
//   an optional tensor       Opt(t): its handle, or 0 for null

/// <summary>The bridge to libresearchkit_torch.so.</summary>
internal static unsafe partial class Native
{
    private const string L = "researchkit_torch";
    private const int AbiVersion = 2;  // abi_version in abi.h

    /// <summary>A number for the other side: kind 0 none, 1 integer, 2 real, 3 boolean.</summary>
    internal readonly record struct Number(long Bits, int Kind);

    /// <summary>What a new tensor is to be; -1 for a dtype or device that is not given.</summary>
    internal readonly record struct Options(int Dtype, int Device, int Index, int RequiresGrad);

    /// <summary>One step of an index expression, see index.cpp.</summary>
    internal record struct Step(long Start, long Stop, long Step_, nint Tensor, int Kind);

    /// <summary>The callbacks of a custom autograd function, see autograd.cpp.</summary>
    internal struct Callbacks
    {
        public delegate* unmanaged<nint, nint, nint*, int> Forward;
        public delegate* unmanaged<nint, nint, nint*, int, nint*, int> Backward;
        public delegate* unmanaged<nint, void> Done;
    }

    /// <summary>The handle of a live tensor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint H(Tensor? tensor, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        if (tensor is null) MissingTensor(name);
        nint handle = tensor.handle;
        if (handle == 0) Disposed();
        return handle;
    }

    /// <summary>The handle of a live tensor, or 0 for null.</summary>
    internal static nint Opt(Tensor? tensor) => tensor is null ? 0 : H(tensor);

    /// <summary>An array that must be there, as a span.</summary>
    internal static ReadOnlySpan<T> Given<T>(T[]? values, [CallerArgumentExpression(nameof(values))] string? name = null) =>
        values ?? throw new ArgumentNullException(name);

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private static void MissingTensor(string? name) => throw new ArgumentNullException(name);

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal static void Disposed() => throw new InvalidOperationException("Tensor invalid -- empty handle (it was disposed).");

    /// <summary>The new tensor behind a handle, or the failure it stands for. The operands are named to keep them alive until now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Tensor Made(nint handle, object? a = null, object? b = null, object? c = null, object? d = null)
    {
        if (handle == 0) Fail();
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
        GC.KeepAlive(d);
        return new Tensor(handle);
    }

    /// <summary>The operand of an in-place operation, or the failure.</summary>
    internal static Tensor Done(int status, Tensor self, object? a = null, object? b = null, object? c = null)
    {
        Check(status);
        GC.KeepAlive(self);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
        return self;
    }

    internal static (Tensor, Tensor) Pair(nint first, nint second, object? a = null, object? b = null)
    {
        var made = Made(first, a, b);
        return (made, new Tensor(second));
    }

    /// <summary>The tensors of a native list. A null entry becomes an invalid tensor, as in TorchSharp.</summary>
    internal static Tensor[] Many(nint* list, int count, object? a = null, object? b = null)
    {
        if (list == null) Fail();
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        var result = new Tensor[count];
        for (int i = 0; i < count; i++) result[i] = new Tensor(list[i]);
        rk_free_list(list);
        return result;
    }

    /// <summary>The handles of several tensors; keep the tensors alive through the call.</summary>
    internal static nint[] Handles(IReadOnlyCollection<Tensor> tensors, [CallerArgumentExpression(nameof(tensors))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(tensors, name);
        var result = new nint[tensors.Count];
        int i = 0;
        foreach (var t in tensors) result[i++] = H(t, name);
        return result;
    }

    internal static void Check(int status)
    {
        if (status != 0) Fail();
    }

    /// <summary>Throws what the last native call of this thread reported.</summary>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal static void Fail() => throw new ExternalException(Marshal.PtrToStringUTF8((nint)rk_last_error()));

    // Where the library lies is settled at its first use: beside this assembly, else in $RESEARCHKIT_NATIVE.
    [ModuleInitializer]
    internal static void Initialize() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? paths)
    {
        if (name != L) return 0;
        const string file = "lib" + L + ".so";
        var folders = new[] { Path.GetDirectoryName(assembly.Location), AppContext.BaseDirectory, Environment.GetEnvironmentVariable("RESEARCHKIT_NATIVE") };
        var tried = folders.Where(f => !string.IsNullOrEmpty(f)).Select(f => f!.EndsWith(".so") ? f : Path.Combine(f, file)).Distinct().ToArray();
        var found = tried.FirstOrDefault(File.Exists) ?? throw new DllNotFoundException(
            $"The tensor library {file} was not found. Looked at: {string.Join(", ", tried)}. Run ./kit prepare to build it, or name its folder in RESEARCHKIT_NATIVE.");

        // Two threads that spin for work halve each other's speed. libgomp reads this once, when libtorch loads it, and
        // from C's environment, which Environment.SetEnvironmentVariable does not reach.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) SetEnvironment("OMP_WAIT_POLICY", "PASSIVE");

        var library = NativeLibrary.Load(found);
        int version = NativeLibrary.TryGetExport(library, "rk_abi_version", out nint entry) ? ((delegate* unmanaged<int>)entry)() : 0;
        if (version != AbiVersion)
            throw new DllNotFoundException($"{found} is of version {version}, and this TorchSharp.dll needs {AbiVersion}. Run ./kit prepare to build it anew.");
        return library;
    }

    private static void SetEnvironment(string name, string value)
    {
        fixed (byte* n = System.Text.Encoding.UTF8.GetBytes(name + '\0'), v = System.Text.Encoding.UTF8.GetBytes(value + '\0')) setenv(n, v, 0);
    }

    [DllImport("libc")] private static extern int setenv(byte* name, byte* value, int overwrite);
}
