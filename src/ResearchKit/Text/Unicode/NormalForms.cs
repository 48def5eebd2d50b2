using System.Runtime.InteropServices;

namespace ResearchKit.Text;

/// <summary>
/// Unicode's normal forms (UAX 15) over an aligned text. Each character goes out with the change that it is: 0 takes the place of
/// the next old character, 1 is put in between, -n takes the place of one and swallows n more.
/// </summary>
internal static class NormalForms
{
    private const int SyllableFirst = 0xAC00, LeadFirst = 0x1100, VowelFirst = 0x1161, FinalFirst = 0x11A7;
    private const int Leads = 19, Vowels = 21, Finals = 28, Syllables = Leads * Vowels * Finals;

    private static readonly Lazy<Dictionary<(int, int), int>> Pairs = new(MakePairs);

    /// <summary>Brings a text into NFD, NFKD, NFC or NFKC.</summary>
    /// <param name="text">The text.</param>
    /// <param name="compatible">Compatibility decompositions too (the K of NFKC).</param>
    /// <param name="compose">Put together again what belongs together (the C).</param>
    public static void Apply(AlignedText text, bool compatible, bool compose)
    {
        if (IsNormal(text.Chars))
            return;
        var parts = Decompose(text.Chars, compatible);
        text.Begin();
        if (compose)
            Compose(parts, text);
        else
            foreach (var (_, point, change) in parts)
                text.Put(point, change);
        text.End();
    }

    /// <summary>Whether no character has anything to do with normal forms: then every form is the text as it is.</summary>
    private static bool IsNormal(ReadOnlySpan<char> text)
    {
        if (System.Text.Ascii.IsValid(text))
            return true;
        for (int at = 0, length; at < text.Length; at += length)
        {
            int c = Characters.At(text, at, out length);
            // Jamo and syllables compose and decompose by arithmetic; a starter that is no composite can still begin a pair.
            if (Characters.Is(c, CharClass.Composite) || c is (>= LeadFirst and < 0x1200) or (>= SyllableFirst and < SyllableFirst + Syllables))
                return false;
        }
        return true;
    }

    private static List<(byte Class, int Point, int Change)> Decompose(ReadOnlySpan<char> text, bool compatible)
    {
        var parts = new List<(byte Class, int Point, int Change)>(text.Length + 8);
        int sorted = 0;
        for (int at = 0, length; at < text.Length; at += length)
        {
            int c = Characters.At(text, at, out length);
            if (c - SyllableFirst is >= 0 and < Syllables and var syllable)
            {
                Push(parts, LeadFirst + syllable / (Vowels * Finals), 0, ref sorted);
                Push(parts, VowelFirst + syllable / Finals % Vowels, 1, ref sorted);
                if (syllable % Finals != 0)
                    Push(parts, FinalFirst + syllable % Finals, 1, ref sorted);
            }
            else if (Full(c, compatible) is { } full)
                for (int i = 0, size; i < full.Length; i += size)
                    Push(parts, Characters.At(full, i, out size), i == 0 ? 0 : 1, ref sorted);
            else
                Push(parts, c, 0, ref sorted);
        }
        Sort(parts, sorted);
        return parts;
    }

    private static string? Full(int c, bool compatible) => !Characters.Is(c, CharClass.Composite) ? null
        : compatible && Characters.Tables.Compatible.TryGetValue(c, out string? kept) ? kept : Characters.Tables.Canonical.GetValueOrDefault(c);

    private static void Push(List<(byte Class, int Point, int Change)> parts, int point, int change, ref int sorted)
    {
        byte order = ClassOf(point);
        if (order == 0)
        {
            Sort(parts, sorted);
            sorted = parts.Count + 1;
        }
        parts.Add((order, point, change));
    }

    /// <summary>Marks in the order of their classes; those of one class stay as they came. Runs of marks are short, as a rule.</summary>
    private static void Sort(List<(byte Class, int Point, int Change)> parts, int from)
    {
        if (parts.Count - from < 2)
            return;
        var ordered = parts.Skip(from).OrderBy(p => p.Class).ToList();
        ordered.CopyTo(CollectionsMarshal.AsSpan(parts)[from..]);
    }

    private static byte ClassOf(int point) =>
        Characters.Is(point, CharClass.Composite) ? Characters.Tables.CombiningClass.GetValueOrDefault(point) : (byte)0;

    /// <summary>Joins each starter with what follows and is not blocked from it.</summary>
    private static void Compose(List<(byte Class, int Point, int Change)> parts, AlignedText into)
    {
        var waiting = new List<(int Point, int Change)>();
        (int Point, int Change)? starter = null;
        int last = -1; // the class of the last mark that waits, or -1 where none does
        foreach (var (order, point, change) in parts)
        {
            if (starter is not { } head)
            {
                if (order == 0)
                    starter = (point, change);
                else
                    into.Put(point, change);
                continue;
            }
            if (last < order && Together(head.Point, point) is { } joined)
            {
                starter = (joined, head.Change + change - 1);
                continue;
            }
            if (order == 0)
            {
                Flush(head);
                starter = (point, change);
                continue;
            }
            waiting.Add((point, change));
            last = order;
        }
        if (starter is { } final)
            Flush(final);

        void Flush((int Point, int Change) head)
        {
            into.Put(head.Point, head.Change);
            foreach (var (point, change) in waiting)
                into.Put(point, change);
            waiting.Clear();
            last = -1;
        }
    }

    private static int? Together(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < Leads and var lead && second - VowelFirst is >= 0 and < Vowels and var vowel)
            return SyllableFirst + (lead * Vowels + vowel) * Finals;
        if (first - SyllableFirst is >= 0 and < Syllables and var syllable && syllable % Finals == 0 && second - FinalFirst is > 0 and < Finals and var final)
            return first + final;
        return Pairs.Value.TryGetValue((first, second), out int joined) ? joined : null;
    }

    /// <summary>Full decompositions are joined two at a time: all but the last character must itself be one.</summary>
    private static Dictionary<(int, int), int> MakePairs()
    {
        var tables = Characters.Tables;
        var byParts = tables.Canonical.Where(c => !tables.Apart.Contains(c.Key)).ToDictionary(c => c.Value, c => c.Key, StringComparer.Ordinal);
        var pairs = new Dictionary<(int, int), int>();
        foreach (var (full, point) in byParts)
        {
            int last = Characters.Before(full, full.Length);
            string head = full[..^char.ConvertFromUtf32(last).Length];
            Characters.At(head, 0, out int length);
            int first = length == head.Length ? Characters.At(head, 0, out _) : byParts[head];
            pairs[(first, last)] = point;
        }
        return pairs;
    }
}
