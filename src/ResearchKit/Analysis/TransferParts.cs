namespace ResearchKit.Analysis;

/// <summary>Cuts positions into parts of equal weight by the teacher's probability.</summary>
internal static class TransferParts
{
    /// <summary>The parts, from the least probability. Positions of one probability share alike where a cut goes through them, so that the order in which
    /// they came, and how they were batched, changes nothing.</summary>
    /// <param name="positions">At least one, with weights above 0.</param>
    /// <param name="parts">How many.</param>
    public static IReadOnlyList<TransferDecile> Of(IReadOnlyList<DistributionTransfer.Position> positions, int parts)
    {
        var ties = positions.GroupBy(p => p.Probability).OrderBy(g => g.Key).Select(g =>
        {
            double weight = g.Sum(p => p.Weight);
            return new DistributionTransfer.Position(g.Key, g.Sum(p => p.Weight * p.Forward) / weight, g.Sum(p => p.Weight * p.Reverse) / weight, weight);
        }).ToList();
        double size = ties.Sum(p => p.Weight) / parts, left = ties[0].Weight;
        var result = new TransferDecile[parts];
        for (int part = 0, at = 0; part < parts; part++)
        {
            double wanted = size, from = ties[at].Probability, to = from, probability = 0, forward = 0, reverse = 0;
            while (wanted > 0)
            {
                // The last part takes what rounding has left.
                double taken = Math.Min(wanted, at == ties.Count - 1 ? wanted : left);
                to = ties[at].Probability;
                probability += taken * to;
                forward += taken * ties[at].Forward;
                reverse += taken * ties[at].Reverse;
                wanted -= taken;
                left -= taken;
                if (left > 1e-12 * size || at == ties.Count - 1) continue;
                left = ties[++at].Weight;
                if (wanted < 1e-9 * size) break;
            }
            double all = size - Math.Max(0, wanted);
            result[part] = new(from, to, probability / all, forward / all, reverse / all);
        }
        return result;
    }
}
