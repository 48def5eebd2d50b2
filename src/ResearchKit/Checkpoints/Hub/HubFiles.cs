namespace ResearchKit.Checkpoints.Hub;

/// <summary>Which files of a repository a model is made of. Data alone: never a pickle, never a script.</summary>
internal static class HubFiles
{
    private static readonly string[] Tokenizers =
        ["tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

    private static readonly string[] Beside =
        ["generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

    /// <summary>The files to fetch, of those that a repository has. Where its weights stand in shards, their index stands for them.</summary>
    /// <exception cref="KitException">The repository lacks a configuration, or weights in safetensors.</exception>
    public static IReadOnlyList<string> Of(HubName name, IReadOnlyCollection<string> there)
    {
        if (!there.Contains(ModelFolder.ConfigFile))
            throw new KitException(
                $"{name} has no {ModelFolder.ConfigFile}, so it is no model of the transformers library. Look at its page for "
                + "what it is.");
        var weights = new[] { ModelFolder.WeightsFile, ModelFolder.IndexFile }.FirstOrDefault(there.Contains);
        if (weights is null)
        {
            if (there.FirstOrDefault(ForeignWeights.IsPickle) is { } pickle)
            {
                var fetch = $"hf download {name.Repository} --revision {name.Revision} --local-dir converted && cd converted && ";
                throw new KitException($"{name} has its weights only as {pickle}, {ForeignWeights.PickleRemedy(pickle, fetch)}");
            }
            throw new KitException(
                $"{name} has no {ModelFolder.WeightsFile} and no {ModelFolder.IndexFile}, so it has no weights that the kit "
                + "reads. Look for a copy of the model in safetensors.");
        }
        return [ModelFolder.ConfigFile, weights, .. Tokenizers.Concat(Beside).Where(there.Contains)];
    }

    /// <summary>What a snapshot lacks of a whole model; empty when it is whole.</summary>
    public static IReadOnlyList<string> Lacking(string folder)
    {
        var lacking = new List<string>();
        if (!Has(ModelFolder.ConfigFile)) lacking.Add(ModelFolder.ConfigFile);
        if (!Has(ModelFolder.WeightsFile))
        {
            if (Has(ModelFolder.IndexFile))
                lacking.AddRange(ShardIndex.Load(Path.Combine(folder, ModelFolder.IndexFile)).Shards.Where(s => !Has(s)));
            else lacking.Add(ModelFolder.WeightsFile);
        }
        return lacking;

        bool Has(string file) => File.Exists(Path.Combine(folder, file));   // follows the link: a broken one is no file
    }
}
