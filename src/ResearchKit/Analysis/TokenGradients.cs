namespace ResearchKit.Analysis;

/// <summary>
/// What a divergence asks of the student's logits z at one position, in closed form (arXiv 2409.12512, section IV-B, by logits), with p the teacher's
/// distribution and q = softmax(z):
/// <code>
/// forward KL   ∂/∂z_i = q_i − p_i                                   each token by how far it is off
/// reverse KL   ∂/∂z_i = q_i (log(q_i/p_i) − KL(q‖p))                only what the student itself says
/// </code>
/// </summary>
public static class TokenGradients
{
    /// <summary>Of KL(p ‖ q).</summary>
    /// <param name="p">Probabilities, [V].</param>
    /// <param name="q">Probabilities, [V].</param>
    public static IReadOnlyList<double> ForwardKl(IReadOnlyList<double> p, IReadOnlyList<double> q) => [.. p.Zip(q, (a, b) => b - a)];

    /// <summary>Of KL(q ‖ p).</summary>
    /// <param name="p">Probabilities, [V], above 0 where q is.</param>
    /// <param name="q">Probabilities, [V].</param>
    public static IReadOnlyList<double> ReverseKl(IReadOnlyList<double> p, IReadOnlyList<double> q)
    {
        double[] parts = [.. p.Zip(q, (a, b) => b == 0 ? 0 : b * Math.Log(b / a))];
        double divergence = parts.Sum();
        return [.. parts.Zip(q, (part, b) => part - b * divergence)];
    }

    /// <summary>p^(1/T), made to add up to 1: the teacher at a temperature (principle 3).</summary>
    /// <param name="p">Probabilities, [V].</param>
    /// <param name="temperature">T, above 0.</param>
    public static IReadOnlyList<double> Softened(IReadOnlyList<double> p, double temperature)
    {
        double[] powers = [.. p.Select(x => Math.Pow(x, 1 / temperature))];
        double sum = powers.Sum();
        return [.. powers.Select(x => x / sum)];
    }
}
