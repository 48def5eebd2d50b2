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
            new BertConfig { Width = 96, Heads = 3, ClassifierDropout = 0.3, EmbeddingDropout = 0, Labels = ["noun.act", "noun.food", "noun.act"], Activation = Activation.GeluTanh },
        ];
        foreach (var config in configs)
        {
            var text = config.ToJson().ToJsonString();
            Assert.Equal(text, ModelConfig.Parse(text, "test").ToJson().ToJsonString());
        }
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
        Assert.Equal(new BertConfig().ToJson().ToJsonString(), bert.ToJson().ToJsonString());
        var gpt2 = Assert.IsType<Gpt2Config>(ModelConfig.Parse("""
            {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
             "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "resid_pdrop": 0.1, "vocab_size": 50257}
            """, "test"));
        Assert.Equal((12, 768, 1024, 3072, 50256), (gpt2.Layers, gpt2.Width, gpt2.MaxLength, gpt2.FeedForward, gpt2.EndId));
    }

    [Theory]
    [InlineData("""{"model_type": "roberta"}""", "'roberta'")]
    [InlineData("""{}""", "model_type")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("""{"model_type": """, "not valid JSON")]
    [InlineData("""{"model_type": "bert", "model_type": "gpt2"}""", "not valid JSON")]
    [InlineData("""{"model_type": "bert", "hidden_act": "swish"}""", "'swish'")]
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
    [InlineData("""{"model_type": "gpt2", "tie_word_embeddings": false}""", "tie_word_embeddings")]
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
