using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The version of libtorch underneath.</summary>
    public static unsafe string __version__ => Marshal.PtrToStringUTF8((nint)Native.rk_torch_version())!;
}
