using System.Globalization;
using System.Text;

namespace ResearchKit.Text;

/// <summary>The classes of characters that tokenizers speak of.</summary>
[Flags]
internal enum CharClass : ushort
{
    /// <summary>What BERT's cleaning removes: control, format and private-use characters, U+FFFD.</summary>
    Control = 1,

    /// <summary>Punctuation as BERT draws it: Unicode's, and all of ASCII that is no letter, digit or space.</summary>
    Punctuation = 2,

    /// <summary>Nonspacing marks, which go with the accents.</summary>
    Mark = 4,

    /// <summary>Marks of every kind (<c>\p{M}</c>).</summary>
    Combining = 8,

    /// <summary><c>\p{L}</c>.</summary>
    Letter = 16,

    /// <summary><c>\p{N}</c>.</summary>
    Number = 32,

    /// <summary><c>\s</c>.</summary>
    Space = 64,

    /// <summary>What words are made of (<c>\w</c>).</summary>
    Word = 128,

    /// <summary>Changes when it is lower-cased.</summary>
    Cased = 256,

    /// <summary>Has a decomposition or a combining class: normal forms have to look at it.</summary>
    Composite = 512,
}

/// <summary>
/// The properties of characters as Hugging Face's <c>tokenizers</c> knows them (<c>unicode.txt</c>, made by <c>make_unicode.js</c>,
/// which asked it). That library mixes several versions of Unicode, and .NET's tables change with the runtime; the same text has
/// to give the same ids everywhere.
/// </summary>
internal static class Characters
{
    private const int PageBits = 8, Pages = 0x110000 >> PageBits;

    private static readonly Lazy<UnicodeFile> File = new(UnicodeFile.Read);
    private static readonly CharClass[][] Table = File.Value.Classes;

    /// <summary>Whether a character is in one of the classes.</summary>
    public static bool Is(int codePoint, CharClass classes) => (Table[codePoint >> PageBits][codePoint & 255] & classes) != 0;

    /// <summary>The classes of a character.</summary>
    public static CharClass Of(int codePoint) => Table[codePoint >> PageBits][codePoint & 255];

    /// <summary>What the character is in lower case; one character but for the capital dotted I of Turkish.</summary>
    public static string Lower(int codePoint) => File.Value.Lower.GetValueOrDefault(codePoint) ?? char.ConvertFromUtf32(codePoint);

    /// <summary>What the normal forms need to know.</summary>
    public static UnicodeFile Tables => File.Value;

    /// <summary>Chinese characters. The fifth block starts late (2B920, not 2B820), as in the reference library.</summary>
    public static bool IsChinese(int c) => c >= 0x3400 && (c is <= 0x4DBF or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0x2F800 and <= 0x2FA1F));

    /// <summary>The character at a place, and how many chars it takes. The text is well formed.</summary>
    public static int At(ReadOnlySpan<char> text, int at, out int length)
    {
        char c = text[at];
        length = char.IsHighSurrogate(c) && at + 1 < text.Length ? 2 : 1;
        return length == 2 ? char.ConvertToUtf32(c, text[at + 1]) : c;
    }

    /// <summary>The character that ends before a place.</summary>
    public static int Before(ReadOnlySpan<char> text, int at) =>
        char.IsLowSurrogate(text[at - 1]) && at > 1 ? char.ConvertToUtf32(text[at - 2], text[at - 1]) : text[at - 1];

    /// <summary>The text with every half of a surrogate pair that stands alone replaced by U+FFFD, which leaves all places as they are.</summary>
    public static string WellFormed(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0)
            return text;
        var chars = text.ToCharArray();
        for (int i = 0; i < chars.Length; i++)
        {
            if (char.IsHighSurrogate(chars[i]) && i + 1 < chars.Length && char.IsLowSurrogate(chars[i + 1]))
                i++;
            else if (char.IsSurrogate(chars[i]))
                chars[i] = '\ufffd';
        }
        return new string(chars);
    }

    /// <summary>What <c>unicode.txt</c> holds.</summary>
    internal sealed class UnicodeFile
    {
        private static readonly (string Name, CharClass Class)[] Names =
        [
            ("control", CharClass.Control), ("punctuation", CharClass.Punctuation), ("mark", CharClass.Mark), ("combining", CharClass.Combining),
            ("letter", CharClass.Letter), ("number", CharClass.Number), ("blank", CharClass.Space), ("word", CharClass.Word),
        ];

        public CharClass[][] Classes { get; } = new CharClass[Pages][];

        public Dictionary<int, string> Lower { get; } = [];

        /// <summary>Full canonical decompositions; Hangul's follow from a formula.</summary>
        public Dictionary<int, string> Canonical { get; } = [];

        /// <summary>Full compatibility decompositions where they differ from the canonical ones.</summary>
        public Dictionary<int, string> Compatible { get; } = [];

        public Dictionary<int, byte> CombiningClass { get; } = [];

        /// <summary>Characters that have a decomposition and are not put together again.</summary>
        public HashSet<int> Apart { get; } = [];

        public static UnicodeFile Read()
        {
            using var stream = typeof(Characters).Assembly.GetManifestResourceStream("ResearchKit.Text.unicode.txt")
                ?? throw new InvalidOperationException("The assembly was built without its resource unicode.txt.");
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var file = new UnicodeFile();
            while (reader.ReadLine() is { } line)
                if (!line.StartsWith('#'))
                    file.Take(line.Split(' '));
            var empty = new CharClass[1 << PageBits];
            for (int page = 0; page < Pages; page++)
                file.Classes[page] ??= empty;
            return file;
        }

        private void Take(string[] words)
        {
            switch (words[0])
            {
                case "lower":
                    Map(words, Lower, CharClass.Cased);
                    break;
                case "nfd":
                    Map(words, Canonical, CharClass.Composite);
                    break;
                case "nfkd":
                    Map(words, Compatible, CharClass.Composite);
                    break;
                case "one-apart":
                    Apart.UnionWith(Ranges(words, 1));
                    break;
                case "class":
                    foreach (int point in Ranges(words, 2))
                    {
                        CombiningClass[point] = byte.Parse(words[1], CultureInfo.InvariantCulture);
                        Mark(point, CharClass.Composite);
                    }
                    break;
                default:
                    var named = Names.Single(n => n.Name == words[0]).Class;
                    foreach (int point in Ranges(words, 1))
                        Mark(point, named);
                    break;
            }
        }

        private void Map(string[] words, Dictionary<int, string> into, CharClass named)
        {
            int from = Hex(words[1]);
            into[from] = string.Concat(words.Skip(2).Select(w => char.ConvertFromUtf32(Hex(w))));
            Mark(from, named);
        }

        private void Mark(int point, CharClass named) => (Classes[point >> PageBits] ??= new CharClass[1 << PageBits])[point & 255] |= named;

        private static IEnumerable<int> Ranges(string[] words, int from)
        {
            foreach (string range in words.Skip(from))
            {
                int dash = range.IndexOf('-'), first = Hex(dash < 0 ? range : range[..dash]), last = dash < 0 ? first : Hex(range[(dash + 1)..]);
                for (int point = first; point <= last; point++)
                    yield return point;
            }
        }

        private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
