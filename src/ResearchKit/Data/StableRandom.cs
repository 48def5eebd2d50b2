namespace ResearchKit.Data;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): random numbers that no version of .NET can change, so that a data order, once
/// published, stays.
/// </summary>
/// <param name="seed">Every seed gives a sequence of its own.</param>
public struct StableRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    /// <summary>A number in 0..count-1, each as likely (Lemire 2019: multiply, and draw again in the biased remainder).</summary>
    /// <param name="count">At least 1.</param>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ulong bound = (ulong)count, rejected = (0 - bound) % bound, low, high;
        do
            high = Math.BigMul(Next(), bound, out low);
        while (low < rejected);
        return (int)high;
    }

    /// <summary>Puts items in a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = Below(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }
}
