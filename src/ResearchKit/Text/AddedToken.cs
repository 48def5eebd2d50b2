namespace ResearchKit.Text;

/// <summary>
/// A token that is found in the text as it stands and never taken apart (<c>added_tokens</c> of <c>tokenizer.json</c>).
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written.</param>
/// <param name="Special">Left out when ids are decoded to plain text.</param>
/// <param name="SingleWord">Found only where no letter or digit touches it.</param>
/// <param name="LeftStrip">Takes the white space before it along.</param>
/// <param name="RightStrip">Takes the white space after it along.</param>
/// <param name="Normalized">Looked for in the normalized text rather than in the raw one.</param>
public sealed record AddedToken(int Id, string Content, bool Special = true, bool SingleWord = false, bool LeftStrip = false,
    bool RightStrip = false, bool Normalized = false);
