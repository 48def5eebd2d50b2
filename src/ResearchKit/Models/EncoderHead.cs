namespace ResearchKit.Models;

/// <summary>What an encoder says about what it has read.</summary>
public enum EncoderHead
{
    /// <summary>[B, C]: a class for the row, from its first token (…ForSequenceClassification).</summary>
    Classes,

    /// <summary>[B, T, V]: the token that belongs at each position; the decoder is the word table (…ForMaskedLM).</summary>
    MaskedTokens,

    /// <summary>[B, T, 2]: whether the answer begins, and whether it ends, at each position (…ForQuestionAnswering). Padding is
    /// not masked, as in Hugging Face: whoever takes a softmax over positions masks it.</summary>
    Span,

    /// <summary>[B, T, D]: the last hidden states, of an encoder without a head (…Model).</summary>
    None,
}

/// <summary>The architectures that share BERT's computation and differ in names, positions and heads.</summary>
public enum BertVariant
{
    /// <summary>Devlin et al., arXiv 1810.04805.</summary>
    Bert,

    /// <summary>Liu et al., arXiv 1907.11692: positions begin after the padding id, one segment, a two-layer head.</summary>
    Roberta,

    /// <summary>Sanh et al., arXiv 1910.01108: no segments and no pooler.</summary>
    DistilBert,
}
