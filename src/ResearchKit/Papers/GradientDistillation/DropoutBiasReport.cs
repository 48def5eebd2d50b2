namespace ResearchKit.Papers.GradientDistillation;

/// <summary>What <see cref="DropoutBias"/> found: the paper's table 4 of another student.</summary>
/// <param name="Settings">How it was measured.</param>
/// <param name="Samples">Over how many.</param>
/// <param name="Places">E, h1, h2, … up to the layer below the last.</param>
/// <param name="WholeSentence">E by the other reading: one cosine a sentence, of the gradients at all its tokens laid end to end.</param>
public sealed record DropoutBiasReport(DropoutBiasSettings Settings, int Samples, IReadOnlyList<DropoutBiasAt> Places, DropoutBiasAt WholeSentence);

/// <summary>The bias at one place.</summary>
/// <param name="Name"><c>E</c>, <c>h1</c>, …</param>
/// <param name="Layer">0 for E, k for h_k.</param>
/// <param name="Cosine">cos(E_ξ[v], v without dropout) with the mean over the passes for the expectation: the paper's number.</param>
/// <param name="Noise">The share of that mean's squared length which is noise of so few passes, 0 to 1; not a number for one pass.</param>
/// <param name="Limit">An estimate of the cosine for endless passes, the noise taken out: what of the distance from 1 is bias.
/// Not a number for one pass; and too high where a few rare passes hold most of the length, as when dropout changes the answer, because passes that were
/// not drawn are no noise that could be seen.</param>
/// <param name="Count">Over how many tokens (or sentences) these are means; those whose gradient is 0 have no direction and are left out.</param>
public sealed record DropoutBiasAt(string Name, int Layer, double Cosine, double Noise, double Limit, int Count);
