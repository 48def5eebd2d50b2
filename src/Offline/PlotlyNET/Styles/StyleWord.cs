namespace ResearchKit.Offline;

/// <summary>One of the words (or lists of them) that plotly.js takes for a choice.</summary>
public abstract class StyleWord
{
    internal StyleWord(object value) => Value = value;

    internal object Value { get; }

    public override string ToString() => Value as string ?? JsonText.Of(Value);

    public override bool Equals(object obj) => obj is StyleWord other && other.GetType() == GetType() && other.ToString() == ToString();

    public override int GetHashCode() => ToString().GetHashCode();
}
