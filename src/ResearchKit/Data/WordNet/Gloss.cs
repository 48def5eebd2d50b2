namespace ResearchKit.Data.WordNet;

/// <summary>
/// A gloss is a definition, then examples in double quotes: <c>able to swim; "the baby swims"; "fish swim"</c>. The examples begin
/// at the first quotation mark that follows a semicolon or a colon; a quotation within the definition is part of it.
/// </summary>
internal static class Gloss
{
    /// <summary>Takes a gloss apart. What stands between examples (the name of an author) is dropped.</summary>
    public static (string Definition, string[] Examples) Split(string gloss)
    {
        int first = FirstExample(gloss);
        string definition = gloss[..first].Trim(' ', ';', ':');
        var examples = new List<string>();
        for (int open = first; open >= 0 && open < gloss.Length;)
        {
            // The last example of some twenty glosses lacks its closing mark.
            int close = gloss.IndexOf('"', open + 1) is >= 0 and var at ? at : gloss.Length;
            if (gloss[(open + 1)..close].Trim() is { Length: > 0 } example)
                examples.Add(example);
            open = close + 1 < gloss.Length ? gloss.IndexOf('"', close + 1) : -1;
        }
        return (definition, [.. examples]);
    }

    private static int FirstExample(string gloss)
    {
        for (int at = gloss.IndexOf('"'); at >= 0; at = gloss.IndexOf('"', at + 1))
            if (gloss.AsSpan(0, at).TrimEnd() is [.., ';' or ':'])
                return at;
        return gloss.Length;
    }
}
