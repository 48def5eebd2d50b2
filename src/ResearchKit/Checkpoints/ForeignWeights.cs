namespace ResearchKit.Checkpoints;

/// <summary>Files of weights that the kit does not read, and what to do about them.</summary>
internal static class ForeignWeights
{
    private static readonly string[] Pickles = [".bin", ".pt", ".pth", ".ckpt", ".pkl"];

    /// <summary>Whether a file is a pickle by its name: reading one runs whatever program it holds.</summary>
    public static bool IsPickle(string file) =>
        Pickles.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase) && !file.Contains("training_args", StringComparison.Ordinal);

    /// <summary>How to come from a pickle to safetensors, in one line.</summary>
    /// <param name="file">The pickle's name.</param>
    /// <param name="before">What to do first, with <c>&amp;&amp;</c> after it.</param>
    public static string PickleRemedy(string file, string before = "") =>
        "a pickle, which is a program and is never run here. Convert it where you trust it: "
        + before + "python3 -c \"import torch; from safetensors.torch import save_file; "
        + $"save_file({{k: v.clone().contiguous() for k, v in torch.load('{file}', map_location='cpu', weights_only=True).items()}}, "
        + "'model.safetensors', {'format': 'pt'})\"";
}
