namespace ResearchKit.Tests;

/// <summary>An environment variable as it is during a test.</summary>
internal sealed class Variable : IDisposable
{
    private readonly string _name;
    private readonly string? _before;

    public Variable(string name, string? value)
    {
        (_name, _before) = (name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
}
