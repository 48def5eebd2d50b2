using System.Diagnostics;
using System.Text;
using ResearchKit.Text;

namespace ResearchKit.Benchmarks;

/// <summary>How fast a tokenizer is on a text, line by line in one thread. A MB is a million bytes of UTF-8.</summary>
/// <param name="TextBytes">Bytes of the text, ends of lines left out.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Tokens">Tokens that they become.</param>
/// <param name="Rounds">Timed passes of either kind.</param>
/// <param name="FirstMbPerS">The very first pass, in which the runtime compiles and no word has been seen.</param>
/// <param name="MbPerS">Median of the passes that ask for ids alone.</param>
/// <param name="MbPerSMin">The slowest of them.</param>
/// <param name="MbPerSMax">The fastest of them.</param>
/// <param name="PlacesMbPerS">Median of the passes that ask for places and special tokens too.</param>
/// <param name="PlacesMbPerSMin">The slowest of them.</param>
/// <param name="PlacesMbPerSMax">The fastest of them.</param>
public sealed record TokenizerSpeed(long TextBytes, int Lines, long Tokens, int Rounds, double FirstMbPerS, double MbPerS, double MbPerSMin, double MbPerSMax,
    double PlacesMbPerS, double PlacesMbPerSMin, double PlacesMbPerSMax)
{
    /// <summary>Times a tokenizer: two untimed passes but for the first's time, then passes of either kind in turn.</summary>
    /// <param name="tokenizer">Its file or folder.</param>
    /// <param name="text">A file of text.</param>
    /// <param name="rounds">Timed passes of either kind.</param>
    /// <exception cref="KitException">A file is missing or damaged, or the text is empty.</exception>
    public static TokenizerSpeed Measure(string tokenizer, string text, int rounds)
    {
        var loaded = TokenizerFile.Load(tokenizer);
        string[] lines = Read(text);
        long bytes = lines.Sum(l => (long)Encoding.UTF8.GetByteCount(l)), tokens = 0;
        if (bytes == 0) throw new KitException($"{text} holds no text to time a tokenizer on.");
        var ids = new List<int>();
        double first = Time(Ids);
        tokens = 0;
        Time(Ids);
        Time(Places);
        long each = tokens;
        List<double> alone = [], places = [];
        for (int round = 0; round < rounds; round++)
        {
            alone.Add(Time(Ids));
            places.Add(Time(Places));
        }
        return new(bytes, lines.Length, each, rounds, first, Median(alone), alone.Min(), alone.Max(), Median(places), places.Min(), places.Max());

        void Ids(string line)
        {
            ids.Clear();
            loaded.Encode(line, ids);
            tokens += ids.Count;
        }

        void Places(string line) => loaded.EncodeText(line);

        double Time(Action<string> encode)
        {
            long start = Stopwatch.GetTimestamp();
            foreach (string line in lines) encode(line);
            return bytes / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    private static string[] Read(string text)
    {
        try
        {
            return File.ReadAllLines(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"The text {text} cannot be read: {e.Message}", e);
        }
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
