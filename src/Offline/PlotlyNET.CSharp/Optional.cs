namespace Plotly.NET.CSharp;

/// <summary>A value or nothing; null is a value.</summary>
public readonly record struct Optional<T>(T Value, bool IsSome)
{
    public static implicit operator Optional<T>(T Value) => new(Value, true);
}
