using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Brings text into the form that a vocabulary is made for: the first stage of a tokenizer.</summary>
public abstract record Normalizer
{
    private protected Normalizer()
    {
    }

    /// <summary>The text in that form. A lone surrogate counts as U+FFFD.</summary>
    public string Normalize(string text)
    {
        var aligned = new AlignedText(Characters.WellFormed(text), 0, aligned: false);
        Apply(aligned);
        return aligned.Chars.ToString();
    }

    /// <summary>Changes a stretch of text in place.</summary>
    internal abstract void Apply(AlignedText text);

    /// <summary>Writes the stage as <c>tokenizer.json</c> has it.</summary>
    internal abstract void Write(Utf8JsonWriter json);
}
