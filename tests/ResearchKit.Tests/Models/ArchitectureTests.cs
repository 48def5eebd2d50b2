using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tests.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>What every architecture owes: the checkpoint's names, tied weights once, folders that come back bit by bit.</summary>
public sealed class ArchitectureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string> All => [.. Tiny.All.Keys];

    [Theory]
    [InlineData("bert", EncoderHead.MaskedTokens, "cls.predictions.bias cls.predictions.transform.dense.weight cls.predictions.transform.dense.bias cls.predictions.transform.LayerNorm.weight cls.predictions.transform.LayerNorm.bias")]
    [InlineData("bert", EncoderHead.Span, "qa_outputs.weight qa_outputs.bias")]
    [InlineData("bert", EncoderHead.None, "bert.pooler.dense.weight bert.pooler.dense.bias")]
    [InlineData("roberta", EncoderHead.Classes, "classifier.dense.weight classifier.dense.bias classifier.out_proj.weight classifier.out_proj.bias")]
    [InlineData("roberta", EncoderHead.MaskedTokens, "lm_head.bias lm_head.dense.weight lm_head.dense.bias lm_head.layer_norm.weight lm_head.layer_norm.bias")]
    [InlineData("distilbert", EncoderHead.Classes, "pre_classifier.weight pre_classifier.bias classifier.weight classifier.bias")]
    [InlineData("distilbert", EncoderHead.MaskedTokens, "vocab_projector.bias vocab_transform.weight vocab_transform.bias vocab_layer_norm.weight vocab_layer_norm.bias")]
    [InlineData("distilbert", EncoderHead.None, "")]
    public void HeadsBearHuggingFacesNames(string name, EncoderHead head, string expected)
    {
        using var model = new Bert((BertConfig)Tiny.All[name] with { Layers = 0, Head = head }, seed: 1);
        string[] embeddings = [.. new[] { "word_embeddings.weight", "position_embeddings.weight", "LayerNorm.weight", "LayerNorm.bias" }
            .Concat(name == "distilbert" ? [] : ["token_type_embeddings.weight"]).Select(n => $"{name}.embeddings.{n}")];
        Assert.Equal(embeddings.Concat(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Order(), model.named_parameters().Select(p => p.name).Order());
    }

    [Theory]
    [InlineData("roberta", "roberta.encoder.layer.1.", "attention.self.query attention.self.key attention.self.value attention.output.dense attention.output.LayerNorm intermediate.dense output.dense output.LayerNorm", "")]
    [InlineData("distilbert", "distilbert.transformer.layer.1.", "attention.q_lin attention.k_lin attention.v_lin attention.out_lin sa_layer_norm ffn.lin1 ffn.lin2 output_layer_norm", "")]
    [InlineData("opt", "model.decoder.layers.1.", "self_attn.k_proj self_attn.v_proj self_attn.q_proj self_attn.out_proj self_attn_layer_norm fc1 fc2 final_layer_norm", "")]
    [InlineData("llama", "model.layers.1.", "", "self_attn.q_proj self_attn.k_proj self_attn.v_proj self_attn.o_proj mlp.gate_proj mlp.up_proj mlp.down_proj input_layernorm post_attention_layernorm")]
    [InlineData("qwen2", "model.layers.1.", "self_attn.q_proj self_attn.k_proj self_attn.v_proj", "self_attn.o_proj mlp.gate_proj mlp.up_proj mlp.down_proj input_layernorm post_attention_layernorm")]
    public void LayersBearHuggingFacesNames(string name, string prefix, string biased, string plain)
    {
        using var model = ModelFactory.Create(Tiny.All[name], seed: 1);
        string[] Names(string parts) => parts.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var expected = Names(biased).SelectMany(p => (string[])[$"{prefix}{p}.weight", $"{prefix}{p}.bias"]).Concat(Names(plain).Select(p => $"{prefix}{p}.weight"));
        Assert.Equal(expected.Order(), model.named_parameters().Select(p => p.name).Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("opt", "model.decoder.embed_tokens.weight model.decoder.embed_positions.weight model.decoder.project_in.weight model.decoder.project_out.weight model.decoder.final_layer_norm.weight model.decoder.final_layer_norm.bias")]
    [InlineData("llama", "model.embed_tokens.weight model.norm.weight lm_head.weight")]
    [InlineData("qwen2", "model.embed_tokens.weight model.norm.weight")]
    public void WhatStandsAroundTheLayersBearsThemToo(string name, string expected)
    {
        using var model = ModelFactory.Create(Tiny.All[name] with { Layers = 0 }, seed: 1);
        Assert.Equal(expected.Split(' ').Order(), model.named_parameters().Select(p => p.name).Order());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void AFolderComesBackBitByBit(string name)
    {
        using var model = Make(name);
        ModelFolder.Save(_folder["m"], model);
        using var back = ModelFolder.Load(_folder["m"]);
        Assert.Equal(model.Config.ToJson().ToJsonString(), back.Config.ToJson().ToJsonString());
        foreach (var (parameter, value) in model.named_parameters()) Assert.Equal(0, Tiny.Distance(value, back.get_parameter(parameter)!));
        var before = File.ReadAllBytes(Path.Combine(_folder["m"], ModelFolder.WeightsFile));
        ModelFolder.Save(_folder["n"], back);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_folder["n"], ModelFolder.WeightsFile)));
    }

    [Theory]
    [InlineData("roberta", "roberta.")]
    [InlineData("distilbert", "distilbert.")]
    [InlineData("opt", "model.")]          // of the bare OPTModel
    [InlineData("opt", "model.decoder.")]  // and of its decoder
    [InlineData("llama", "model.")]
    [InlineData("qwen2", "model.")]
    public void CheckpointsOfTheBareModelAreKnown(string name, string prefix)
    {
        using var model = Make(name);
        ModelFolder.Save(_folder["m"], model);
        Rewrite(tensors =>
        {
            foreach (var (key, value) in tensors.ToArray())
            {
                tensors.Remove(key);
                tensors[key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : key] = value;
            }
        });
        using var back = ModelFolder.Load(_folder["m"]);
        foreach (var (parameter, value) in model.named_parameters()) Assert.Equal(0, Tiny.Distance(value, back.get_parameter(parameter)!));
    }

    [Theory]
    [InlineData("bert", EncoderHead.MaskedTokens, "cls.predictions.decoder.weight cls.predictions.decoder.bias cls.seq_relationship.weight cls.seq_relationship.bias bert.pooler.dense.weight bert.embeddings.position_ids")]
    [InlineData("bert", EncoderHead.Span, "bert.pooler.dense.weight bert.pooler.dense.bias")]
    [InlineData("roberta", EncoderHead.MaskedTokens, "lm_head.decoder.weight lm_head.decoder.bias roberta.pooler.dense.weight roberta.embeddings.position_ids")]
    [InlineData("roberta", EncoderHead.Classes, "roberta.pooler.dense.weight roberta.pooler.dense.bias")]
    [InlineData("distilbert", EncoderHead.MaskedTokens, "vocab_projector.weight")]
    [InlineData("opt", EncoderHead.None, "lm_head.weight")]
    [InlineData("qwen2", EncoderHead.None, "lm_head.weight model.layers.0.self_attn.rotary_emb.inv_freq")]
    public void CopiesOfTiedWeightsAndWhatNobodyUsesAreLeftAside(string name, EncoderHead head, string useless)
    {
        var config = Tiny.All[name];
        using var model = ModelFactory.Create(config is BertConfig bert ? bert with { Head = head } : config, seed: 3);
        ModelFolder.Save(_folder["m"], model);
        Rewrite(tensors =>
        {
            foreach (var key in useless.Split(' '))
            {
                Assert.DoesNotContain(key, tensors.Keys); // a tied weight is saved once
                tensors[key] = ones(1);
            }
        });
        using var back = ModelFolder.Load(_folder["m"]);
        foreach (var (parameter, value) in model.named_parameters()) Assert.Equal(0, Tiny.Distance(value, back.get_parameter(parameter)!));
    }

    [Fact]
    public void ABareEncoderSaysItsLastHiddenStates()
    {
        using var model = Tiny.Make<Bert>(Tiny.Bert with { Head = EncoderHead.None });
        using var batch = Tiny.Rows([[1, 2, 3], [4, 5]]);
        var output = model.Forward(batch, Observe.Hidden);
        Assert.Equal(0, Tiny.Distance(output.Hidden[^1], output.Logits));
        output.Logits.sum().backward();
    }

    [Fact]
    public void ThePositionsOfRobertaBeginAfterItsPadding()
    {
        var config = (BertConfig)Tiny.All["roberta"];
        using var model = Tiny.Make<Bert>(config);
        Assert.Equal([config.PaddingId + 1 + config.MaxLength, 8], model.get_parameter("roberta.embeddings.position_embeddings.weight")!.shape);
        using var pair = Tiny.Rows([[1, 2, 3]], segments: [[0, 1, 1]]); // it has one segment, and looks at none
        using var plain = Tiny.Rows([[1, 2, 3]]);
        Assert.InRange(Tiny.Distance(model.Forward(pair).Logits, model.Forward(plain).Logits), 0, 1e-15);
        using var longest = Tiny.Rows([[.. Enumerable.Repeat(1, config.MaxLength)]]);
        Assert.False(model.Forward(longest).Logits.isnan().any().item<bool>());
    }

    [Theory]
    [InlineData("opt")]
    [InlineData("llama")]
    [InlineData("qwen2")]
    public void MatricesAreTheOutputsOfEveryLinearMap(string name)
    {
        using var model = Tiny.Decoder(name);
        using var batch = Tiny.Rows([[1, 2, 3, 4], [5, 6]], left: true);
        var output = model.Forward(batch, Observe.Matrices | Observe.Hidden);
        var state = model.state_dict();
        string layer = name == "opt" ? "model.decoder.layers.1." : "model.layers.1.";
        Tensor Map(Tensor x, string part) => nn.functional.linear(x, state[layer + part + ".weight"], state.GetValueOrDefault(layer + part + ".bias"));
        void Same(string matrix, Tensor expected) => Assert.InRange(Tiny.Distance(output.Matrices[1][matrix], expected), 0, 1e-12);
        Tensor Normed(Tensor x, string norm) => name == "opt" ? nn.functional.layer_norm(x, [8], state[layer + norm + ".weight"], state[layer + norm + ".bias"], 1e-5)
            : x / (x.pow(2).mean([-1], keepdim: true) + 1e-6).sqrt() * state[layer + norm + ".weight"];
        var read = Normed(output.Hidden[1], name == "opt" ? "self_attn_layer_norm" : "input_layernorm");
        foreach (var (matrix, part) in new[] { ("query", "q"), ("key", "k"), ("value", "v") }) Same(matrix, Map(read, $"self_attn.{part}_proj"));
        read = Normed(output.Hidden[1] + output.Matrices[1]["output"], name == "opt" ? "final_layer_norm" : "post_attention_layernorm");
        Same("up", Map(read, name == "opt" ? "fc1" : "mlp.up_proj"));
        if (name != "opt") Same("gate", Map(read, "mlp.gate_proj"));
        var inner = name == "opt" ? output.Matrices[1]["up"].relu() : nn.functional.silu(output.Matrices[1]["gate"]) * output.Matrices[1]["up"];
        Same("down", Map(inner, name == "opt" ? "fc2" : "mlp.down_proj"));
    }

    [Theory]
    [InlineData("opt")]
    [InlineData("llama")]
    public void HalfPrecisionIsCloseWithPaddingToo(string name)
    {
        using var model = Tiny.Make<Decoder>(Tiny.All[name], ScalarType.Float32);
        using var half = Tiny.Make<Decoder>(Tiny.All[name], ScalarType.BFloat16);
        using var batch = Tiny.Rows([[1, 2, 3, 4, 5], [6, 7]], 8, left: true);
        var logits = half.Forward(batch).Logits;
        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        Assert.InRange(Tiny.Distance(logits * batch.Mask.unsqueeze(-1), model.Forward(batch).Logits * batch.Mask.unsqueeze(-1)), 1e-6, 0.25);
    }

    private void Rewrite(Action<Dictionary<string, Tensor>> change)
    {
        var path = Path.Combine(_folder["m"], ModelFolder.WeightsFile);
        var tensors = Safetensors.Load(path);
        change(tensors);
        Safetensors.Save(path, tensors.Select(t => (t.Key, t.Value)));
    }

    private static LanguageModel Make(string name) => ModelFactory.Create(Tiny.All[name] with { InitializerRange = 0.4 }, seed: 3);
}
