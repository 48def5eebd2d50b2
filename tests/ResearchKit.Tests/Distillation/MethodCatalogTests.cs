using System.Text.Json.Nodes;
using ResearchKit.Distillation;
using ResearchKit.Tests.Training;
using Xunit;

namespace ResearchKit.Tests.Distillation;

public class MethodCatalogTests
{
    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    [Fact]
    public void MethodsAreMadeByNameWithTheirSettings()
    {
        using var student = new TinyModel();
        using var teacher = new TinyModel(seed: 6);
        Assert.IsType<FineTuning>(MethodCatalog.Create(Json("""{"name":"fine-tune"}"""), student));
        Assert.IsType<KnowledgeDistillation>(MethodCatalog.Create(Json("""{"name":"kd","temperature":2,"alpha":0.7}"""), student, teacher));
        using var decoder = new TinyModel(classes: 0);
        using var decoderTeacher = new TinyModel(classes: 0, seed: 6);
        Assert.IsType<SupervisedFineTuning>(MethodCatalog.Create(Json("""{"name":"sft"}"""), decoder));
        Assert.IsType<TokenDistillation>(MethodCatalog.Create(Json("""{"name":"fkl","kappa":0.5}"""), decoder, decoderTeacher));
        Assert.All(MethodCatalog.Names, n => Assert.Equal(n, MethodCatalog.Find(n).Name));
    }

    [Fact]
    public void SettingsReachTheMethod()
    {
        var settings = Assert.IsType<KnowledgeDistillation.Settings>(MethodCatalog.Find("kd").Bind(Json("""{"temperature":2}""")));
        Assert.Equal((2, 0.5), (settings.Temperature, settings.Alpha));
    }

    [Theory]
    [InlineData("""{"name":"kdd"}""", "Unknown method 'kdd'. Did you mean 'kd'?")]
    [InlineData("""{"name":"kdd"}""", "Known: composed, distilbert, distillm, fine-tune, fkl, gkd, ")]
    [InlineData("""{"alpha":1}""", "'method.name' is missing")]
    [InlineData("""{"name":3}""", "'method.name' is missing")]
    [InlineData("""{"name":"kd","temprature":2}""", "unknown key 'temprature'. Did you mean 'temperature'?")]
    [InlineData("""{"name":"kd","alpha":1.5}""", "'alpha' is 1.5, expected a number from 0 to 1")]
    [InlineData("""{"name":"kd","temperature":0}""", "'temperature' is 0")]
    [InlineData("""{"name":"fkl","kappa":-1}""", "'kappa' is -1")]
    [InlineData("""{"name":"sft","alpha":1}""", "unknown key 'alpha'")]
    public void AMistakeIsNamedBeforeAnyWork(string method, string message) =>
        Assert.Contains(message, Assert.Throws<KitException>(() => MethodCatalog.Check(Json(method))).Message);

    [Fact]
    public void ATeacherIsThereExactlyWhereTheMethodHasOne()
    {
        using var student = new TinyModel();
        using var teacher = new TinyModel(seed: 6);
        Assert.Contains("none is given", Assert.Throws<KitException>(() => MethodCatalog.Create(Json("""{"name":"kd"}"""), student)).Message);
        Assert.Contains("has no teacher", Assert.Throws<KitException>(() => MethodCatalog.Create(Json("""{"name":"fine-tune"}"""), student, teacher)).Message);
    }

    [Fact]
    public void AnyoneCanAddAMethodOnce()
    {
        var mine = MethodEntry.Of<FineTuning.Settings>("mine-" + Guid.NewGuid(), "a test's", (_, student) => new FineTuning(student));
        MethodCatalog.Add(mine);
        using var student = new TinyModel();
        Assert.IsType<FineTuning>(MethodCatalog.Create(new JsonObject { ["name"] = mine.Name }, student));
        Assert.Throws<ArgumentException>(() => MethodCatalog.Add(mine));
    }
}
