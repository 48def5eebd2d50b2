using ResearchKit.Data;
using ResearchKit.Models;
using ResearchKit.Tests.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Evaluation;

/// <summary>
/// A linear model whose answers are told to it: the embedding of token i is row i of a table [V, D], and the logits are the sum of a row's
/// embeddings times a matrix [D, C].
/// </summary>
internal sealed class TellingModel : LanguageModel
{
    private readonly TinyConfig _config;
    private readonly Parameter table, matrix;

    public TellingModel(float[,] embeddings, float[,] map) : base("telling")
    {
        _config = new TinyConfig { VocabularySize = embeddings.GetLength(0), Width = embeddings.GetLength(1), ClassCount = map.GetLength(1) };
        register_parameter("table", table = nn.Parameter(tensor(embeddings)));
        register_parameter("matrix", matrix = nn.Parameter(tensor(map)));
    }

    public override ModelConfig Config => _config;

    public override Tensor Embed(Batch batch) => table.index_select(0, batch.Ids.flatten()).reshape(batch.Rows, batch.Width, -1);

    public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null)
    {
        var mask = batch.Mask.unsqueeze(-1).to_type(ScalarType.Float32);
        return new() { Logits = ((embedding ?? Embed(batch)) * mask).sum(1).matmul(matrix) };
    }

    /// <summary>A model that answers row i, whose one token is i, with the logits of row i.</summary>
    public static TellingModel Of(float[][] logits)
    {
        var embeddings = new float[logits.Length, logits[0].Length];
        var identity = new float[logits[0].Length, logits[0].Length];
        for (int i = 0; i < logits.Length; i++)
            for (int c = 0; c < logits[0].Length; c++) embeddings[i, c] = logits[i][c];
        for (int c = 0; c < logits[0].Length; c++) identity[c, c] = 1;
        return new(embeddings, identity);
    }

    /// <summary>Rows of one token each.</summary>
    public static Sample[] Rows(int count, Func<int, Sample> more) => [.. Enumerable.Range(0, count).Select(i => more(i) with { Ids = [i] })];
}
