using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Archives and mapped files: file.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern int rk_save(nint a, byte* path);
    [DllImport(L)] internal static extern nint rk_load(byte* path);
    [DllImport(L)] internal static extern nint rk_from_file(byte* path, int shared, long size, Options o);
}
