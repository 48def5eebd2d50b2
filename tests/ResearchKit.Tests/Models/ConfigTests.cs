using System.Text.Json.Nodes;
using ResearchKit.Models;
using Xunit;

namespace ResearchKit.Tests.Models;

public class ConfigTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        ModelConfig[] configs =
        [
            new BertConfig(), new Gpt2Config(), new Gpt2Config { Inner = 100, BeginId = 3, EndId = 4, Activation = Activation.Relu },
            new Gpt2Config { Tied = false, EndId = 4, OtherEndIds = [7, 9] },
            .. Enum.GetValues<BertVariant>().SelectMany(v => Enum.GetValues<EncoderHead>().Select(h => new BertConfig { Variant = v, Head = h, PaddingId = 3 })),
            new BertConfig { Variant = BertVariant.DistilBert, ClassifierDropout = 0.3, SpanDropout = 0.4 },
            new OptConfig(), new OptConfig { WordVectors = 512, NormBefore = false, FinalNorm = false, Biases = false, Tied = false, PaddingId = null, BeginId = 2 },
            .. Enum.GetValues<LlamaVariant>().Select(v => new LlamaConfig { Variant = v, Groups = 4, RotaryBase = 5e5, RotaryScaling = new("linear", 2) }),
            new LlamaConfig { HeadSize = 64, Groups = 8, AttentionBias = true, InnerBias = true, Tied = true, RotaryScaling = new("llama3", 8, 1, 4, 512), EndId = 5 },
            new BertConfig { Width = 96, Heads = 3, ClassifierDropout = 0.3, EmbeddingDropout = 0, Labels = ["noun.act", "noun.food", "noun.act"], Activation = Activation.GeluTanh },
            new BertConfig { Labels = ["score"] },
        ];
        foreach (var config in configs)
        {
            var text = config.ToJson().ToJsonString();
            Assert.Equal(text, ModelConfig.Parse(text, "test").ToJson().ToJsonString());
        }
    }

    [Fact]
    public void OneOutputIsARegression()
    {
        var one = new BertConfig { Labels = ["score"] };
        Assert.Equal("regression", one.ToJson()["problem_type"]!.GetValue<string>());
        Assert.Equal(1, one.Classes);
        Assert.False(new BertConfig().ToJson().ContainsKey("problem_type"));
        Assert.False((one with { Head = EncoderHead.Span }).ToJson().ContainsKey("problem_type"));
        // As Hugging Face writes it for STS-B, and what it writes for others.
        foreach (var type in (string[])["\"regression\"", "\"single_label_classification\"", "null"])
            Assert.Equal(["LABEL_0"], Assert.IsType<BertConfig>(ModelConfig.Parse($$$"""{"architectures": ["BertForSequenceClassification"], "model_type": "bert", "id2label": {"0": "LABEL_0"}, "problem_type": {{{type}}}}""", "test")).Labels);
    }

    [Fact]
    public void HuggingFacesOwnFilesAreRead()
    {
        // bert-base-uncased and gpt2 as the hub has them, shortened by keys that mean nothing here
        var bert = Assert.IsType<BertConfig>(ModelConfig.Parse("""
            {"architectures": ["BertForMaskedLM"], "attention_probs_dropout_prob": 0.1, "gradient_checkpointing": false, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
             "hidden_size": 768, "initializer_range": 0.02, "intermediate_size": 3072, "layer_norm_eps": 1e-12, "max_position_embeddings": 512, "model_type": "bert",
             "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 0, "position_embedding_type": "absolute", "transformers_version": "4.6.0.dev0", "type_vocab_size": 2, "use_cache": true, "vocab_size": 30522}
            """, "test"));
        Assert.Equal(new BertConfig { Head = EncoderHead.MaskedTokens }.ToJson().ToJsonString(), bert.ToJson().ToJsonString());
        var gpt2 = Assert.IsType<Gpt2Config>(ModelConfig.Parse("""
            {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
             "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "resid_pdrop": 0.1, "vocab_size": 50257}
            """, "test"));
        Assert.Equal((12, 768, 1024, 3072, 50256), (gpt2.Layers, gpt2.Width, gpt2.MaxLength, gpt2.FeedForward, gpt2.EndId));
        var roberta = Assert.IsType<BertConfig>(ModelConfig.Parse("""
            {"architectures": ["RobertaForMaskedLM"], "attention_probs_dropout_prob": 0.1, "bos_token_id": 0, "eos_token_id": 2, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
             "hidden_size": 768, "initializer_range": 0.02, "intermediate_size": 3072, "layer_norm_eps": 1e-05, "max_position_embeddings": 514, "model_type": "roberta",
             "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 1, "type_vocab_size": 1, "vocab_size": 50265}
            """, "test"));
        Assert.Equal((512, 2, 1, 1e-5, EncoderHead.MaskedTokens), (roberta.MaxLength, roberta.FirstPosition, roberta.Segments, roberta.LayerNormEpsilon, roberta.Head));
        var distil = Assert.IsType<BertConfig>(ModelConfig.Parse("""
            {"activation": "gelu", "architectures": ["DistilBertForSequenceClassification"], "attention_dropout": 0.1, "dim": 768, "dropout": 0.1, "finetuning_task": "sst-2",
             "hidden_dim": 3072, "id2label": {"0": "NEGATIVE", "1": "POSITIVE"}, "initializer_range": 0.02, "label2id": {"NEGATIVE": 0, "POSITIVE": 1}, "max_position_embeddings": 512,
             "model_type": "distilbert", "n_heads": 12, "n_layers": 6, "output_past": true, "pad_token_id": 0, "qa_dropout": 0.1, "seq_classif_dropout": 0.2,
             "sinusoidal_pos_embds": false, "tie_weights_": true, "vocab_size": 30522}
            """, "test"));
        Assert.Equal((6, 768, 3072, 12, 0.2, "POSITIVE"), (distil.Layers, distil.Width, distil.FeedForward, distil.Heads, distil.ClassifierDropout, distil.Labels[1]));
        var opt = Assert.IsType<OptConfig>(ModelConfig.Parse("""
            {"_remove_final_layer_norm": false, "activation_function": "relu", "architectures": ["OPTForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 2, "do_layer_norm_before": false,
             "dropout": 0.1, "eos_token_id": 2, "ffn_dim": 4096, "hidden_size": 1024, "init_std": 0.02, "layerdrop": 0.0, "max_position_embeddings": 2048, "model_type": "opt",
             "num_attention_heads": 16, "num_hidden_layers": 24, "pad_token_id": 1, "prefix": "</s>", "use_cache": true, "vocab_size": 50272, "word_embed_proj_dim": 512}
            """, "test"));
        Assert.Equal((24, 1024, 512, 4096, false, true, 2), (opt.Layers, opt.Width, opt.WordWidth, opt.FeedForward, opt.NormBefore, opt.Tied, opt.EndId));
        var llama = Assert.IsType<LlamaConfig>(ModelConfig.Parse("""
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "head_dim": 64,
             "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
             "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
             "rope_theta": 500000.0, "tie_word_embeddings": true, "vocab_size": 128256}
            """, "test"));
        Assert.Equal([128001, 128008, 128009], llama.EndIds);
        Assert.Equal((8, 64, 5e5, true), (llama.KeyValueHeads, llama.HeadWidth, llama.RotaryBase, llama.Tied));
        Assert.Equal(new RotaryScaling("llama3", 32, 1, 4, 8192), llama.RotaryScaling);
        var five = Assert.IsType<LlamaConfig>(ModelConfig.Parse("""{"model_type": "llama", "rope_parameters": {"rope_theta": 7.0, "rope_type": "linear", "factor": 3}}""", "test"));
        Assert.Equal((7, new RotaryScaling("linear", 3)), (five.RotaryBase, five.RotaryScaling)); // as Transformers 5 writes it
        var mistral = Assert.IsType<LlamaConfig>(ModelConfig.Parse("""
            {"architectures": ["MistralForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral",
             "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096, "vocab_size": 32000}
            """, "test"));
        Assert.Equal((LlamaVariant.Mistral, 4096, false), (mistral.Variant, mistral.MaxLength, mistral.Tied)); // as far as a full attention is the same
    }

    [Theory]
    [InlineData("""{"model_type": "electra"}""", "'electra'. The kit knows bert, roberta, distilbert, gpt2, opt, llama, mistral and qwen2")]
    [InlineData("""{"model_type": "bert", "architectures": ["BertForTokenClassification"]}""", "a BertForTokenClassification, which the kit does not compute. It knows BertForSequenceClassification")]
    [InlineData("""{"model_type": "llama", "architectures": ["LlamaForSequenceClassification"]}""", "It knows LlamaForCausalLM, LlamaModel")]
    [InlineData("""{"model_type": "llama", "architectures": "LlamaForCausalLM"}""", "a list of names")]
    [InlineData("""{"model_type": "bert", "tie_word_embeddings": false}""", "tie_word_embeddings")]
    [InlineData("""{"model_type": "bert", "num_labels": -1}""", "num_labels")]
    [InlineData("""{"model_type": "roberta", "max_position_embeddings": 2}""", "max_position_embeddings")]
    [InlineData("""{"model_type": "distilbert", "sinusoidal_pos_embds": true}""", "sinusoidal_pos_embds")]
    [InlineData("""{"model_type": "distilbert", "dim": 10, "n_heads": 3}""", "'dim' 10 is not a multiple of its 'n_heads' 3")]
    [InlineData("""{"model_type": "opt", "layerdrop": 0.1}""", "layerdrop")]
    [InlineData("""{"model_type": "opt", "layer_norm_elementwise_affine": false}""", "layer_norm_elementwise_affine")]
    [InlineData("""{"model_type": "opt", "word_embed_proj_dim": 0}""", "word_embed_proj_dim")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"type": "dynamic", "factor": 2}}""", "'dynamic'; the kit computes default, linear and llama3")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"rope_type": "linear"}}""", "'factor' is missing")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"rope_type": "linear", "factor": 0}}""", "rope_scaling.factor")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"rope_type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 1}}""", "high_freq_factor")]
    [InlineData("""{"model_type": "llama", "rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}}""", "partial_rotary_factor")]
    [InlineData("""{"model_type": "llama", "num_key_value_heads": 5}""", "num_key_value_heads")]
    [InlineData("""{"model_type": "llama", "hidden_size": 96, "num_attention_heads": 32}""", "must be even")]
    [InlineData("""{"model_type": "llama", "eos_token_id": [1, "2"]}""", "a list of them")]
    [InlineData("""{"model_type": "qwen2", "use_sliding_window": true}""", "use_sliding_window")]
    [InlineData("""{}""", "model_type")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("""{"model_type": """, "not valid JSON")]
    [InlineData("""{"model_type": "bert", "model_type": "gpt2"}""", "not valid JSON")]
    [InlineData("""{"model_type": "bert", "hidden_act": "mish"}""", "'mish'; the kit computes gelu,")]
    [InlineData("""{"model_type": "bert", "position_embedding_type": "relative_key"}""", "relative_key")]
    [InlineData("""{"model_type": "bert", "is_decoder": true}""", "is_decoder")]
    [InlineData("""{"model_type": "bert", "hidden_size": "768"}""", "'hidden_size'")]
    [InlineData("""{"model_type": "bert", "hidden_size": 7.5}""", "a whole number")]
    [InlineData("""{"model_type": "bert", "hidden_size": 99999999999}""", "a whole number")]
    [InlineData("""{"model_type": "bert", "hidden_size": 2000000000}""", "hidden_size")]
    [InlineData("""{"model_type": "bert", "vocab_size": 0}""", "vocab_size")]
    [InlineData("""{"model_type": "bert", "num_attention_heads": 5}""", "not a multiple")]
    [InlineData("""{"model_type": "bert", "hidden_dropout_prob": 1}""", "hidden_dropout_prob")]
    [InlineData("""{"model_type": "bert", "id2label": {"0": "a", "2": "b"}}""", "id2label")]
    [InlineData("""{"model_type": "bert", "id2label": {}}""", "number of labels")]
    [InlineData("""{"model_type": "gpt2", "architectures": ["GPT2DoubleHeadsModel"]}""", "GPT2DoubleHeadsModel")]
    [InlineData("""{"model_type": "gpt2", "scale_attn_by_inverse_layer_idx": true}""", "scale_attn_by_inverse_layer_idx")]
    [InlineData("""{"model_type": "gpt2", "layer_norm_epsilon": 0}""", "layer_norm_epsilon")]
    public void WhatTheKitDoesNotComputeIsRefusedByName(string json, string says)
    {
        var error = Assert.Throws<KitException>(() => ModelConfig.Parse(json, "there/config.json"));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NumberOfLabelsComesFromWhereItStands()
    {
        static int Count(string more) => ((BertConfig)ModelConfig.Parse("""{"model_type": "bert" """ + more + "}", "test")).Labels.Count;
        Assert.Equal(2, Count(""));
        Assert.Equal(5, Count(""", "num_labels": 5"""));
        Assert.Equal(1, Count(""", "id2label": {"0": "score"}"""));
    }

    [Fact]
    public void MissingFileIsNamed() =>
        Assert.Contains("nowhere.json", Assert.Throws<KitException>(() => ModelConfig.Load("nowhere.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void WithoutDropoutNothingElseChanges()
    {
        foreach (ModelConfig config in (ModelConfig[])[new BertConfig { ClassifierDropout = 0.3 }, new Gpt2Config()])
        {
            JsonObject with = config.ToJson(), without = config.WithoutDropout().ToJson();
            foreach (var (key, value) in without)
            {
                if (key.Contains("drop", StringComparison.Ordinal)) Assert.Equal(0, value!.GetValue<double>());
                else Assert.Equal(with[key]?.ToJsonString(), value?.ToJsonString());
            }
        }
    }
}
