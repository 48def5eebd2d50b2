namespace ResearchKit.Text;

/// <summary>Which tokens of one or two texts go together where they do not all fit (<c>truncate_encodings</c> of Hugging Face).</summary>
internal static class Windows
{
    /// <summary>The windows, the first of which is the encoding and the others its overflow.</summary>
    /// <param name="first">Tokens of the first text.</param>
    /// <param name="second">Tokens of the second, or null.</param>
    /// <param name="room">Tokens that fit beside the special ones.</param>
    /// <param name="options">What is cut.</param>
    /// <exception cref="KitException">The text that may be cut is too short for it, or the stride leaves no progress.</exception>
    public static List<(TextSpan First, TextSpan Second)> Cut(int first, int? second, int room, EncodeOptions options)
    {
        var (keepFirst, keepSecond) = Keep(first, second ?? 0, second is not null, room, options.Truncate);
        var firsts = Slide(first, keepFirst, options);
        var seconds = Slide(second ?? 0, keepSecond, options);
        var windows = new List<(TextSpan, TextSpan)> { (firsts[0], seconds[0]) };
        foreach (var other in firsts.Skip(1))
            windows.AddRange(seconds.Select(s => (other, s)));
        windows.AddRange(seconds.Skip(1).Select(s => (firsts[0], s)));
        return windows;
    }

    /// <summary>How many tokens of each text fit in the room.</summary>
    /// <exception cref="KitException">The text that may be cut is too short for it.</exception>
    public static (int First, int Second) Keep(int first, int second, bool pair, int room, Truncation truncation)
    {
        int remove = first + second - room;
        if (remove <= 0)
            return (first, second);
        switch (truncation)
        {
            case Truncation.OnlyFirst:
                return first > remove ? (first - remove, second) : throw TooShort("first", first, remove);
            case Truncation.OnlySecond when !pair:
                throw new KitException("There is no second text to be cut; give one, or cut longest first.");
            case Truncation.OnlySecond:
                return second > remove ? (first, second - remove) : throw TooShort("second", second, remove);
        }
        if (!pair)
            return (room, 0);
        int shorter = Math.Min(first, second);
        if (2 * shorter > room) // then the longer has the odd token
            return first > second ? (room - room / 2, room / 2) : (room / 2, room - room / 2);
        return first > second ? (room - shorter, shorter) : (shorter, room - shorter);
    }

    private static List<TextSpan> Slide(int tokens, int keep, EncodeOptions options)
    {
        if (keep >= tokens)
            return [new(0, tokens)];
        if (keep == 0)
            return [new(0, 0), new(0, tokens)];
        if (options.Stride < 0 || options.Stride >= keep)
            throw new KitException($"A stride of {options.Stride} tokens leaves no progress in windows of {keep}; give one from 0 to {keep - 1}.");
        var windows = new List<TextSpan>();
        for (int passed = 0; ; passed += keep - options.Stride)
        {
            windows.Add(options.FromLeft ? new(Math.Max(0, tokens - passed - keep), tokens - passed) : new(passed, Math.Min(tokens, passed + keep)));
            if (passed + keep >= tokens)
                return windows;
        }
    }

    private static KitException TooShort(string which, int tokens, int remove) =>
        new($"The {which} text has {tokens} tokens, but {remove} would have to be cut from it; allow more tokens, or cut longest first.");
}
