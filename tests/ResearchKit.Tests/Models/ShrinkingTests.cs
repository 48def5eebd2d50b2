using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public class ShrinkingTests
{
    public static TheoryData<string> All => [.. Tiny.All.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void AStudentWithEveryLayerIsTheTeacherBitByBit(string name)
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher(name, 3);
        foreach (var rule in Enum.GetValues<Narrowing>())
        {
            using var student = Shrinking.Student(teacher, teacher.Config, [0, 1, 2], seed: 9, rule);
            using var batch = Tiny.Rows([[1, 2, 3, 4], [5, 6]]);
            Assert.Equal(0, Tiny.Distance(teacher.Forward(batch).Logits, student.Forward(batch).Logits));
            Assert.All(student.parameters(), p => Assert.True(p.requires_grad && p.is_leaf));
            using (no_grad()) student.parameters().First().zero_();
            Assert.True(teacher.parameters().First().abs().sum().ToDouble() > 1); // it is a copy
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void LayersAreTheTeachersBitByBit(string name)
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher(name, 5);
        using var student = Shrinking.Student(teacher, teacher.Config with { Layers = 3 }, [4, 0, 2], seed: 9);
        int[] map = [4, 0, 2];
        foreach (var (parameter, value) in student.named_parameters())
        {
            var source = parameter;
            for (int i = 0; i < 3; i++)
                if (parameter.Contains($".{i}.", StringComparison.Ordinal)) source = parameter.Replace($".{i}.", $".{map[i]}.");
            Assert.Equal(0, Tiny.Distance(value, teacher.get_parameter(source)!));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ANarrowerStudentHasTheFirstUnits(string name)
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher(name, 2);
        var shape = teacher.Config with { Width = 4, Heads = teacher.Config.Heads / 2, Inner = 5, MaxLength = 7 };
        if (shape is LlamaConfig llama) shape = llama with { Groups = 1 };
        using var student = Shrinking.Student(teacher, shape, [0, 1], seed: 9);
        foreach (var (parameter, value) in student.named_parameters())
        {
            var expected = (Tensor)teacher.get_parameter(parameter)!;
            if (parameter.Contains("c_attn", StringComparison.Ordinal)) // of queries, keys and values each its first
                expected = cat([.. expected.chunk(3, -1).Select(third => third.narrow(-1, 0, value.shape[^1] / 3))], -1);
            for (int i = 0; i < value.dim(); i++) expected = expected.narrow(i, 0, value.shape[i]);
            Assert.Equal(0, Tiny.Distance(value, expected));
        }
        using var batch = Tiny.Rows([[1, 2, 3, 4], [5, 6]]);
        Assert.False(student.Forward(batch).Logits.isnan().any().item<bool>());
    }

    [Fact]
    public void HeadsThatShrinkKeepTheirFirstUnits()
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher("bert", 1);
        using var student = Shrinking.Student(teacher, teacher.Config with { Width = 4 }, [0], seed: 9); // 2 heads of 4 become 2 of 2
        const string query = "bert.encoder.layer.0.attention.self.query.weight";
        var expected = teacher.get_parameter(query)!.index_select(0, tensor(new long[] { 0, 1, 4, 5 })).narrow(1, 0, 4);
        Assert.Equal(0, Tiny.Distance(student.get_parameter(query)!, expected));
    }

    [Fact]
    public void TheUnitsOfTheLargestNormAreKept()
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher("llama", 1);
        const string layer = "model.layers.0.";
        long[] stream = [0, 2, 3, 6], inner = [1, 7, 11];
        using (no_grad())
        {
            foreach (var (name, value) in teacher.named_parameters()) value.div_(100);
            foreach (long unit in stream) teacher.get_parameter("model.embed_tokens.weight")!.select(1, unit).fill_(5);
            foreach (long unit in inner) teacher.get_parameter(layer + "mlp.down_proj.weight")!.select(1, unit).fill_(5);
            teacher.get_parameter(layer + "self_attn.o_proj.weight")!.narrow(1, 6, 2).fill_(5);  // query 3, of the second key
            teacher.get_parameter(layer + "self_attn.v_proj.weight")!.narrow(0, 2, 2).fill_(7);  // the second key
        }
        var shape = (LlamaConfig)teacher.Config with { Width = 4, Heads = 1, Groups = 1, HeadSize = 2, Inner = 3 };
        using var student = Shrinking.Student(teacher, shape, [0], seed: 9, Narrowing.Norm);
        Tensor Of(string name, long[] rows, long[] columns) => teacher.get_parameter(name)!.index_select(0, tensor(rows)).index_select(1, tensor(columns));
        Assert.Equal(0, Tiny.Distance(student.get_parameter(layer + "self_attn.q_proj.weight")!, Of(layer + "self_attn.q_proj.weight", [6, 7], stream)));
        Assert.Equal(0, Tiny.Distance(student.get_parameter(layer + "self_attn.k_proj.weight")!, Of(layer + "self_attn.k_proj.weight", [2, 3], stream)));
        Assert.Equal(0, Tiny.Distance(student.get_parameter(layer + "self_attn.o_proj.weight")!, Of(layer + "self_attn.o_proj.weight", stream, [6, 7])));
        Assert.Equal(0, Tiny.Distance(student.get_parameter(layer + "mlp.gate_proj.weight")!, Of(layer + "mlp.gate_proj.weight", inner, stream)));
        Assert.Equal(0, Tiny.Distance(student.get_parameter("model.norm.weight")!, teacher.get_parameter("model.norm.weight")!.index_select(0, tensor(stream))));
    }

    [Fact]
    public void AHeadThatSaysSomethingElseIsNew()
    {
        using var scope = NewDisposeScope();
        using var teacher = Teacher("bert", 2);
        var config = (BertConfig)teacher.Config;
        using var five = Shrinking.Student(teacher, config with { Labels = BertConfig.Unnamed(5) }, [0, 1], seed: 9);
        Assert.Equal(0, Tiny.Distance(five.get_parameter("bert.pooler.dense.weight")!, teacher.get_parameter("bert.pooler.dense.weight")!));
        using var same = Shrinking.Student(teacher, config with { Labels = BertConfig.Unnamed(5) }, [0, 1], seed: 9);
        using var other = Shrinking.Student(teacher, config with { Labels = BertConfig.Unnamed(5) }, [0, 1], seed: 10);
        Assert.Equal(0, Tiny.Distance(five.get_parameter("classifier.weight")!, same.get_parameter("classifier.weight")!));
        Assert.True(Tiny.Distance(five.get_parameter("classifier.weight")!, other.get_parameter("classifier.weight")!) > 0.01);
        using var span = Shrinking.Student(teacher, config with { Head = EncoderHead.Span }, [0, 1], seed: 9);
        using var batch = Tiny.Rows([[1, 2, 3]]);
        Assert.Equal([1, 3, 2], span.Forward(batch).Logits.shape);
    }

    [Theory]
    [InlineData("first", 6, 3, "0 1 2")]
    [InlineData("last", 6, 2, "4 5")]
    [InlineData("every-other", 6, null, "0 2 4")]
    [InlineData("every-other", 5, null, "0 2 4")]
    [InlineData("every-other", 12, 3, "0 2 4")]
    [InlineData("spread", 12, 3, "3 7 11")]
    [InlineData("spread", 12, 6, "1 3 5 7 9 11")]
    [InlineData("spread", 5, 2, "1 4")]
    [InlineData("first", 3, null, "0 1 2")]
    public void RulesGiveMaps(string rule, int of, int? count, string expected) =>
        Assert.Equal(expected, string.Join(' ', LayerMap.Of(rule, of, count)));

    [Fact]
    public void WhatCannotBeCutOutIsRefused()
    {
        using var teacher = Teacher("bert", 3);
        using var llama = Teacher("llama", 2);
        using var opt = Teacher("opt", 1);
        void Refused(string says, Action act) => Assert.Contains(says, Assert.Throws<KitException>(act).Message, StringComparison.Ordinal);
        ModelConfig two = teacher.Config with { Layers = 2 };
        Refused("asks for layer 3 of the teacher, which has the layers 0 to 2", () => Shrinking.Student(teacher, two, [0, 3], 1));
        Refused("asks for layer -1", () => Shrinking.Student(teacher, two, [0, -1], 1));
        Refused("has 1 layers (0), the student's shape 2", () => Shrinking.Student(teacher, two, [0], 1));
        Refused("map is empty", () => Shrinking.Student(teacher, teacher.Config with { Layers = 0 }, [], 1));
        Refused("width is 16, the teacher's 8", () => Shrinking.Student(teacher, two with { Width = 16 }, [0, 1], 1));
        Refused("'hidden_size' 7 is not a multiple", () => Shrinking.Student(teacher, two with { Width = 7 }, [0, 1], 1));
        Refused("vocabulary has 14 entries", () => Shrinking.Student(teacher, two with { VocabularySize = 14 }, [0, 1], 1));
        Refused("longest row is 11", () => Shrinking.Student(teacher, two with { MaxLength = 11 }, [0, 1], 1));
        Refused("has 3 entries, the teacher's 2", () => Shrinking.Student(teacher, (BertConfig)two with { Segments = 3 }, [0, 1], 1));
        Refused("A llama cannot be cut out of a bert", () => Shrinking.Student(teacher, llama.Config, [0, 1], 1));
        using var wide = ModelFactory.Create(Tiny.Llama with { Heads = 2, Layers = 1 }, seed: 1);
        Refused("rotary heads cannot be cut: with 2 heads the width must be 8", () => Shrinking.Student(wide, wide.Config with { Width = 4 }, [0], 1));
        Refused("'model.decoder.layers.0.self_attn.k_proj.bias' has no counterpart", () =>
        {
            using var plain = ModelFactory.Create((OptConfig)opt.Config with { Biases = false }, seed: 1);
            Shrinking.Student(plain, opt.Config, [0], 1);
        });
        Refused("cannot start from the layers of a teacher with 3: there are 3", () => LayerMap.Of("first", 3, 4));
        Refused("from every other layer", () => LayerMap.Of("every-other", 5, 4));
        Refused("Choose one of first, last, every-other, spread", () => LayerMap.Of("odd", 5, 4));
    }

    private static LanguageModel Teacher(string name, int layers) => Tiny.Make<LanguageModel>(Tiny.All[name] with { Layers = layers }, ScalarType.Float32);
}
